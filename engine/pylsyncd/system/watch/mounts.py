"""The file systems that a fanotify group listens to, and how a handle of theirs is opened."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator

from attrs import define, field

from pylsyncd.system.filesystems import read_mounts
from pylsyncd.system.watch import fanotify_calls as calls

DIRECTORY: int = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@define(eq=False)
class MarkedMounts:
    """Directories by the file system that they lie in, one for each mount.

    They are opened when there is something to resolve, and no longer: what is open cannot be unmounted.
    """

    group: int
    mask: int
    _points: dict[bytes, list[bytes]] = field(factory=dict)
    _open: dict[bytes, int] = field(factory=dict)

    def mark(self, path: bytes) -> None:
        """Listen to the file system that a directory lies in. Raises OSError."""
        descriptor = os.open(path.rstrip(b"/") or b"/", DIRECTORY)
        try:
            number = calls.file_system_of(descriptor)
        finally:
            os.close(descriptor)
        calls.mark_file_system(self.group, self.mask, path)
        points = self._points.setdefault(number, [])
        if path not in points:
            points.append(path)

    def mark_all(self, source: bytes) -> tuple[bytes, ...]:
        """Listen to the file systems of a source and of all that is mounted in it; where that cannot be done.

        Raises OSError for that of the source itself.
        """
        self.mark(source)
        deaf = []
        for point in dict.fromkeys(one.point for one in read_mounts() if one.point.startswith(source)):
            try:
                self.mark(point)
            except OSError:
                deaf.append(point)
        return tuple(deaf)

    def opened(self, handle: bytes) -> Generator[int, None, None]:
        """What a handle means, once for each mount of its file system; each descriptor ends with its turn."""
        for point in self._points.get(handle[: calls.FSID_SIZE], ()):
            beside = self._beside(point)
            if beside is None:
                continue
            descriptor = _open(beside, handle)
            if descriptor is None:
                continue
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def rest(self) -> None:
        """Keep nothing open."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def _beside(self, point: bytes) -> int | None:
        if point not in self._open:
            try:
                self._open[point] = os.open(point.rstrip(b"/") or b"/", DIRECTORY)
            except OSError:  # it is away
                return None
        return self._open[point]


_GONE = frozenset({errno.ESTALE, errno.ENOENT, errno.EXDEV})
"""The directory is no more, or the path leads to another file system now."""

_TRIES = 10
"""The kernel says now and then that it has no memory, and a moment later it has."""


def _open(beside: int, handle: bytes) -> int | None:
    for rest in range(_TRIES - 1, -1, -1):
        try:
            return calls.open_handle(beside, handle)
        except OSError as error:
            if error.errno in _GONE:
                return None
            if error.errno != errno.ENOMEM or not rest:
                raise
    return None
