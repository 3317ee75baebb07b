"""What is still done between TERM and the end, and for how long (spec 6.1)."""

from __future__ import annotations

import enum
import math
from typing import Final

from pylsyncd.core.effects import SignalProcesses
from pylsyncd.core.life import Life, Phase
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync
from pylsyncd.core.tunnels import GRACE, SIGKILL, SIGTERM
from pylsyncd.core.watching import Watching

_PATHS_IN_A_LINE: Final = 10


class Stage(enum.Enum):
    """How far the end has come."""

    SENDING = "sending"
    """What waits is sent."""
    WAITING = "waiting"
    """Nothing is started any more, the children are waited for."""
    ENDING = "ending"
    """The children got TERM."""
    KILLING = "killing"
    """They got KILL."""
    OVER = "over"
    """Nobody is waited for any more, not even a child that KILL does not reach."""


_NEXT: Final = {
    Stage.SENDING: (Stage.ENDING, SIGTERM),
    Stage.WAITING: (Stage.ENDING, SIGTERM),
    Stage.ENDING: (Stage.KILLING, SIGKILL),
    Stage.KILLING: (Stage.OVER, 0),
}
"""What follows when the time is over and there are children still, and the signal that they get."""


class Drain:
    """Sends what waits, once TERM or INT has come.

    Everything is tried once, and at once, what had failed before too. What then fails is left, and so
    is what cannot be tried: behind a tunnel that is down, or a start-up that has not begun.
    """

    def __init__(self, state: State, life: Life, watching: Watching) -> None:
        self._state = state
        self._life = life
        self._watching = watching
        self._stage = Stage.WAITING
        self.next_wakeup = math.inf
        """When the stage is over."""

    @property
    def is_sending(self) -> bool:
        """Whether actions are called still."""
        return self._life.phase is Phase.FADING and self._stage is Stage.SENDING

    def begin(self) -> None:
        """The daemon has begun to fade."""
        timeout = self._state.settings.drain_timeout
        if timeout > 0:
            self.next_wakeup = self._state.now + timeout
        if timeout > 0 and not self._state.settings.onepass:
            self._stage = Stage.SENDING
            for sync in self._state.syncs.values():
                sync.drain(self._state.now)

    def advance(self) -> None:
        """Go on to the end, if nothing is left to do or the time is over."""
        if self.is_sending and not self._has_work():
            self._stage = Stage.WAITING
        if self._life.phase is Phase.FADING and self._state.now >= self.next_wakeup:
            self._end_stage()
        if not self.is_sending and (not self._state.owners or self._stage is Stage.OVER):
            if self._life.phase is Phase.FADING:
                self._tell_what_is_left()
            self._life.fade_out()

    def _has_work(self) -> bool:
        if self._state.owners or self._state.acting is not None or self._watching.is_exploring:
            return True
        return any(sync.next_action(self._state.now) for sync in self._state.syncs.values())

    def _end_stage(self) -> None:
        self._stage, signal = _NEXT[self._stage]
        self.next_wakeup = math.inf if self._stage is Stage.OVER else self._state.now + GRACE
        state, owners = self._state, tuple(self._state.owners)
        if signal and owners:
            state.log("Warn", b"The time to end is over: ending %d child processes." % len(owners))
            state.emit(SignalProcesses(owners, signal))
            state.signalled.update(owners)

    def _tell_what_is_left(self) -> None:
        for sync in self._state.syncs.values():
            tell_what_is_left(self._state, sync)


def tell_what_is_left(state: State, sync: Sync) -> None:
    """A line for the log, if a sync that comes to its end leaves something undone."""
    left = _names(sync)
    if left:
        more = b" \xe2\x80\xa6" if len(left) > _PATHS_IN_A_LINE else b""
        paths = b", ".join(left[:_PATHS_IN_A_LINE]) + more
        line = b"%s: %d changes have not been sent: %s" % (sync.config.name, len(left), paths)
        state.log("Warn", line)


def _names(sync: Sync) -> list[bytes]:
    queued = [
        delay.path if delay.path2 is None else b"%s -> %s" % (delay.path, delay.path2)
        for delay in sync.left_over()
    ]
    return [*queued, *sync.settling.paths]
