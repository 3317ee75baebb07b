"""Files that are held open and written to for long, while all else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from io import FileIO
from os import fstat
from pathlib import Path

from attrs import define, field

_MOST = 4
"""Open at a time; one more closes the oldest."""


@define
class Held:
    """Open files, each with the size it has so far. A file is never as large as another one was."""

    sizes: Iterator[int]
    _files: list[tuple[FileIO, int]] = field(factory=list)

    def open(self, path: Path) -> None:
        """Begin a file, or begin it anew."""
        if len(self._files) == _MOST:
            self._files.pop(0)[0].close()
        self._files.append((path.open("wb", buffering=0), 0))

    def go_on(self) -> None:
        """Write to all of them."""
        grown = []
        for file, size in self._files:
            new = next(self.sizes)
            file.write(b"h" * (new - size))
            grown.append((file, new))
        self._files = grown

    def inodes(self) -> set[int]:
        """Which files are open."""
        return {fstat(file.fileno()).st_ino for file, _ in self._files}

    def close(self) -> None:
        """Close them all."""
        for file, _ in self._files:
            file.close()
        self._files = []
