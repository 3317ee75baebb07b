"""The fanotify monitor: one mark a file system, however many directories; records as inotify writes them.

Nothing is asked of a directory before something happens in it. Then a record of its own introduces it
(`masks.MEET`), with the path that it had when that happened: see `docs/watching.md`.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from collections.abc import Container, Iterable
from contextlib import closing
from typing import Final

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Looked, Record, ScanFailed, ScanResult
from pylsyncd.system.watch import fanotify_calls as calls
from pylsyncd.system.watch.fanotify_events import Event, parse_events, paths_then
from pylsyncd.system.watch.fanotify_group import mark_source, open_group
from pylsyncd.system.watch.handles import Handles
from pylsyncd.system.watch.inotify import content_mask
from pylsyncd.system.watch.look import entries_of
from pylsyncd.system.watch.mounts import DIRECTORY, MarkedMounts
from pylsyncd.system.watch.roots import Roots
from pylsyncd.system.watch.telling import Telling, needed

_READ_SIZE: Final = 1 << 20
_MOST_READS: Final = 64
"""Reads in one drain, as for inotify."""
_LOST: Final = Record(-1, masks.Q_OVERFLOW, 0, b"")
"""Also where the kernel does not say what a handle means: nobody knows then what was changed."""
_MOST_ROUNDS: Final = 8
"""Looks at where directories are, while others are being moved."""


class FanotifyMonitor:
    """Watches whole sources; `mode` and `hears_writes` are as for inotify.

    Directories that lie in none of `sources` are watched one by one, as they are scanned. `queue` and
    `has_renames` are of use for tests: kernels before 5.17 have no event for both names of a rename.
    Raises `OSError` with the remedy in its text.
    """

    def __init__(
        self,
        mode: str = "CloseWrite",
        sources: tuple[bytes, ...] = (),
        *,
        hears_writes: bool = False,
        queue: int = calls.UNLIMITED_QUEUE,
        has_renames: bool = True,
    ) -> None:
        self._group = open_group(queue, has_renames=has_renames)
        self._sources = sources
        self._handles = Handles()
        self._roots = Roots()
        self._mounts = MarkedMounts(
            self._group.descriptor, self._group.mask(content_mask(mode, hears_writes=hears_writes))
        )
        self._telling = Telling(self._handles, self._introduce, meets_all=bool(sources))
        self._records: list[Record] = []
        self._buffer = bytearray(_READ_SIZE)
        self._is_late = False
        """Directories were moved so fast that what is read next may explain paths that were told."""
        self._ready = select.epoll()
        self._ready.register(self._group.descriptor, select.EPOLLIN)
        self._ready.register(self._roots.fileno(), select.EPOLLIN)
        try:
            for source in sources:
                mark_source(self._mounts, source)
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        """Give the descriptor that is readable when there is something to drain."""
        return self._ready.fileno()

    @property
    def pending(self) -> bool:
        """Whether watches have been removed, which is answered by a record."""
        return bool(self._records)

    def drain(self) -> tuple[Record, ...]:
        """Take all records that there are, in the kernel's order; never wait."""
        records, self._records = self._records, []
        try:
            records += self._told()
        finally:
            self._mounts.rest()
        for record in self._roots.drain():
            records.append(record)
            if record.mask & masks.IGNORED:
                self._forget(record.wd)
        return tuple(records)

    def fetch(self) -> bool:
        """Never anything: the queue has no limit, so nobody has to be fast."""
        return False

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # the effect `Scan` has these fields
        """List each directory; sources are watched before that, and what lies in them needs no watch."""
        return tuple(self._scan(path, files=files) for path in paths)

    def look(self, paths: tuple[bytes, ...], watch: bool) -> tuple[Looked, ...]:  # noqa: FBT001  # as above
        """List each directory with what is known of its entries; with `watch`, watch it before that."""
        return tuple(self._look(path, watch=watch) for path in paths)

    def watch_limit(self) -> int | None:
        """There is none."""
        return None

    def remove(self, wds: tuple[int, ...]) -> None:
        """Forget these; each answers with an IN_IGNORED. What lies in a source may be met again."""
        for wd in wds:
            if self._forget(wd):
                self._records.append(Record(wd, masks.IGNORED, 0, b""))

    def close(self) -> None:
        """Stop all watches and free the descriptors."""
        self._ready.close()
        self._roots.close()
        os.close(self._group.descriptor)

    # -- directories -----------------------------------------------------------------------------

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:
        try:
            descriptor = os.open(path.rstrip(b"/") or b"/", DIRECTORY)
        except OSError as error:
            return ScanFailed(path, error.errno or errno.EIO)
        try:
            wd = self._watch(path, descriptor)
            is_whole = self._source_of(path) is not None
            directories, plain = ((), ()) if is_whole and not files else _names(descriptor, files=files)
        except OSError as error:
            return ScanFailed(path, error.errno or errno.EIO)
        finally:
            os.close(descriptor)
        return Listed(path, wd, directories, plain, is_whole=is_whole)

    def _look(self, path: bytes, *, watch: bool) -> Looked:
        try:
            descriptor = os.open(path.rstrip(b"/") or b"/", DIRECTORY)
        except OSError as error:
            return Looked(path, None, error.errno or errno.EIO)
        try:
            wd = None
            if watch:
                wd = 0 if self._is_inside(path) else self._watch(path, descriptor)
            return Looked(path, wd, 0, entries_of(path))
        except OSError as error:
            return Looked(path, None, error.errno or errno.EIO)
        finally:
            os.close(descriptor)

    def _watch(self, path: bytes, descriptor: int) -> int:
        """Its descriptor; 0: it has none, and is met as soon as something happens in it."""
        handle = calls.handle_of(descriptor)
        if self._is_inside(path):
            return self._handles.wd(handle) or 0
        self._mounts.mark_all(path)
        wd = self._handles.give(handle, for_good=True)
        self._roots.watch(path, wd)
        self._handles.doubt_strangers()
        return wd

    def _forget(self, wd: int) -> bool:
        self._roots.forget(wd)
        return self._handles.take(wd)

    def _is_inside(self, path: bytes) -> bool:
        """Whether a directory lies in a source that is watched as a whole, and is none itself."""
        return path not in self._sources and self._source_of(path) is not None

    def _source_of(self, path: bytes) -> tuple[bytes, int] | None:
        """The source that is watched as a whole and holds this directory, itself included."""
        return next((one for one in self._roots.holders(path) if one[0] in self._sources), None)

    def _introduce(self, path: bytes) -> tuple[int, bytes] | None:
        found = self._source_of(path)
        if found is None or found[0] == path:  # another directory in the place of the source is not it
            return None
        source, wd = found
        return wd, path[len(source) : -1]

    # -- events ----------------------------------------------------------------------------------

    def _told(self) -> list[Record]:
        try:
            events, paths, is_all = self._gather()
        except OSError:
            return [_LOST]
        in_pieces, self._is_late = self._is_late or not is_all, not is_all
        records = self._telling.tell(events, paths_then(events, paths), in_pieces=in_pieces)
        for handle, path in paths.items():
            if self._handles.wd(handle) is None and self._introduce(path) is None:
                self._handles.leave_out(handle)
        try:
            return records + self._telling.amend(self, paths, is_all=is_all)
        except OSError:
            return [*records, _LOST]

    def _gather(self) -> tuple[list[Event], dict[bytes, bytes], bool]:
        """Read until it is clear where directories are after the last event; else the last word is false.

        Paths are those of now. So nothing may have been moved since the events were read.
        """
        events, is_all = self._read()
        paths: dict[bytes, bytes | None] = {}
        has_moved = True
        for _ in range(_MOST_ROUNDS):
            wanted = needed(events, self._handles)
            paths = {**({} if has_moved else paths), **self._resolve(wanted, {} if has_moved else paths)}
            more, is_all = self._read() if wanted else ([], is_all)
            events += more
            has_moved = any(event.moves_directory for event in more)
            if not has_moved and needed(more, self._handles) <= paths.keys():
                break
        else:
            is_all = False
        return events, {handle: path for handle, path in paths.items() if path is not None}, is_all

    def _read(self) -> tuple[list[Event], bool]:
        """What there is, and whether that is all."""
        events: list[Event] = []
        for _ in range(_MOST_READS):
            try:
                size = os.readv(self._group.descriptor, [self._buffer])
            except BlockingIOError:
                return events, True
            events += parse_events(bytes(memoryview(self._buffer)[:size]))
        return events, False

    def _resolve(self, handles: Iterable[bytes], known: Container[bytes]) -> dict[bytes, bytes | None]:
        return {handle: self.path(handle) for handle in handles if handle not in known}

    def path(self, handle: bytes) -> bytes | None:
        """Where a directory is now; of several places the one in a source, if there is one."""
        found = None
        with closing(self._mounts.opened(handle)) as opened:
            for descriptor in opened:
                path = calls.path_of(descriptor)
                if path is not None and (found is None or self._source_of(path) is not None):
                    found = path
        return found

    def kind(self, directory: bytes, name: bytes) -> int | None:
        """What has a name in a directory now: `ISDIR`, 0 for what is none, None for nothing."""
        with closing(self._mounts.opened(directory)) as opened:
            for descriptor in opened:
                try:
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                except OSError:
                    return None
                return masks.ISDIR if stat.S_ISDIR(status.st_mode) else 0
        return None


def _names(descriptor: int, *, files: bool) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The sub-directories of an open directory, and if asked for all else."""
    directories, plain = [], []
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                directories.append(os.fsencode(entry.name))
            elif files:
                plain.append(os.fsencode(entry.name))
    return tuple(directories), tuple(plain)
