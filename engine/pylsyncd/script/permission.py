"""What a script is about to do to the outside on its own, and who may forbid it: checks and simulations."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final

from attrs import frozen

from pylsyncd.script.convert import to_bytes


class DeedKind(enum.Enum):
    """The functions that ask; the values are their names in Lua."""

    EXECUTE = "os.execute"
    POPEN = "io.popen"
    EXEC = "lsyncd.exec"
    KILL = "lsyncd.kill"
    OPEN = "io.open"
    """Only in a mode that writes."""
    OUTPUT = "io.output"
    """Only with the name of a file."""
    REMOVE = "os.remove"
    RENAME = "os.rename"
    TMPNAME = "os.tmpname"


PROGRAMS: Final = frozenset({DeedKind.EXECUTE, DeedKind.POPEN, DeedKind.EXEC})
"""The deeds that start a program."""


class Permission(enum.Enum):
    """How a deed goes on; the values are what Lua is told."""

    RUN = "run"
    REFUSE = "refuse"
    """The function answers as if it had failed."""
    PRETEND = "pretend"
    """As if it had succeeded, with nothing to show."""


@frozen
class Deed:
    """One call of such a function."""

    kind: DeedKind
    command_or_path: bytes
    """A shell's command or a path. Several words, of a program or of a renaming, have a NUL between them."""
    file: bytes = b""
    """The file of the script that calls, as it was loaded; empty if no script of the user's does."""
    line: int = 0

    @property
    def shown(self) -> bytes:
        """The words as people read them."""
        return self.command_or_path.replace(b"\0", b" ")


Permit = Callable[[Deed], Permission]


def permission(permit: Permit, kind: str, command_or_path: str, position: str) -> str:
    """Ask on Lua's behalf; `position` is `FILE:LINE`, or empty."""
    file, _, line = position.rpartition(":")
    deed = Deed(DeedKind(kind), to_bytes(command_or_path), to_bytes(file), int(line or 0))
    return permit(deed).value
