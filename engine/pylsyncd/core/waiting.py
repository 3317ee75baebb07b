"""Which of a sync's waiting delays is due, first in queue order (spec 3.4)."""

from __future__ import annotations

import math
from collections import deque
from heapq import heapify, heappop, heappush
from typing import Final

from attrs import define, field

from pylsyncd.core.model import Delay, DelayStatus

_SLACK: Final = 64
"""Stale entries that are not worth a rebuild."""
_WAIT: Final = DelayStatus.WAIT

_Entry = tuple[float, int, Delay]


@define(eq=False)
class Waiting:
    """New delays nearly always are due in the order in which they come: those need no sorting.

    Nothing is taken out when a delay does not wait any more: entries that no longer hold are dropped on
    sight. `size` is how many delays the queue holds, by which it is seen that there are too many of them.
    """

    _fresh: deque[Delay] = field(factory=deque)
    """In queue order, and the earliest alarm first. Of use are those that wait and were not tried yet."""
    _alarms: list[_Entry] = field(factory=list)
    """All others by their alarms."""
    _due: list[_Entry] = field(factory=list)
    """Those of them that were seen to be due, in queue order."""
    _untried: list[_Entry] = field(factory=list)
    """Those that were not tried yet, in queue order."""

    def append(self, delay: Delay, size: int) -> None:
        """A delay that is newer than all others begins to wait."""
        fresh = self._fresh
        if fresh and delay.alarm < fresh[-1].alarm:
            self.add(delay, size)
            return
        if len(fresh) > 2 * size + _SLACK:
            self._fresh = fresh = deque(filter(_is_untried, fresh))
        fresh.append(delay)

    def add(self, delay: Delay, size: int) -> None:
        """Any delay begins to wait, or does so till another time."""
        _push(self._alarms, (delay.alarm, delay.id, delay), size)
        if delay.tries == 0:
            _push(self._untried, (delay.position, delay.id, delay), size)

    def clear(self) -> None:
        """Nothing waits any more."""
        self._fresh.clear()
        for heap in (self._alarms, self._due, self._untried):
            heap.clear()

    def first(self, now: float, *, is_crowded: bool, size: int) -> Delay | None:
        """The first one, in queue order, that is due at `now`; of a crowd any that was not tried yet."""
        first = self._first_fresh()
        if first is not None and first.alarm > now and not is_crowded:
            first = None
        first = _earlier(first, self._first_due(now, size))
        return _earlier(first, self._first_untried()) if is_crowded else first

    def next_due(self, *, is_crowded: bool) -> float:
        """When the next one is due; infinity if none waits."""
        fresh = self._first_fresh()
        if self._due or (is_crowded and (fresh or self._first_untried())):
            return -math.inf
        alarms = self._alarms
        while alarms and not (alarms[0][2].status is _WAIT and alarms[0][2].alarm == alarms[0][0]):
            heappop(alarms)
        sorted_one = alarms[0][0] if alarms else math.inf
        return sorted_one if fresh is None else min(sorted_one, fresh.alarm)

    def _first_fresh(self) -> Delay | None:
        fresh = self._fresh
        while fresh and not _is_untried(fresh[0]):
            fresh.popleft()
        return fresh[0] if fresh else None

    def _first_due(self, now: float, size: int) -> Delay | None:
        alarms, due = self._alarms, self._due
        while alarms and alarms[0][0] <= now:
            alarm, _, delay = heappop(alarms)
            if delay.status is _WAIT and delay.alarm == alarm:
                _push(due, (delay.position, delay.id, delay), size)
        while due and not (due[0][2].status is _WAIT and due[0][2].alarm <= now):
            heappop(due)
        return due[0][2] if due else None

    def _first_untried(self) -> Delay | None:
        untried = self._untried
        while untried and not _is_untried(untried[0][2]):
            heappop(untried)
        return untried[0][2] if untried else None


def _push(heap: list[_Entry], entry: _Entry, size: int) -> None:
    if len(heap) > 2 * size + _SLACK:
        heap[:] = [one for one in heap if one[2].status is _WAIT]
        heapify(heap)
    heappush(heap, entry)


def _is_untried(delay: Delay) -> bool:
    return delay.status is _WAIT and delay.tries == 0


def _earlier(one: Delay | None, other: Delay | None) -> Delay | None:
    if one is None:
        return other
    return one if other is None or one.position <= other.position else other
