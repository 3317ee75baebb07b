"""Index of queued delays by path: finds the newest one that a path touches (spec 3.3).

Delays stand by their paths, and each directory on the way to one knows what stands in it. To add, to
find and to take out costs by the path's depth, never by how much is queued, and by little more than
nothing where no directory is queued. The newest one below a directory is remembered; it is looked for
anew only if it has left, among what stands in the directories that it has left from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field

from pylsyncd.core.model import Delay, DelayStatus

_DONE: Final = DelayStatus.DONE

Accept = Callable[[Delay], bool]


@define(eq=False)
class _Directory:
    """One with something queued below it; so has each that it lies in."""

    path: bytes
    above: _Directory | None
    newest: Delay
    """The newest one below it, or one that was, and is done."""
    entries: set[bytes] = field(factory=set)
    """Paths directly in it: those of delays, and of directories with something below."""


class PathIndex:
    """All queued delays that have a path, by both ends of a Move."""

    def __init__(self) -> None:
        self._newest: dict[bytes, Delay] = {}
        """Of exactly this path; a file and a directory of one name are two."""
        self._older: dict[bytes, list[Delay]] = {}
        """Where there are more of one path, oldest first."""
        self._directories: dict[bytes, _Directory] = {}
        self._of_directories = 0
        """How many delays are about directories."""

    def insert(self, delay: Delay, path: bytes) -> None:
        """Add a delay that is newer than all others."""
        former = self._newest.get(path)
        if former is not None:
            self._older.setdefault(path, []).append(former)
        self._newest[path] = delay
        if path.endswith(b"/"):
            self._of_directories += 1
        parent = path[: path.rfind(b"/", 0, -1) + 1]
        directory: _Directory | None = self._directories.get(parent) or self._make(parent, delay)
        if directory is not None:
            directory.entries.add(path)
        while directory is not None:
            directory.newest = delay
            directory = directory.above

    def replace(self, old: Delay, new: Delay, path: bytes) -> None:
        """Put a delay where another of the same path was, which is done; newer than others it is not."""
        if self._newest[path] is old:
            self._newest[path] = new
        else:
            older = self._older[path]
            older[older.index(old)] = new
        directory: _Directory | None = self._directories.get(_parent(path))
        while directory is not None and directory.newest is old and new.position == old.position:
            directory.newest = new
            directory = directory.above

    def remove(self, delay: Delay, path: bytes) -> None:
        """Take out a delay, which is done, or about to be, that was inserted with this path."""
        if path.endswith(b"/"):
            self._of_directories -= 1
        older = self._older.get(path)
        if older is not None:
            if self._newest[path] is delay:
                self._newest[path] = older.pop()
            else:
                older.remove(delay)
            if not older:
                del self._older[path]
            return
        del self._newest[path]
        if path not in self._directories:
            self._forget(path)

    def newest_touching(self, path: bytes, accept: Accept | None = None) -> Delay | None:
        """The newest delay above, at, or (for a directory) below this path.

        With `accept`, delays of exactly this name count only if it takes them.
        """
        best = self._newest.get(path) if accept is None else self._newest_accepted(path, accept)
        if path.endswith(b"/"):
            twin = self._newest_accepted(path[:-1], accept)
            best = newer(twin, newer(best, self._newest_below(path)))
        elif self._of_directories:
            best = newer(best, self._newest_accepted(path + b"/", accept))
        return newer(best, self._newest_above(path)) if self._of_directories else best

    def newest_of_file(self, path: bytes) -> Delay | None:
        """The newest delay of exactly this file."""
        return self._newest.get(path)

    # -- parts -----------------------------------------------------------------------------------

    def _newest_accepted(self, path: bytes, accept: Accept | None) -> Delay | None:
        newest = self._newest.get(path)
        if newest is None or accept is None or accept(newest):
            return newest
        # Walks far back only where events of one file do not combine.
        return next(filter(accept, reversed(self._older.get(path, ()))), None)

    def _newest_above(self, path: bytes) -> Delay | None:
        """The newest of the directories that it lies in."""
        best: Delay | None = None
        path = _parent(path)
        while path and path not in self._directories:
            best = newer(best, self._newest.get(path))
            path = _parent(path)
        directory = self._directories.get(path)
        while directory is not None:
            best = newer(best, self._newest.get(directory.path))
            directory = directory.above
        return best

    def _newest_below(self, path: bytes) -> Delay | None:
        top = self._directories.get(path)
        if top is None:
            return None
        stale = [top] if top.newest.status is _DONE else []
        for directory in stale:  # grows
            known = (self._directories.get(entry) for entry in directory.entries if entry.endswith(b"/"))
            stale += [one for one in known if one is not None and one.newest.status is _DONE]
        for directory in reversed(stale):
            directory.newest = self._look_for_newest(directory)
        return top.newest

    def _look_for_newest(self, directory: _Directory) -> Delay:
        found = [one for one in map(self._newest.get, directory.entries) if one is not None]
        below = (self._directories.get(entry) for entry in directory.entries if entry.endswith(b"/"))
        found += [one.newest for one in below if one is not None]
        return max(found, key=lambda one: one.position)

    def _make(self, path: bytes, newest: Delay) -> _Directory | None:
        """Make a directory, and all on the way to it; the root lies in none."""
        missing = []
        directory = self._directories.get(path)
        while directory is None and path:
            missing.append(path)
            path = _parent(path)
            directory = self._directories.get(path)
        for one in reversed(missing):
            if directory is not None:
                directory.entries.add(one)
            directory = self._directories[one] = _Directory(one, directory, newest)
        return directory

    def _forget(self, path: bytes) -> None:
        """Nothing stands at a path any more, or below it."""
        directory = self._directories.get(_parent(path))
        while directory is not None:
            directory.entries.discard(path)
            if directory.entries:
                return
            path = directory.path
            del self._directories[path]
            if path in self._newest:
                return
            directory = directory.above


def newer(one: Delay | None, other: Delay | None) -> Delay | None:
    """The one that stands behind the other in the queue."""
    if one is None:
        return other
    return one if other is None or one.position >= other.position else other


def _parent(path: bytes) -> bytes:
    """The directory that it lies in, with a slash at its end; empty for the root."""
    return path[: path.rfind(b"/", 0, -1) + 1]
