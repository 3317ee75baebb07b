"""Holds records back, in order, until both halves of a move are at hand or it is too late for one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pylsyncd.core import masks
from pylsyncd.core.model import Record

_HALVES: Final = masks.MOVED_FROM | masks.MOVED_TO

HOLD: Final = 0.05
"""Seconds that the first half of a move waits for the second (spec 6.1), from when it was read."""


class HeldRecords:
    """A queue in the kernel's order. What stands behind a half that waits has to wait as well."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Record, float]] = deque()
        self._arrivals: dict[int, Record] = {}
        """Second halves in the queue that their first halves have not fetched, by cookie."""

    @property
    def deadline(self) -> float | None:
        """When the half that holds up the queue has waited long enough."""
        return self._waiting[0][1] + HOLD if self._waiting else None

    def take(self, records: Sequence[Record], now: float) -> Sequence[Record]:
        """Queue what was read from the kernel at `now`; given back if nothing has to wait, for any other."""
        bits = 0
        for record in records:
            bits |= record.mask
        if not self._waiting and not bits & _HALVES:
            return records
        for record in records:
            self._waiting.append((record, now))
            if record.mask & masks.MOVED_TO:
                self._arrivals[record.cookie] = record
        return ()

    def release(self, now: float, knows: Callable[[int], object]) -> Iterator[Record]:
        """Hand out records up to a half that has to wait; none does whose watch nobody knows."""
        while self._waiting:
            record, since = self._waiting[0]
            is_half = record.mask & masks.MOVED_FROM and record.cookie not in self._arrivals
            if is_half and now < since + HOLD and knows(record.wd):
                return
            self._waiting.popleft()
            yield record

    def fetch(self, cookie: int) -> Record | None:
        """Take the second half with this cookie, which nobody else gets then."""
        return self._arrivals.pop(cookie, None)
