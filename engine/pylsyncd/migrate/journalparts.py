"""The parts of a recording, found and read in the order in which they were written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from attrs import frozen

from pylsyncd.system.journalfile import part_name


class RecordingError(Exception):
    """The recording cannot be read; the text names file, line and reason."""


@frozen
class Place:
    """A line of a file."""

    file: bytes
    number: int

    def __str__(self) -> str:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        return f"{shown(self.file)}:{self.number}"


def parts(path: bytes) -> list[bytes]:
    """The files of a recording, oldest first. Raises RecordingError."""
    directory, name = os.path.split(path)
    pattern = re.compile(re.escape(name) + rb"\.([1-9][0-9]*)")
    try:
        found = [pattern.fullmatch(one) for one in os.listdir(directory or b".")]
    except OSError as error:
        raise _unreadable(path, error) from None
    numbers = sorted((int(one[1]) for one in found if one), reverse=True)
    return [part_name(path, number) for number in (*numbers, 0)]


def lines(path: bytes) -> Iterator[tuple[Place, bytes]]:
    """All lines of all parts. Raises RecordingError."""
    for part in parts(path):
        try:
            with open(part, "rb") as file:
                for number, line in enumerate(file, start=1):
                    yield Place(part, number), line
        except OSError as error:
            raise _unreadable(part, error) from None


def shown(path: bytes) -> str:
    """A path in a message."""
    return path.decode("utf-8", "backslashreplace")


def _unreadable(path: bytes, error: OSError) -> RecordingError:
    return RecordingError(f"cannot read {shown(path)}: {error.strerror}")
