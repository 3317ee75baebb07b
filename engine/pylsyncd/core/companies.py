"""Lists that fail fall into companies, each tried on its own, until what fails is alone (spec 6.1)."""

from __future__ import annotations

from typing import Final

from attrs import define

from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Delay

_MOST: Final = 32
"""If all fails, for want of space say, so many processes are started within a pause at most."""


@define(eq=False)
class Companies:
    """The companies of one sync's delays; 0 is none."""

    queue: DelayQueue
    _last: int = 0

    def part(self, delays: tuple[Delay, ...], alarm: float) -> bool:
        """Let the halves of a list go on without each other, to find what fails; False: it has none.

        Either half is tried at `alarm`, after the first pause: what is innocent has waited long enough.
        """
        half = (len(delays) + 1) // 2
        halves = [part for part in (delays[:half], delays[half:]) if part]
        if len({delay.company for delay in self.queue}) + len(halves) > _MOST:
            return self._join(delays)
        for part in halves:
            self._last += 1
            for delay in part:
                delay.company = self._last
        if len(halves) == 1:
            return False
        for delay in delays:
            self._try_again(delay, alarm, 1)
        return True

    def _join(self, delays: tuple[Delay, ...]) -> bool:
        """Have delays that are in no company yet tried again with those of one; False: they are in one."""
        if delays[0].company:
            return False
        fellow = next(one for one in self.queue if one.company)
        for delay in delays:
            delay.company = fellow.company
            self._try_again(delay, fellow.alarm, fellow.tries)
        return True

    def _try_again(self, delay: Delay, alarm: float, tries: int) -> None:
        self.queue.retry(delay, alarm)
        delay.tries = tries
