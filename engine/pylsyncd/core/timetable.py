"""Whose crontab is due, as readings of the wall clock come in (spec 5.2).

The core's time is monotonic; crontabs follow the wall clock, which operators, daylight saving and
suspended machines make jump. So the wall clock is read again at each expected match and at least
once a minute, and what lies between two readings counts:

- A rule for certain hours is due when the wall clock passes it for the first time. In the night
  when clocks go forward, what was skipped is due right behind the gap (within a minute); when they
  go back, the hour that comes twice counts once.
- A rule for every hour (`*`) follows the time that has really passed, as crons do: nothing is
  made up for a gap, and it goes on through the hour that comes twice.
- A clock that is set forward, or a machine that slept: what was missed is due once. A clock that
  is set back by more than a minute: counting starts anew from there.

However many matches lie between two readings, a sync is due once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from pylsyncd.core.crontab import Rule, next_match, parse
from pylsyncd.core.model import SyncConfig

_LONGEST: Final = 60.0
"""Seconds between two readings, at most."""
_SHORTEST: Final = 0.01
"""Seconds; the two clocks run differently fast, so the second reading may come a little early."""
_CORRECTION: Final = 60
"""Seconds that the clock may be set back without counting anew: time servers do."""


class Timetable:
    """The rules of all syncs."""

    def __init__(self, syncs: Iterable[SyncConfig] = ()) -> None:
        self._rules = [(sync.id, parse(text)) for sync in syncs for text in sync.crontab]
        self.next_reading = -math.inf if self._rules else math.inf
        """When the wall clock is to be read again, on the monotonic clock."""
        self._epoch: int | None = None
        self._local = 0
        """The latest local time that has been dealt with."""

    def replace(self, syncs: Iterable[SyncConfig]) -> None:
        """Go by other rules, and from the last reading on, so that nothing falls between."""
        self._rules = [(sync.id, parse(text)) for sync in syncs for text in sync.crontab]
        self.next_reading = -math.inf if self._rules else math.inf

    def asked(self) -> None:
        """The reading is on its way."""
        self.next_reading = math.inf

    def read(self, now: float, epoch: float, offset: int) -> tuple[int, ...]:
        """The syncs that are due, by number.

        At `now` the wall clock showed `epoch` seconds since 1970 in UTC, and local time was
        `offset` seconds ahead of it.
        """
        second, local = math.floor(epoch), math.floor(epoch) + offset
        due: set[int] = set()
        if self._epoch is None or second < self._epoch - _CORRECTION:
            self._epoch, self._local = second, local
        else:
            passed = max(0, second - self._epoch)
            due = {sync for sync, rule in self._rules if self._is_due(rule, local, passed)}
            self._epoch, self._local = max(second, self._epoch), max(local, self._local)
        self.next_reading = now + self._pause(local, epoch - second)
        return tuple(sorted(due))

    def _is_due(self, rule: Rule, local: int, passed: int) -> bool:
        since = self._local if rule.names_hours else local - passed
        match = next_match(rule, since)
        return match is not None and match <= local

    def _pause(self, local: int, fraction: float) -> float:
        matches = (next_match(rule, self._local if rule.names_hours else local) for _, rule in self._rules)
        nearest = min(match for match in matches if match is not None) - local - fraction
        return min(max(nearest, _SHORTEST), _LONGEST)
