"""The sources themselves, which nobody else tells of: that one is removed, moved away or unmounted."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Final

from inotifyrecursive import INotify

from pylsyncd.core import masks
from pylsyncd.core.model import Record
from pylsyncd.system.watch.inotify import parse_records

_MASK: Final = masks.DELETE_SELF | masks.MOVE_SELF | masks.ONLYDIR | masks.DONT_FOLLOW
_READ_SIZE: Final = 1 << 16


class Roots(INotify):  # type: ignore[misc]  # the package ships no types
    """One inotify watch each: a file system that is unmounted tells fanotify nothing."""

    def __init__(self) -> None:
        super().__init__()
        os.set_blocking(self.fileno(), False)
        self._outer: dict[int, int] = {}
        self._wds: dict[bytes, int] = {}

    def watch(self, path: bytes, wd: int) -> None:
        """The directory at `path` has this descriptor elsewhere. Raises OSError."""
        self._outer[self.add_watch(path.rstrip(b"/") or b"/", _MASK)] = wd
        self._wds[path] = wd

    def holders(self, path: bytes) -> Iterator[tuple[bytes, int]]:
        """Those that a directory lies in, itself included, with their descriptors."""
        return ((source, wd) for source, wd in self._wds.items() if path.startswith(source))

    def forget(self, wd: int) -> None:
        """It is not watched any more."""
        for inner in [one for one, outer in self._outer.items() if outer == wd]:
            del self._outer[inner]
            try:
                self.rm_watch(inner)
            except OSError as error:
                if error.errno != errno.EINVAL:  # that is: the kernel has ended it already
                    raise
        self._wds = {path: known for path, known in self._wds.items() if known != wd}

    def drain(self) -> list[Record]:
        """What has happened to them; none waits."""
        told: list[Record] = []
        while data := self._read():
            known = [record for record in parse_records(data) if record.wd in self._outer]
            told += [Record(self._outer[record.wd], record.mask, 0, b"") for record in known]
        return told

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno(), _READ_SIZE)
        except BlockingIOError:
            return b""
