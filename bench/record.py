"""What the actions of a daemon have written down."""

from __future__ import annotations

from pathlib import Path

from attrs import define, field


@define
class Record:
    """Follows a file of paths as it grows."""

    file: Path
    lines: int = 0
    """How many paths were handed to an action, repetitions included."""
    paths: set[bytes] = field(factory=set)
    _offset: int = 0
    _rest: bytes = b""

    def follow(self) -> int:
        """Read what is new; how many lines that is."""
        try:
            with self.file.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:  # no process was started yet
            return 0
        self._offset += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self.paths.update(whole)
        self.lines += len(whole)
        return len(whole)

    def misses(self, expected: set[bytes]) -> int:
        """How many of these it has not; a Full after an overflow names no path but `/`."""
        return len(expected - self.paths)
