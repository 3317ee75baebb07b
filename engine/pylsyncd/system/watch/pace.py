"""How often a watch descriptor is read while changes come in fast."""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import define, field

PAUSE: Final = 0.005
"""Seconds between two reads in a rush. The kernel's queue of 16,384 records lasts for 40 ms of the fastest
writers there are, and melts equal records in a row into one meanwhile."""

_READS: Final = 16
_SPAN: Final = 0.008
"""So many reads in so many seconds are a rush; changes that are waited for, one by one, never are."""


@define(eq=False)
class Pace:
    """The first changes are read at once; in a rush each read would find few, and cost as much as of many."""

    _times: deque[float] = field(factory=lambda: deque(maxlen=_READS))
    _is_rush: bool = False

    def pause_after(self, now: float, found: int) -> float:
        """For how many seconds not to read after a read at `now` that has found so many records."""
        self._times.append(now)
        is_fast = len(self._times) == _READS and now - self._times[0] < _SPAN
        self._is_rush = found > 0 and (self._is_rush or is_fast)
        return PAUSE if self._is_rush else 0.0
