"""Whose turn it is: round robin over syncs, limits on processes, when to wake up next (spec 3.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pylsyncd.core.effects import ActionKind, RunAction
from pylsyncd.core.model import EventType
from pylsyncd.core.sync import Sync


class Scheduler:
    """Picks the next action; one at a time, so that the limits are checked after each."""

    def __init__(self, syncs: Sequence[Sync], max_processes: int | None) -> None:
        self._syncs = syncs
        self._max_processes = math.inf if max_processes is None else max_processes
        self._turn = 0

    def processes(self) -> int:
        """How many processes all syncs run together."""
        return sum(len(sync.jobs) for sync in self._syncs)

    def room(self) -> float:
        """How many more processes may be started."""
        return self._max_processes - self.processes()

    def next_action(self, now: float) -> RunAction | None:
        """What is to run at `now`; the sync after the one that had the last turn is asked first."""
        if self.processes() >= self._max_processes:
            return None
        count = len(self._syncs)
        for step in range(count):
            index = (self._turn + step) % count
            sync = self._syncs[index]
            delay = sync.next_action(now)
            if delay is not None:
                self._turn = (index + 1) % count
                return RunAction(sync.config.id, _kind(sync, delay.etype), delay.id)
        return None

    def next_wakeup(self) -> float:
        """When `next_action` may have something; infinity: not before something happens."""
        if self.processes() >= self._max_processes:
            return math.inf
        return min((sync.next_wakeup() for sync in self._syncs), default=math.inf)


def _kind(sync: Sync, etype: EventType) -> ActionKind:
    if etype is EventType.INIT:
        return ActionKind.INIT
    if etype is EventType.FULL and sync.config.has_full:
        return ActionKind.FULL
    return ActionKind.ACTION
