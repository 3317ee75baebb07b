"""The life of the daemon: its phases, and how it comes to an end or starts over."""

from __future__ import annotations

import enum
from typing import Final

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Exit, Reset, SignalProcesses
from pylsyncd.core.state import State
from pylsyncd.core.tunnels import Tunnels

FAILURE: Final = 255
"""Exit code of everything that ends the daemon against its will (spec 1.3)."""
SIGTERM: Final = 15
_SIGNAL_NAMES: Final = {2: b"INT", SIGTERM: b"TERM"}


class Phase(enum.Enum):
    """Where the daemon stands in its life."""

    STARTING = "starting"
    """Watches are being set; actions wait until they are."""
    RUNNING = "running"
    FADING = "fading"
    """Ends when the last child has."""
    RESETTING = "resetting"
    """Starts over when the last child has ended."""
    CLOSING = "closing"
    """Ends or starts over when the last process of a tunnel has ended."""
    ENDED = "ended"


AT_WORK: Final = frozenset({Phase.STARTING, Phase.RUNNING})


class Life:
    """Its phase, and the ways out of it."""

    def __init__(self, state: State, tunnels: Tunnels) -> None:
        self._state = state
        self._tunnels = tunnels
        self.phase = Phase.STARTING
        self.ending: Exit | Reset | None = None
        self._exit_code = 0

    # -- what others ask for ---------------------------------------------------------------------

    def fade(self, signal: int) -> None:
        """TERM or INT."""
        if self.phase is Phase.FADING:
            self._signal_children()
            self.end_at_once(self._exit_code)
            return
        self._exit_code = 128 + signal
        name = _SIGNAL_NAMES.get(signal, b"%d" % signal)
        self._state.log("Normal", b"--- %s signal, fading ---" % name)
        self._wait_for_children(Phase.FADING)

    def reset(self) -> None:
        """HUP."""
        if self.phase is not Phase.FADING:
            self._state.log("Normal", b"--- HUP signal, resetting ---")
            self._wait_for_children(Phase.RESETTING)

    def fail(self) -> None:
        """End against our will, and leave no child that nobody supervises."""
        self._signal_children()
        self.end(FAILURE)

    def end(self, code: int) -> None:
        """End, but let the tunnels put things in order."""
        self._finish(Exit(code & 0xFF))

    def end_at_once(self, code: int) -> None:
        """End without waiting for anybody."""
        self._tunnels.kill()
        self.phase = Phase.ENDED
        self.ending = Exit(code & 0xFF)

    # -- on the way out --------------------------------------------------------------------------

    def fade_out(self) -> None:
        """No child runs any more."""
        if self.phase is Phase.FADING:
            self.end(self._exit_code)
        elif self.phase is Phase.RESETTING:
            self._finish(Reset())

    def close(self, happened: i.Input) -> None:
        """Nothing but the ends of tunnels matters any more; a second signal does not wait for them."""
        match happened:
            case i.PortFound():
                self._tunnels.take(happened)
            case i.ProcessStarted() | i.SpawnFailed() | i.ProcessEnded() if self._tunnels.owns(
                happened.process
            ):
                self._tunnels.take(happened)
            case i.FadeRequested(_, signal):
                self.end_at_once(128 + signal)
            case i.Tick():
                pass  # the tunnels look at the time below
            case _:  # what else happens is of no consequence now
                return
        self._tunnels.advance(self._state.now)

    def conclude(self) -> bool:
        """Ask for the end if it has come, as the last of all effects: nothing after it would be done."""
        if self.phase is Phase.CLOSING and self._tunnels.is_gone:
            self.phase = Phase.ENDED
        if self.phase is Phase.ENDED and self.ending is not None:
            self._state.emit(self.ending)
            return True
        return False

    def _wait_for_children(self, phase: Phase) -> None:
        self.phase = phase
        count = self._state.scheduler.processes()
        if count:
            self._state.log("Normal", b"waiting for %d more child processes." % count)

    def _signal_children(self) -> None:
        if self._state.owners:
            self._state.emit(SignalProcesses(tuple(self._state.owners), SIGTERM))

    def _finish(self, ending: Exit | Reset) -> None:
        """End, or start over, once no process of a tunnel is left."""
        self.ending, self.phase = ending, Phase.CLOSING
        self._tunnels.close(self._state.now)
