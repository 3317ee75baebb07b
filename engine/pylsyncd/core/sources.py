"""Sources that are not there: their syncs wait, until they are looked through anew (spec 6.1, 6.3).

A source that was emptied is full of deletions. One that has gone as a whole, removed, moved away or
unmounted, says nothing about what the target should hold: nothing is done for its syncs meanwhile.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Iterator
from typing import Final

from pylsyncd.core.effects import LookForSource
from pylsyncd.core.model import ScanFailed
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync
from pylsyncd.core.watching import Watching

_LOOK_AGAIN: Final = 1.0
"""Seconds between two looks for a source that is away. To watch its parent instead would cost as much,
and tell nothing of a file system that is mounted, or of a parent that is away as well."""

_MISSING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class Sources:
    """Which sources are away, and since when they are looked for."""

    def __init__(self, state: State, watching: Watching) -> None:
        self._state = state
        self._watching = watching
        self._due: dict[bytes, float] = {}
        """The sources that are away, and when to look for them; infinity while that is under way."""
        self._unmounted: set[bytes] = set()
        """Those of which was said that only their mount point is there."""
        self._known: set[bytes] = set()
        """Those that were watched once."""

    @property
    def next_wakeup(self) -> float:
        """When `advance` has something to do."""
        return min(self._due.values(), default=math.inf)

    def advance(self) -> None:
        """Look for those that are due."""
        for source, due in self._due.items():
            if due <= self._state.now:
                self._due[source] = math.inf
                self._state.emit(LookForSource(source))

    def replace(self) -> None:
        """The syncs are others now; those whose source is away wait for it too."""
        sources = {sync.config.source for sync in self._state.syncs.values()}
        self._due = {source: due for source, due in self._due.items() if source in sources}
        self._unmounted &= sources
        self._known &= sources
        for sync in self._state.syncs.values():
            sync.is_away = sync.config.source in self._due

    def left(self, path: bytes) -> None:
        """The directory at `path` is not there any more, and no source in it."""
        for source in sorted({sync.config.source for sync in self._state.syncs.values()}):
            if source.startswith(path) and source not in self._due:
                self._watching.forget(source)
                self._begin_to_wait(source, b"has gone")

    def doubt(self, sync: Sync | None = None) -> None:
        """See whether sources are there, that of a sync or all of them; what is looked for is not."""
        syncs = self._state.syncs.values() if sync is None else (sync,)
        for source in sorted({one.config.source for one in syncs} - self._due.keys()):
            self._watching.check_source(source)

    def is_missing(self, failure: ScanFailed) -> bool:
        """Whether what could not be watched is a source that is waited for."""
        if failure.path in self._due and failure.errno in _MISSING:
            self._due[failure.path] = self._state.now + _LOOK_AGAIN
            return True
        is_source = any(self._syncs_of(failure.path))
        if not is_source or failure.errno not in _MISSING or self.is_at_start(failure.path):
            return False
        self._begin_to_wait(failure.path, b"is not there")
        return True

    def is_at_start(self, path: bytes) -> bool:
        """Whether it is a source that the daemon cannot do without: it was never seen, and nobody insists."""
        is_source = any(self._syncs_of(path))
        return is_source and path not in self._known and not self._state.settings.insist

    def seen(self, source: bytes, mounts: int | None) -> None:
        """The answer to a look."""
        if source not in self._due:
            return  # no sync has it any more
        needed = max(sync.config.mounts for sync in self._syncs_of(source))
        if mounts is not None and mounts >= needed:
            self._watching.watch_source(source)
            return
        self._due[source] = self._state.now + _LOOK_AGAIN
        if mounts is not None and source not in self._unmounted:
            self._unmounted.add(source)
            line = b"The source %s is empty ground: what was mounted there is not mounted any more." % source
            self._state.log("Warn", line)

    def watched(self, sources: tuple[bytes, ...]) -> None:
        """These have been looked through; those that were away and are watched now are back."""
        for source in sources:
            is_there = self._watching.book.is_watched(source) or source in self._watching.rescans
            if is_there:
                self._known.add(source)
            if is_there and source in self._due:
                self._welcome(source)
            elif source in self._due:
                self._due[source] = self._state.now + _LOOK_AGAIN

    def _begin_to_wait(self, source: bytes, how: bytes) -> None:
        self._due[source] = self._state.now + _LOOK_AGAIN
        names = b", ".join(sync.config.name for sync in self._syncs_of(source))
        self._state.log("Warn", b"The source %s %s: %s waits for it to come back." % (source, how, names))
        self._state.is_status_stale = True
        for sync in self._syncs_of(source):
            sync.is_away = True
            if self._state.settings.onepass:
                sync.is_failed = True

    def _welcome(self, source: bytes) -> None:
        del self._due[source]
        self._unmounted.discard(source)
        self._state.log("Normal", b"The source %s is there." % source)
        self._state.is_status_stale = True
        for sync in self._syncs_of(source):
            sync.come_back(self._state.now)
            if not sync.config.repairs:
                self._watching.look_into(sync, source)

    def _syncs_of(self, source: bytes) -> Iterator[Sync]:
        return (sync for sync in self._state.syncs.values() if sync.config.source == source)
