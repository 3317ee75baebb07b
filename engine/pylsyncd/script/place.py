"""Where something stands in a user's Lua."""

from __future__ import annotations

from attrs import frozen

from pylsyncd.script.convert import to_bytes


@frozen
class Place:
    """A line of a file as the script was loaded; lines and columns count from 1, column 0: the whole line."""

    file: bytes
    line: int
    column: int = 0


def place_of(position: str) -> Place | None:
    """Read `FILE:LINE`; None where no file is named."""
    file, _, line = position.rpartition(":")
    return Place(to_bytes(file), int(line)) if file else None
