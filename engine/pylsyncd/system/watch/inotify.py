"""The inotify monitor: one descriptor, one watch per directory, records as the kernel wrote them."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Final

from inotifyrecursive import INotify

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Looked, Record, ScanFailed, ScanResult
from pylsyncd.system.filesystems import counts_directories, read_mounts
from pylsyncd.system.watch.look import entries_of

INOTIFY_MODES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "CloseWrite": masks.CLOSE_WRITE,
        "Modify": masks.MODIFY,
        "CloseWrite or Modify": masks.CLOSE_WRITE | masks.MODIFY,
    }
)
"""The values of `settings.inotifyMode` (spec 1.4), and which writes each reports."""

_ALWAYS: Final = (
    masks.ATTRIB
    | masks.CREATE
    | masks.DELETE
    | masks.DELETE_SELF
    | masks.MOVED_FROM
    | masks.MOVED_TO
    | masks.MOVE_SELF
    | masks.ONLYDIR
    | masks.DONT_FOLLOW
)
"""What every watch asks for (spec 3.1)."""

_LONGEST_RECORD: Final = 16 + 256
"""Bytes; if as many are left of a buffer the kernel had no more to put there."""

_HEAD: Final = struct.Struct("=iIII")
"""wd, mask, cookie and length of the name, padding included (inotify(7))."""
_HEAD_SIZE: Final = _HEAD.size
_unpack_head: Final = _HEAD.unpack_from

_READ_SIZE: Final = 1 << 20
"""Bytes; holds a full queue of 16,384 records (the default) with names of 48 bytes."""

_LINKS_OF_LEAF: Final = 2
"""Its name and its `.`, where directories are counted."""

_NOTHING: Final[tuple[tuple[bytes, ...], tuple[bytes, ...]]] = ((), ())

_MOST_READS: Final = 64
"""Reads in one drain: with more, whoever writes faster than we read would keep us here."""

_QUEUE_SHARE: Final = 4096
"""Steps of work between looks at the queue, a quarter of the 16,384 records that it holds by default."""


class InotifyMonitor(INotify):  # type: ignore[misc]  # the package ships no types
    """Watches with inotify; `mode` is one of `INOTIFY_MODES`.

    `hears_writes`: each write is told too, whatever the mode, for syncs whose files are to settle.
    Of its base only the descriptor and the two system calls are used: see `docs/watching.md`.
    Raises `OSError` with the remedy in its text when the kernel grants no inotify instance, and
    `ValueError` on an unknown mode.
    """

    def __init__(self, mode: str = "CloseWrite", *, hears_writes: bool = False) -> None:
        if mode not in INOTIFY_MODES:
            known = ", ".join(f'"{name}"' for name in INOTIFY_MODES)
            message = f'inotifyMode "{mode}" is unknown; it has to be one of {known}'
            raise ValueError(message)
        try:
            super().__init__()
        except OSError as error:
            raise _explained(error) from error
        os.set_blocking(self.fileno(), False)
        self._watch_mask = content_mask(mode, hears_writes=hears_writes) | _ALWAYS
        self._buffer = bytearray(_READ_SIZE)
        self._unparsed: list[bytes] = []
        """Buffers as they were read."""
        self._reading = Lock()
        """Held by the thread that reads: what it has read has to be put behind what was read before."""
        self._has_read = False
        """Whether the main thread has, since another one wanted to."""
        self._work = 0
        self._last_wd = 0
        self._counting: dict[int, bool] = {}
        """By device: whether links tell how many directories are in a directory."""

    @property
    def pending(self) -> bool:
        """Whether records were read in passing, so that a drain is due whatever the descriptor says."""
        return bool(self._unparsed)

    def drain(self) -> tuple[Record, ...]:
        """Take all records that there are, in the kernel's order; never wait for any."""
        self._fill()
        buffers, self._unparsed = self._unparsed, []
        return tuple([record for buffer in buffers for record in parse_records(buffer)])

    def fetch(self) -> bool:
        """Take what there is off the kernel's queue, unless the main thread does."""
        if self._has_read:
            self._has_read = False
            return False
        self._read()
        return self.pending

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # the effect `Scan` has these fields
        """Watch each directory, then list it, so that nothing slips between."""
        return tuple(self._scan(path, files=files) for path in paths)

    def look(self, paths: tuple[bytes, ...], watch: bool) -> tuple[Looked, ...]:  # noqa: FBT001  # as above
        """List each directory with what is known of its entries; with `watch`, watch it before that."""
        return tuple(self._look(path, watch=watch) for path in paths)

    def watch_limit(self) -> int | None:
        """The lowest of the limits that hold here; a user namespace may have one of its own."""
        limits = (_limit("fs/inotify/max_user_watches"), _limit("user/max_inotify_watches"))
        return min((int(limit) for limit in limits if limit.isdigit()), default=None)

    def remove(self, wds: tuple[int, ...]) -> None:
        """Stop these watches. Each answers with an IN_IGNORED, which a later drain gives."""
        for wd in wds:
            try:
                self.rm_watch(wd)
            except OSError as error:
                if error.errno != errno.EINVAL:  # that is: the kernel has ended it already
                    raise
            self._count_work(1)

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:
        bare = path.rstrip(b"/") or b"/"  # with a slash behind it the kernel would follow a link
        try:
            wd: int = self.add_watch(bare, self._watch_mask)
        except OSError as error:
            return ScanFailed(path, error.errno or errno.EIO)
        try:
            directories, plain = _NOTHING if self._is_leaf(bare, files=files) else _list(bare, files=files)
        except OSError as error:
            self._give_up(wd)
            return ScanFailed(path, error.errno or errno.EIO)
        self._last_wd = max(self._last_wd, wd)
        self._count_work(1 + len(directories) + len(plain))
        return Listed(path, wd, directories, plain)

    def _is_leaf(self, path: bytes, *, files: bool) -> bool:
        """Whether there is nothing to list, since only directories are asked for, and there are none.

        Most directories hold no others, and to list one costs more than all else that is done with it.
        """
        if files:
            return False
        status = os.lstat(path)
        if status.st_nlink != _LINKS_OF_LEAF or not stat.S_ISDIR(status.st_mode):
            return False
        device = status.st_dev
        if device not in self._counting:
            self._counting[device] = counts_directories(device, read_mounts())
        return self._counting[device]

    def _look(self, path: bytes, *, watch: bool) -> Looked:
        bare = path.rstrip(b"/") or b"/"
        wd, number = None, 0
        if watch:
            try:
                wd = self.add_watch(bare, self._watch_mask)
            except OSError as error:
                number = error.errno or errno.EIO
        try:
            if os.path.islink(bare):  # scandir would follow it
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            entries = entries_of(bare)
        except OSError as error:
            if wd is not None:
                self._give_up(wd)
            return Looked(path, None, error.errno or errno.EIO)
        self._last_wd = max(self._last_wd, wd or 0)
        self._count_work(1 + len(entries))
        return Looked(path, wd, number, entries)

    def _give_up(self, wd: int) -> None:
        """Stop the watch of a directory that could not be listed, but not if it is older than this try.

        A new one would be in nobody's book, and never be removed. An old one is of use still: the directory
        may just have moved. Descriptors grow (`idr_alloc_cyclic` in the kernel).
        """
        if wd > self._last_wd:
            self._last_wd = wd
            self.remove((wd,))

    def _count_work(self, steps: int) -> None:
        """Empty the kernel's queue every now and then, before it overflows."""
        self._work += steps
        if self._work >= _QUEUE_SHARE:
            self._work = 0
            self._fill()

    def _fill(self) -> None:
        self._has_read = True
        self._read()

    def _read(self) -> None:
        with self._reading:
            for _ in range(_MOST_READS):
                size = self.readinto(self._buffer)
                if not size:  # None: the queue is empty
                    break
                self._unparsed.append(bytes(memoryview(self._buffer)[:size]))
                if size < len(self._buffer) - _LONGEST_RECORD:
                    break


def content_mask(mode: str, *, hears_writes: bool) -> int:
    """The bits that tell of a change of content."""
    return INOTIFY_MODES[mode] | (masks.MODIFY if hears_writes else 0)


def parse_records(data: bytes) -> list[Record]:
    """Take apart what a read of an inotify descriptor gave.

    Raises `ValueError` when the last record is cut short, which the kernel never does.
    """
    records = []
    position, size = 0, len(data)
    try:
        while position < size:
            wd, mask, cookie, length = _unpack_head(data, position)
            end = position + _HEAD_SIZE
            position = end + length
            records.append(Record(wd, mask, cookie, data[end:position].rstrip(b"\0")))
    except struct.error as error:
        raise ValueError(_CUT_SHORT) from error
    if position > size:
        raise ValueError(_CUT_SHORT)
    return records


_CUT_SHORT: Final = "an inotify record was cut short"


def _list(path: bytes, *, files: bool) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    directories, plain = [], []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                directories.append(entry.name)
            elif files:
                plain.append(entry.name)
    return tuple(directories), tuple(plain)


def _explained(error: OSError) -> OSError:
    if error.errno != errno.EMFILE:
        return error
    limit = _limit("fs/inotify/max_user_instances")
    text = (
        f"no inotify instance left for this user (limit {limit}): raise it with "
        "`sysctl fs.inotify.max_user_instances=1024`, or, if this process may open no more files, "
        "raise that limit with `ulimit -n`"
    )
    return OSError(errno.EMFILE, text)


def _limit(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except OSError:  # no /proc here: the remedy stands without the number
        return "unknown"
