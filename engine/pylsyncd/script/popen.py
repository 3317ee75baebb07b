"""The children of `io.popen`, which the embedded Lua is built without, and of `lsyncd.exec`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import Final

from attrs import define, field

_REMEMBERED: Final = 1000
"""Exit codes kept for files that scripts may still close; most scripts never close them."""


@define(eq=False)
class Children:
    """What a script started and whose end nobody has asked for yet, by a number of ours."""

    _running: dict[int, int] = field(factory=dict)
    """Process ids; only these are ever waited for."""
    _codes: dict[int, int] = field(factory=dict)
    _last: int = 0

    def start(self, command: bytes, mode: str) -> tuple[int, int]:
        """Run `sh -c COMMAND`; mode `r` reads its output, `w` writes its input.

        Returns the descriptor of our end, which is the caller's to close, and the child's number.
        Raises OSError, and ValueError for a NUL in the command.
        """
        self.reap()
        theirs, ours = _pipe(mode)
        try:
            child = subprocess.Popen(  # noqa: S603 - what io.popen is for: the config's own command
                [b"/bin/sh", b"-c", command],
                stdin=None if mode == "r" else theirs,
                stdout=theirs if mode == "r" else None,
            )
        except (OSError, ValueError):
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return ours, self._adopt(child)[1]

    def execute(self, words: Sequence[bytes], stdin: bytes | None) -> int:
        """Start a program and return its pid; nobody waits for its end. Raises OSError."""
        self.reap()
        with os.fdopen(os.memfd_create("stdin"), "w+b") as content:
            content.write(stdin or b"")
            content.seek(0)
            child = subprocess.Popen(words, stdin=content)  # noqa: S603 - the config's own command
        return self._adopt(child)[0]

    def _adopt(self, child: subprocess.Popen[bytes]) -> tuple[int, int]:
        """Its pid, and the number of ours."""
        child.returncode = 0  # from here on the child is ours to wait for, not subprocess's
        self._last += 1
        self._running[self._last] = child.pid
        return child.pid, self._last

    def wait(self, number: int) -> int:
        """Exit code, or minus the signal; waits for the end. Raises KeyError for one long gone."""
        pid = self._running.pop(number, None)
        return self._codes.pop(number) if pid is None else _collect(pid, 0) or 0

    def reap(self) -> None:
        """Bury the children that have ended unasked."""
        for number, pid in list(self._running.items()):
            code = _collect(pid, os.WNOHANG)
            if code is not None:
                del self._running[number]
                self._codes[number] = code
        for number in list(self._codes)[:-_REMEMBERED]:
            del self._codes[number]


def _collect(pid: int, flags: int) -> int | None:
    """The exit code of a child, or minus its signal; None while it runs. 0 if somebody else took it."""
    try:
        ended, status = os.waitpid(pid, flags)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None


def _pipe(mode: str) -> tuple[int, int]:
    """The child's end and ours."""
    reading, writing = os.pipe()
    return (writing, reading) if mode == "r" else (reading, writing)
