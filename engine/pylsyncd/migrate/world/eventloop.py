"""The event loop of a simulated world: its clock moves on when there is nothing to do."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from attrs import define, field

Callback = Callable[[], object]


class RestlessError(Exception):
    """More has happened than the loop has patience for."""


@define(eq=False)
class Timer:
    """What was asked for at a time; may be cancelled."""

    callback: Callback
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Forget it."""
        self.is_cancelled = True


@define(eq=False)
class VirtualLoop:
    """As much of asyncio's loop as the trampoline uses, deterministic: first come, first served.

    Where nothing is ready, and no timer before `limit`, the clock stands at `limit` and `on_idle` is
    called: it makes something happen, sets a new limit, or raises what is to come out of `run_forever`.
    """

    on_idle: Callback | None = None
    """None: `run_forever` ends there."""
    now: float = 0.0
    """Seconds on the monotonic clock."""
    limit: float = 0.0
    patience: float = math.inf
    """How many callbacks one `run_forever` may take; more, and something keeps itself busy without end."""
    _ready: deque[Callback] = field(factory=deque)
    _timers: list[tuple[float, int, Timer]] = field(factory=list)
    _numbers: count[int] = field(factory=count)
    _readers: dict[int, Callback] = field(factory=dict)
    _is_stopping: bool = False

    def time(self) -> float:
        """Seconds on the monotonic clock."""
        return self.now

    def call_soon(self, callback: Callable[..., object], *arguments: Any) -> object:  # noqa: ANN401 - as asyncio has it
        """Call in this same turn, behind all that is ready already."""
        self._ready.append(lambda: callback(*arguments))
        return None

    def call_at(self, when: float, callback: Callable[..., object], *arguments: Any) -> Timer:  # noqa: ANN401 - as asyncio has it
        """Call when the clock shows `when`."""
        timer = Timer(lambda: callback(*arguments))
        heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def add_reader(self, descriptor: int, callback: Callable[..., object], *arguments: Any) -> None:  # noqa: ANN401 - as asyncio has it
        """Call when `make_readable` names the descriptor."""
        self._readers[descriptor] = lambda: callback(*arguments)

    def add_writer(self, descriptor: int, callback: Callable[..., object], *arguments: Any) -> None:  # noqa: ANN401 - as asyncio has it
        """Nothing can be written to here: a script's descriptor is never ready for it."""

    def remove_reader(self, descriptor: int) -> bool:
        """Forget the reader."""
        return self._readers.pop(descriptor, None) is not None

    def remove_writer(self, descriptor: int) -> bool:
        """There is never one: see `add_writer`."""
        return descriptor < 0

    def set_exception_handler(self, handler: object) -> None:
        """What a callback raises comes out of `run_forever` here, so nobody has to handle it."""

    def make_readable(self, descriptor: int) -> None:
        """The reader of the descriptor is called soon."""
        reader = self._readers.get(descriptor)
        if reader is not None:
            self._ready.append(reader)

    def stop(self) -> None:
        """Leave `run_forever` after what is ready now."""
        self._is_stopping = True

    def run_forever(self) -> None:
        """Until `stop`. Raises RestlessError, and whatever a callback or `on_idle` raises."""
        self._is_stopping = False
        turns = 0
        while not self._is_stopping:
            while self._ready:
                self._ready.popleft()()
                turns += 1
                if turns > self.patience:
                    raise RestlessError
            if not self._is_stopping:
                self._wait()

    def next_timer(self) -> float | None:
        """When the next timer is due; None: there is none."""
        while self._timers and self._timers[0][2].is_cancelled:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _wait(self) -> None:
        due = self.next_timer()
        if due is not None and due <= self.limit:
            self._go_off()
        else:
            self.now = max(self.now, self.limit)
            (self.on_idle or self.stop)()

    def _go_off(self) -> None:
        when, _, timer = heappop(self._timers)
        self.now = max(self.now, when)
        self._ready.append(timer.callback)
