"""What the parts of the machine share: the time, the syncs, who works for whom, and what is to be done."""

from __future__ import annotations

import math
from collections.abc import Callable

from attrs import define, field

from pylsyncd.core.effects import Effect, Log
from pylsyncd.core.model import Settings
from pylsyncd.core.scheduling import Scheduler
from pylsyncd.core.sync import Sync
from pylsyncd.core.watchbook import Change


@define(eq=False)
class State:
    """Each part changes what is its own; all of them emit, in the order in which it is to be done."""

    now: float = -math.inf
    settings: Settings = field(factory=Settings)
    syncs: dict[int, Sync] = field(factory=dict)
    scheduler: Scheduler = field(factory=lambda: Scheduler((), None))
    owners: dict[int, Sync] = field(factory=dict)
    """Who each running process works for."""
    last_process: int = 0
    acting: int | None = None
    """The sync whose Lua function is being called."""
    signalled: set[int] = field(factory=set)
    """Processes that we have ended: what they exit with says nothing about their events."""
    is_status_stale: bool = False
    overhear: Callable[[Change], object] | None = None
    """Is told of each change, for each sync."""
    _effects: list[Effect] = field(factory=list)

    def next_process(self) -> int:
        """A number that no process had yet."""
        self.last_process += 1
        return self.last_process

    def emit(self, effect: Effect) -> None:
        """Ask for something to be done."""
        self._effects.append(effect)

    def log(self, category: str, message: bytes) -> None:
        """A line for the log."""
        self.emit(Log(category, message))

    def take_effects(self) -> list[Effect]:
        """All that was asked for since the last time."""
        effects, self._effects = self._effects, []
        return effects
