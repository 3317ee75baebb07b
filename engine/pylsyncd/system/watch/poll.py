"""The polling monitor: looks through all directories again and again, for file systems that send no events.

A thread of its own looks; a server that does not answer holds up that thread, and not the daemon. It hands
over what differs from what is known, and `drain` makes records of it (`snapshot.py`).
"""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from typing import Final

from pylsyncd.core import masks
from pylsyncd.core.model import Entry, Listed, Looked, Record, ScanFailed, ScanResult
from pylsyncd.system.watch.inotify import content_mask
from pylsyncd.system.watch.snapshot import Comparison, Folder, Folders, Names, Seen, Sight

_FRESH: Final = 2_000_000_000
"""Nanoseconds; file systems that keep whole seconds, or two as FAT does, tell no earlier changes apart."""

_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""Anything else, such as a server that is away, says nothing about what is there."""

_END_PATIENCE: Final = 0.2
"""Seconds; whoever hangs in a system call then is left behind, and ends with the process."""


class PollMonitor:
    """Watches by looking every `interval` seconds; `mode` and `hears_writes` are as for inotify."""

    def __init__(
        self, mode: str = "CloseWrite", interval: float = 10.0, *, hears_writes: bool = False
    ) -> None:
        self._comparison = Comparison(Folders(), content_mask(mode, hears_writes=hears_writes))
        self._folders = self._comparison.folders
        self._interval = interval
        self._numbers = count(1)
        self._records: list[Record] = []
        self._sights: list[Sight] = []
        self._before = 0.0
        """When the look began that came before the one whose sights are handed over."""
        self._lock = threading.Lock()
        """Held by whoever changes the folders, takes or hands over sights, or closes the descriptor."""
        self._taken = threading.Event()
        self._end = threading.Event()
        self._hurry = threading.Event()
        """The next look is not to wait for its time."""
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._look_on, name="poll", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Give the descriptor that is readable when there is something to drain."""
        return self._descriptor

    @property
    def pending(self) -> bool:
        """Whether watches have been removed, which is answered by a record."""
        return bool(self._records)

    def drain(self) -> tuple[Record, ...]:
        """Take what the last look has found; never wait."""
        with suppress(BlockingIOError):
            os.eventfd_read(self._descriptor)
        with self._lock:
            sights, self._sights = self._sights, []
            self._records += self._comparison.take(sights, time.monotonic(), self._before)
        if self._comparison.has_moved:
            self._hurry.set()
        if sights:
            self._taken.set()
        records, self._records = self._records, []
        return tuple(records)

    def fetch(self) -> bool:
        """Never anything: nobody loses what is found by looking."""
        return False

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # the effect `Scan` has these fields
        """Remember what each directory holds, and list it."""
        return tuple(self._scan(path, files=files) for path in paths)

    def look(self, paths: tuple[bytes, ...], watch: bool) -> tuple[Looked, ...]:  # noqa: FBT001  # as above
        """List each directory with what is known of its entries; with `watch`, remember that."""
        return tuple(self._look(path, watch=watch) for path in paths)

    def watch_limit(self) -> int | None:
        """There is none."""
        return None

    def remove(self, wds: tuple[int, ...]) -> None:
        """Look at these no more. Each answers with an IN_IGNORED, which a later drain gives."""
        with self._lock:
            known = [wd for wd in wds if self._folders.take(wd) is not None]
        self._records += [Record(wd, masks.IGNORED, 0, b"") for wd in known]

    def close(self) -> None:
        """Stop looking and free the descriptor."""
        self._end.set()
        self._taken.set()
        self._hurry.set()
        with self._lock:
            os.close(self._descriptor)
            self._descriptor = -1
        self._thread.join(_END_PATIENCE)

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:
        try:
            folder = read_folder(path, {})
        except OSError as error:
            if error.errno in _GONE:
                with self._lock:
                    self._folders.miss(path)
            return ScanFailed(path, error.errno or errno.EIO)
        names = folder.entries
        directories = tuple(name for name, seen in names.items() if seen.is_directory)
        plain = tuple(name for name, seen in names.items() if not seen.is_directory) if files else ()
        return Listed(path, self._watch(folder), directories, plain)

    def _look(self, path: bytes, *, watch: bool) -> Looked:
        try:
            folder = read_folder(path, {})
        except OSError as error:
            return Looked(path, None, error.errno or errno.EIO)
        entries = tuple(_entry(name, folder.entries[name]) for name in sorted(folder.entries))
        return Looked(path, self._watch(folder) if watch else None, 0, entries)

    def _watch(self, folder: Folder) -> int:
        with self._lock:
            wd = self._folders.meet(folder)
            if wd is None:
                wd = next(self._numbers)
                self._folders.put(wd, folder)
            return wd

    # -- the thread ------------------------------------------------------------------------------

    def _look_on(self) -> None:
        before = time.monotonic()
        while not self._end.is_set():
            self._hurry.wait(self._interval)
            self._hurry.clear()
            began = time.monotonic()
            with self._lock:
                folders = tuple(self._folders.by_wd.items())
            sights = [sight for wd, folder in folders for sight in self._sight(wd, folder)]
            if sights:
                self._hand_over(sights, before)
            before = began

    def _sight(self, wd: int, folder: Folder) -> Iterator[Sight]:
        return iter(()) if self._end.is_set() else sights_of([(wd, folder)])

    def _hand_over(self, sights: list[Sight], before: float) -> None:
        self._taken.clear()
        with self._lock:
            if self._descriptor < 0:
                return
            self._sights, self._before = sights, before
            os.eventfd_write(self._descriptor, 1)
        self._taken.wait()


def sights_of(folders: Iterable[tuple[int, Folder]]) -> Iterator[Sight]:
    """Look at directories; those that are not what they were."""
    for wd, folder in folders:
        try:
            now = read_folder(folder.path, folder.entries)
        except OSError as error:
            if error.errno in _GONE:
                yield Sight(wd, folder, None)
            continue
        if now != folder:
            yield Sight(wd, folder, now)


def read_folder(path: bytes, known: Names) -> Folder:
    """What a directory holds. Raises OSError. No link is followed; `known` stands for what cannot be read."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path.rstrip(b"/") or b"/", flags)  # with a slash behind it a link were followed
    try:
        itself, now = os.fstat(descriptor), time.monotonic()
        since = time.time_ns() - _FRESH
        with os.scandir(descriptor) as found:
            entries = dict(_read(found, known, since))
    finally:
        os.close(descriptor)
    return Folder(path, itself.st_dev, itself.st_ino, entries, itself.st_mtime_ns, now)


def _read(found: Iterable[os.DirEntry[str]], known: Names, since: int) -> Iterator[tuple[bytes, Seen]]:
    for entry in found:
        name = os.fsencode(entry.name)
        try:
            yield name, _seen(entry.stat(follow_symlinks=False), since)
        except FileNotFoundError:
            continue  # it has left meanwhile
        except OSError:  # a server or a FUSE daemon that does not answer for this one
            yield name, known.get(name, _UNREADABLE)


_UNREADABLE: Final = Seen(0, 0, 0, 0, 0, 0, (0, 0, 0), 0, is_fresh=False)


def _seen(status: os.stat_result, since: int) -> Seen:
    kind, changed = stat.S_IFMT(status.st_mode), status.st_ctime_ns
    return Seen(
        kind,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        changed,
        (status.st_mode, status.st_uid, status.st_gid),
        status.st_nlink,
        is_fresh=changed >= since and kind != stat.S_IFDIR,
    )


def _entry(name: bytes, seen: Seen) -> Entry:
    return Entry(name, seen.is_directory, seen.inode, seen.size, seen.mtime, seen.ctime, seen.is_fresh)
