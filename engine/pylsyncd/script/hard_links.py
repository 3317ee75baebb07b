"""The other names of files that have several: rsync links only what one run brings (spec 6.1)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Protocol

from attrs import define, field, frozen

from pylsyncd.core.patterns import Patterns
from pylsyncd.core.queries import Queries
from pylsyncd.script.convert import to_bytes


@frozen
class Identity:
    """Which file a name stands for, and how many names that has, wherever they are."""

    file: tuple[int, int]
    """Device and inode."""
    names: int


@frozen
class Entry:
    """One name in a directory; of another directory there is no identity."""

    name: bytes
    identity: Identity | None


class Tree(Protocol):
    """The files; links are not followed."""

    def identity(self, path: bytes) -> Identity | None:
        """What is at a path; None: nothing, or a directory."""

    def entries(self, directory: bytes) -> Iterator[Entry]:
        """What a directory holds; nothing if it cannot be read."""


class RealTree:
    """As the kernel has it."""

    def identity(self, path: bytes) -> Identity | None:
        """As `Tree`."""
        try:
            return _identity_of(os.lstat(path))
        except OSError:
            return None

    def entries(self, directory: bytes) -> Iterator[Entry]:
        """As `Tree`."""
        with suppress(OSError), os.scandir(directory) as found:  # it may have left, or be closed to us
            for entry in found:
                with suppress(OSError):
                    yield Entry(entry.name, _identity_of(entry.stat(follow_symlinks=False)))


def _identity_of(status: os.stat_result) -> Identity | None:
    is_directory = stat.S_ISDIR(status.st_mode)
    return None if is_directory else Identity((status.st_dev, status.st_ino), status.st_nlink)


@define(eq=False)
class HardLinks:
    """The names in one source of its files with several, as far as they are known.

    A walk through the source finds them, when they are wanted for the first time. From then on each batch
    brings what is new; only where a file has more names than that explains is there another walk.
    """

    source: bytes
    """Absolute, with a slash at its end."""
    is_deep: bool
    """Whether the directories in it count."""
    tree: Tree
    _patterns: Patterns = field(factory=lambda: Patterns((), ()))
    _names: dict[tuple[int, int], set[bytes]] = field(factory=dict)
    """Paths below the source, by file."""
    _elsewhere: dict[tuple[int, int], int] = field(factory=dict)
    """How many names of a file the last walk has not found: they are hidden, or outside of the source."""

    def others(
        self, paths: Iterable[bytes], excludes: tuple[bytes, ...], filters: tuple[bytes, ...]
    ) -> list[bytes]:
        """The further names of what is at these paths, but for those that the rules hide."""
        if (self._patterns.excludes, self._patterns.filters) != (excludes, filters):
            self._patterns = Patterns(excludes, filters)
            self._elsewhere.clear()  # of a file that no walk has seen all names are to be explained
        given = set(paths)
        wanted = self._identify(given)
        if any(self._is_unexplained(file, count) for file, count in wanted.items()):
            self._walk()
        found = {name for file in wanted for name in self._names.get(file, ())}
        return sorted(found - given)

    def _identify(self, paths: set[bytes]) -> dict[tuple[int, int], int]:
        """The files with several names that are there, and how many each has."""
        wanted = {}
        for path in paths:
            identity = None if path.endswith(b"/") else self._at(path)
            if identity is not None and identity.names > 1:
                wanted[identity.file] = identity.names
                self._names.setdefault(identity.file, set()).add(path)
        return wanted

    def _is_unexplained(self, file: tuple[int, int], count: int) -> bool:
        """Whether it has names that nobody knows, once those that are its names no more are forgotten."""
        known = {name for name in self._names[file] if self._is_name_of(name, file)}
        self._names[file] = {name for name in known if not self._patterns.hides(name)}
        return count - len(self._names[file]) > self._elsewhere.get(file, 0)

    def _is_name_of(self, name: bytes, file: tuple[int, int]) -> bool:
        identity = self._at(name)
        return identity is not None and identity.file == file

    def _at(self, path: bytes) -> Identity | None:
        return self.tree.identity(self.source + path[1:])

    def _walk(self) -> None:
        self._names.clear()
        self._elsewhere.clear()
        pending = [b"/"]
        while pending:
            directory = pending.pop()
            for entry in self.tree.entries(self.source + directory[1:]):
                path = directory + entry.name
                if entry.identity is None:
                    pending += [path + b"/"] if self.is_deep and not self._patterns.hides(path + b"/") else []
                elif entry.identity.names > 1 and not self._patterns.hides(path):
                    self._note(path, entry.identity)

    def _note(self, path: bytes, identity: Identity) -> None:
        names = self._names.setdefault(identity.file, set())
        names.add(path)
        self._elsewhere[identity.file] = identity.names - len(names)


@define(eq=False)
class HardLinkPrimitives:
    """Each sync has names of its own: what one hides another may not."""

    running: Callable[[], Queries]
    """The core, once the daemon runs."""
    tree: Tree
    _syncs: dict[int, HardLinks] = field(factory=dict)

    def other_names(
        self,
        sync: int,
        source: str,
        is_deep: bool,  # noqa: FBT001 - Lua passes by position
        paths: str,
    ) -> bytes:
        """The further names of the files at these paths, which a NUL joins; one behind each."""
        queries = self.running()
        links = self._syncs.setdefault(sync, HardLinks(to_bytes(source), is_deep, self.tree))
        others = links.others(to_bytes(paths).split(b"\0"), queries.excludes(sync), queries.filters(sync))
        return b"".join(name + b"\0" for name in others)
