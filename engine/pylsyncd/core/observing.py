"""What the watching tells, and what it means for the syncs and for the daemon."""

from __future__ import annotations

import errno
import math
from collections.abc import Mapping, Sequence
from typing import Final

from pylsyncd.core.delays import Outcome
from pylsyncd.core.life import Life, Phase
from pylsyncd.core.model import Content, ScanFailed
from pylsyncd.core.narration import narrate
from pylsyncd.core.routing import Routes
from pylsyncd.core.sources import Sources
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync
from pylsyncd.core.watchbook import Change
from pylsyncd.core.watching import Watching

_WRITTEN: Final = Content.WRITTEN
_TOLD: Final = frozenset({"Delay", "Filter"})
"""Categories of the log that tell of each change."""

_CHECK_PAUSE: Final = 60.0
"""Seconds between two checks of the watches, and the full syncs that follow (spec 6.1)."""


class Observing:
    """The observer of `watching.Watching`, which is made with it."""

    def __init__(self, state: State, life: Life) -> None:
        self._state = state
        self._life = life
        self._next_check = math.inf
        """When the watches are to be checked; infinity: not before records are lost."""
        self._last_check = -math.inf
        """When the last one came to its end."""
        self._is_checking = False
        self.watching = Watching(tuple(state.syncs.values()), state.emit, self)
        self.watching.rescans.interval = state.settings.rescan_interval
        self.sources = Sources(state, self.watching)
        self.routes = Routes(state.syncs.values())

    def replace(self, heirs: Mapping[Sync, Sequence[Sync]]) -> None:
        """The syncs and settings are others now; `heirs` take the place of those that are gone."""
        self.watching.rescans.interval = self._state.settings.rescan_interval
        self.sources.replace()
        self.routes = Routes(self._state.syncs.values())
        self.watching.replace(tuple(self._state.syncs.values()), heirs)

    def changed(self, sync: Sync, change: Change) -> list[Outcome]:
        """Queue a change for a sync."""
        if self._state.overhear is not None:
            self._state.overhear(change)
        return self._observe(sync, change)

    def file_changed(self, change: Change) -> None:
        """Queue a change of one file for all syncs that it concerns: nearly all that happens, so in short."""
        state, content = self._state, change.content
        is_counted = content is not _WRITTEN or state.settings.counts_writes  # else for the sake of some
        if state.overhear is not None or not state.settings.verbose.isdisjoint(_TOLD):
            tell = self.changed if is_counted else self._observe
            for sync in [one for one in state.syncs.values() if is_counted or one.config.settle]:
                tell(sync, change)
            return
        state.is_status_stale = True
        for sync in self.routes.of(change.path):
            if is_counted or sync.config.settle:
                sync.observe_file(change.etype, change.path, state.now, content)

    def _observe(self, sync: Sync, change: Change) -> list[Outcome]:
        state = self._state
        outcomes = sync.observe(change.etype, change.path, change.path2, state.now, change.content)
        state.is_status_stale = True
        if "Filter" in state.settings.verbose and not outcomes and sync.covers(change.path):
            state.log("Filter", b"filtered %s on %s" % (change.etype.value.encode(), change.path))
        self._narrate(outcomes)
        return outcomes

    def settle(self) -> None:
        """Queue what has happened to files that have settled by now."""
        for sync in self._state.syncs.values():
            outcomes = sync.settle(self._state.now)
            self._state.is_status_stale |= bool(outcomes)
            self._narrate(outcomes)

    def _narrate(self, outcomes: list[Outcome]) -> None:
        if "Delay" in self._state.settings.verbose:
            for outcome in outcomes:
                self._state.log("Delay", narrate(outcome))

    def overflowed(self) -> bool:
        """Records were lost: any sync may have missed something (spec 6.1).

        Says whether the tree is watched anew at once, so that the records at hand do not matter.
        """
        self._state.log("Normal", b"--- OVERFLOW in event queue ---")
        self._next_check = min(self._next_check, max(self._state.now, self._last_check + _CHECK_PAUSE))
        self._queue_repairs(self._next_check)
        return self.check()

    @property
    def next_wakeup(self) -> float:
        """When `check` or `settle` has something to do; infinity: not before something happens."""
        settled = min((sync.settling.next_wakeup for sync in self._state.syncs.values()), default=math.inf)
        return min(self._next_due_check, settled)

    @property
    def _next_due_check(self) -> float:
        return math.inf if self._is_checking else self._next_check

    def check(self) -> bool:
        """Watch the tree anew if that is due, but let what has begun come to its end."""
        if self._is_checking and not self.watching.is_sweeping:
            self._is_checking, self._last_check = False, self._state.now
            self._next_check = max(self._next_check, self._last_check + _CHECK_PAUSE)
        if self._state.now < self._next_due_check:
            return False
        self._next_check, self._is_checking = math.inf, True
        self._queue_repairs(self._state.now)
        if self._life.phase is Phase.RUNNING:
            self._life.phase = Phase.STARTING
        self.watching.start_over()
        return True

    def _queue_repairs(self, at: float) -> None:
        for sync in self._state.syncs.values():
            if sync.needs_repair():
                sync.queue_repair(at)

    def left(self, path: bytes) -> None:
        """Sources that are gone are waited for."""
        self.sources.left(path)

    def restless(self, path: bytes, seconds: float) -> None:
        """A run over the whole tree may have brought over what came and went: only another one finds that."""
        now = self._state.now
        for sync in self._state.syncs.values():
            if sync.wants_watch(path):
                sync.doubt_run(now - seconds, now)

    def watched(self, sources: tuple[bytes, ...]) -> None:
        """Sources that were away may be back."""
        self.sources.watched(sources)

    def scan_failed(self, failure: ScanFailed) -> bool:
        """Go on without that watch, but not without a source right at the start."""
        if self.sources.is_missing(failure):
            return False
        if failure.errno == errno.ENOSPC or not self.sources.is_at_start(failure.path):
            self._state.is_status_stale = True
            return True
        name = errno.errorcode.get(failure.errno, str(failure.errno)).encode()
        line = b"Cannot watch %s (%s): changes in it go unnoticed." % (failure.path, name)
        self._state.log("Error", line)
        self._life.fail()
        return False
