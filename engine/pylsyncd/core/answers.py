"""The machine's answers: to Lua while an action runs (spec 2.4), and to whoever wants the status."""

from __future__ import annotations

import math
from typing import Final

from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Delay
from pylsyncd.core.progress import Progress
from pylsyncd.core.queries import Test
from pylsyncd.core.report import StatusReport
from pylsyncd.core.state import State
from pylsyncd.core.tunnels import Tunnels
from pylsyncd.core.watching import Watching

_MOST_UNWATCHED: Final = 20
"""Directories without a watch that the status names for each sync."""


class Answers:
    """As `queries.Queries` asks for them; a question changes nothing."""

    _state: State
    _watching: Watching
    _progress: Progress
    _tunnels: Tunnels

    def first_ready(self, sync: int) -> Delay | None:
        """The first delay, in queue order, that waits and is due."""
        return self._state.syncs[sync].queue.first_ready(self._state.now)

    def select(self, sync: int, test: Test) -> list[Delay]:
        """All delays that no active or refused one holds back."""
        return self._state.syncs[sync].queue.select(test, self._state.now)

    def delay(self, sync: int, delay: int) -> Delay | None:
        """A delay still in the queue, or None."""
        return self._state.syncs[sync].queue.get(delay)

    def queue(self, sync: int) -> DelayQueue:
        """All delays of the sync, in queue order."""
        return self._state.syncs[sync].queue

    def excludes(self, sync: int) -> tuple[bytes, ...]:
        """The sync's exclude patterns now."""
        return self._state.syncs[sync].patterns.excludes

    def filters(self, sync: int) -> tuple[bytes, ...]:
        """The sync's filter rules now."""
        return self._state.syncs[sync].patterns.filters

    def tunnel_ports(self, tunnel: int) -> tuple[int, ...]:
        """The local ports of a tunnel's processes that are up."""
        return self._tunnels.ports(tunnel)

    def processes_of(self, sync: int) -> int:
        """How many processes the sync runs."""
        return len(self._state.syncs[sync].jobs)

    def pid_of(self, sync: int, delay: int) -> int | None:
        """The process that works on a delay, or None."""
        return self._state.syncs[sync].pid_of(delay)

    def processes_running(self) -> int:
        """How many processes all syncs run."""
        return self._state.scheduler.processes()

    def report(self) -> StatusReport:
        """The daemon as data for the status."""
        book, settings = self._watching.book, self._state.settings
        at = self._watching.rescans.next_wakeup
        return StatusReport(
            syncs=tuple(
                sync.report(
                    self._state.now,
                    onepass=settings.onepass,
                    unwatched=self._watching.rescans.report(sync.config.source, _MOST_UNWATCHED),
                )
                for sync in self._state.syncs.values()
            ),
            watches=len(book),
            watch_lines=tuple(book.watches()) if settings.status_watches else (),
            tunnels=self._tunnels.reports(),
            watches_per_second=self._progress.rate,
            is_surveying=self._watching.is_sweeping,
            next_rescan=None if at == math.inf else at - self._state.now,
        )
