"""How far the watches have come, told while it takes long (issues 284, 658 of Lsyncd)."""

from __future__ import annotations

import math
from typing import Final

from pylsyncd.core.state import State
from pylsyncd.core.watching import Watching

_PAUSE: Final = 5.0
"""Seconds from one line to the next; what is done sooner is no news."""


class Progress:
    """From the first scan of a sweep to the last."""

    def __init__(self, state: State, watching: Watching) -> None:
        self._state = state
        self._watching = watching
        self._since = math.inf
        self._told = math.inf
        """When the last line was written, or the sweep begun; infinity: there is none."""

    @property
    def rate(self) -> float | None:
        """Directories per second; None: all are watched, or it has not taken long yet."""
        return self._rate() if self._told > self._since else None

    def advance(self) -> None:
        """Say how far it has come, if it is time to."""
        if not self._watching.is_sweeping:
            if self.rate is not None:
                self._say(b"Watching %d directories, after %d seconds.", self._state.now - self._since)
            self._since = self._told = math.inf
        elif self._since == math.inf:
            self._since = self._told = self._state.now
        elif self._state.now >= self._told + _PAUSE:
            self._told = self._state.now
            self._say(b"Setting up watches: %d directories so far, %d per second.", self._rate())

    def _rate(self) -> float:
        return len(self._watching.book) / (self._state.now - self._since)

    def _say(self, line: bytes, number: float) -> None:
        self._state.log("Normal", line % (len(self._watching.book), number))
        self._state.is_status_stale = True
