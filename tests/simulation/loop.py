"""The event loop of the simulation: tells of each turn, so that anything can happen between two of them."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from pylsyncd.migrate.world.eventloop import VirtualLoop

_MOST_TURNS = 200_000
"""Turns in one run of the daemon; one that needs more goes round in circles."""


class SpinError(AssertionError):
    """The event loop turns without end."""


@define(eq=False)
class TurningLoop(VirtualLoop):
    """A `VirtualLoop` that calls `on_turn` before each callback."""

    on_turn: Callable[[], None] = lambda: None
    turns: int = 0

    def run_forever(self) -> None:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        self._is_stopping = False
        while not self._is_stopping:
            while self._ready:
                self._turn()
            if not self._is_stopping:
                self._wait()

    def _turn(self) -> None:
        self.turns += 1
        if self.turns > _MOST_TURNS:
            message = f"more than {_MOST_TURNS} turns"
            raise SpinError(message)
        self.on_turn()
        self._ready.popleft()()
