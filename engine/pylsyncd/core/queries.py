"""What Lua may ask of the core while an action runs; asking changes nothing."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Protocol

from pylsyncd.core.model import Delay


class Selection(enum.Enum):
    """A test's answer about one event in `inlet.getEvents(test)` (spec 2.4)."""

    TAKE = "take"
    LEAVE = "leave"
    """Leave it and everything it blocks."""
    BREAK = "break"


Test = Callable[[Delay], Selection]


class Queue(Protocol):
    """A sync's queue as the Lua host sees it."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Delay]: ...
    def get(self, number: int) -> Delay | None:
        """A queued delay by its number."""

    @property
    def newest(self) -> Delay:
        """The delay that came last; the queue must not be empty."""


class Queries(Protocol):
    """The machine as the Lua host sees it; syncs and delays by number."""

    def first_ready(self, sync: int) -> Delay | None:
        """The first delay, in queue order, that waits and is due (`inlet.getEvent`)."""

    def select(self, sync: int, test: Test) -> list[Delay]:
        """All delays that no active or refused one holds back (`inlet.getEvents`, spec 3.4)."""

    def delay(self, sync: int, delay: int) -> Delay | None:
        """A delay still in the queue, or None."""

    def queue(self, sync: int) -> Queue:
        """All delays of the sync, in queue order (`inlet.getSync().delays`)."""

    def excludes(self, sync: int) -> tuple[bytes, ...]:
        """The sync's exclude patterns now, in order."""

    def filters(self, sync: int) -> tuple[bytes, ...]:
        """The sync's filter rules (`+ p`, `- p`) now, in order."""

    def tunnel_ports(self, tunnel: int) -> tuple[int, ...]:
        """The local ports of a tunnel's processes that are up (spec 5.1)."""

    def processes_of(self, sync: int) -> int:
        """How many processes the sync runs."""

    def pid_of(self, sync: int, delay: int) -> int | None:
        """The process that works on a delay, or None."""

    def processes_running(self) -> int:
        """How many processes all syncs run."""
