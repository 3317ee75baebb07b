"""A file system with inotify in few lines: what the kernel records of each operation, and when."""

from __future__ import annotations

import errno
from collections.abc import Callable

from attrs import define, field

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Record, ScanFailed, ScanResult


@define(eq=False)
class Directory:
    """A directory's entries; None stands for a file."""

    entries: dict[bytes, Directory | None] = field(factory=dict)

    def holds(self, other: Directory) -> bool:
        return self is other or any(entry.holds(other) for entry in self.entries.values() if entry)


@define(eq=False)
class SimulatedKernel:
    """Operations name absolute paths; one that a real kernel would refuse does nothing.

    `meddling` holds operations that somebody else carries out while the next scans run, between
    the setting of the watch and the listing. `lingers` makes removed directories live on, as if a
    process had them open, until `let_go`.
    """

    top: Directory = field(factory=Directory)
    meddling: list[Callable[[], None]] = field(factory=list)
    lingers: bool = False
    watches: dict[int, Directory] = field(factory=dict)
    _batches: list[list[Record]] = field(factory=list)
    _lingering: list[Directory] = field(factory=list)
    _cookie: int = 0
    _last_wd: int = 0

    # what happens in the tree

    def mkdir(self, path: bytes) -> None:
        self._create(path, Directory(), masks.ISDIR)

    def touch(self, path: bytes) -> None:
        self._create(path, None, 0)

    def remove(self, path: bytes) -> None:
        """Remove a file or, as `rm -r`, a tree: its parts are removed one by one."""
        parent, name = self._locate(path)
        if parent is None or name not in parent.entries:
            return
        victim = parent.entries[name]
        for child in list(victim.entries) if victim else []:
            self.remove(path.rstrip(b"/") + b"/" + child)
        del parent.entries[name]
        self._record([self._named(parent, masks.DELETE | _kind(victim), name)])
        self._free(victim)

    def rename(self, old: bytes, new: bytes) -> None:
        source, name = self._locate(old)
        target, name2 = self._locate(new)
        if source is None or target is None or name not in source.entries:
            return
        moved, replaced = source.entries[name], target.entries.get(name2)
        if moved is not None and moved.holds(target):
            return
        if name2 in target.entries and (moved is replaced or not _may_replace(moved, replaced)):
            return
        del source.entries[name]
        target.entries[name2] = moved
        self._record(self._halves(source, name, target, name2, moved))
        self._free(replaced)

    def exchange(self, one: bytes, two: bytes) -> None:
        """Swap two names at once: renameat2(2) with RENAME_EXCHANGE."""
        source, name = self._locate(one)
        target, name2 = self._locate(two)
        if source is None or target is None or name not in source.entries or name2 not in target.entries:
            return
        first, second = source.entries[name], target.entries[name2]
        if first is second or (first and first.holds(target)) or (second and second.holds(source)):
            return
        source.entries[name], target.entries[name2] = second, first
        there = self._halves(source, name, target, name2, first)
        self._record(there + self._halves(target, name2, source, name, second))

    def let_go(self) -> None:
        """End the watches of removed directories that were still open."""
        lingering, self._lingering = self._lingering, []
        for directory in lingering:
            self._end(directory)

    # what the watcher does

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # as in the protocol
        return tuple(self._scan(path, files=files) for path in paths)

    def remove_watches(self, wds: tuple[int, ...]) -> None:
        for wd in wds:
            if self.watches.pop(wd, None) is not None:
                self._record([Record(wd, masks.IGNORED, 0, b"")])

    def drain(self, but: int = 0) -> tuple[Record, ...]:
        """Take all records but, at most, the last `but` of the last operation: that has just begun."""
        records = [record for batch in self._batches for record in batch]
        but = min(but, max(len(self._batches[-1]) - 1, 0)) if self._batches else 0
        kept = records[len(records) - but :]
        self._batches = [kept] if kept else []
        return tuple(records[: len(records) - but])

    def entries(self, root: bytes) -> dict[bytes, Directory | None]:
        """All that is at and below `root` by path, parents first; a directory's ends with a slash."""
        found: dict[bytes, Directory | None] = {}
        waiting: list[tuple[bytes, Directory | None]] = [(root, self._find(root))]
        for path, entry in waiting:
            found[path] = entry
            if entry is not None:
                for name, inner in entry.entries.items():
                    waiting.append(
                        (path + name + (b"" if inner is None else b"/"), inner)
                    )  # the list grows as it is walked
        return found

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:
        directory = self._find(path)
        if directory is None:
            return ScanFailed(path, errno.ENOENT)
        wd = self._watch_of(directory)
        if wd is None:
            self._last_wd = wd = self._last_wd + 1
            self.watches[wd] = directory
        if self.meddling:
            self.meddling.pop()()
        listed = self._find(path)
        if listed is None:
            self.remove_watches((wd,))
            return ScanFailed(path, errno.ENOENT)
        directories = tuple(name for name, entry in listed.entries.items() if entry is not None)
        plain = tuple(name for name, entry in listed.entries.items() if entry is None)
        return Listed(path, wd, directories, plain if files else ())

    def _find(self, path: bytes) -> Directory | None:
        directory: Directory | None = self.top
        for name in path.split(b"/"):
            if name and directory is not None:
                directory = directory.entries.get(name)
        return directory

    def _locate(self, path: bytes) -> tuple[Directory | None, bytes]:
        parent, _, name = path.rstrip(b"/").rpartition(b"/")
        return self._find(parent), name

    def _create(self, path: bytes, entry: Directory | None, kind: int) -> None:
        parent, name = self._locate(path)
        if parent is not None and name not in parent.entries:
            parent.entries[name] = entry
            self._record([self._named(parent, masks.CREATE | kind, name)])

    def _halves(
        self, source: Directory, name: bytes, target: Directory, name2: bytes, moved: Directory | None
    ) -> list[Record | None]:
        self._cookie += 1
        return [
            self._named(source, masks.MOVED_FROM | _kind(moved), name, self._cookie),
            self._named(target, masks.MOVED_TO | _kind(moved), name2, self._cookie),
        ]

    def _named(self, parent: Directory, mask: int, name: bytes, cookie: int = 0) -> Record | None:
        wd = self._watch_of(parent)
        return None if wd is None else Record(wd, mask, cookie, name)

    def _record(self, records: list[Record | None] | list[Record]) -> None:
        self._batches.append([record for record in records if record is not None])

    def _free(self, directory: Directory | None) -> None:
        if directory is not None and self.lingers:
            self._lingering.append(directory)
        elif directory is not None:
            self._end(directory)

    def _end(self, directory: Directory) -> None:
        wd = self._watch_of(directory)
        if wd is not None:
            del self.watches[wd]
            self._record([Record(wd, masks.DELETE_SELF, 0, b""), Record(wd, masks.IGNORED, 0, b"")])

    def _watch_of(self, directory: Directory) -> int | None:
        return next((wd for wd, watched in self.watches.items() if watched is directory), None)


def _kind(entry: Directory | None) -> int:
    return 0 if entry is None else masks.ISDIR


def _may_replace(moved: Directory | None, replaced: Directory | None) -> bool:
    if moved is None or replaced is None:
        return moved is None and replaced is None
    return not replaced.entries
