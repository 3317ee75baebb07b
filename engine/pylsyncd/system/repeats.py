"""Lines of the log that repeat themselves are counted instead of written. Pure (issue 439 of Lsyncd).

Warnings and errors only: a script may log the same line again and again as a sign of life, and a healthy
run's lines stay as they are. And from the third in a row on: what concerns two syncs is told for both.
"""

from __future__ import annotations

from typing import Final

from attrs import define

from pylsyncd.system.logtext import ERROR, WARN, Line

WINDOW: Final = 60.0
"""Seconds; what comes later than that after the last is news again, and so often it is told how many came."""

_COUNTED: Final = frozenset({WARN, ERROR})
_WRITTEN: Final = 2
"""As many in a row are written."""


@define
class Repeats:
    """What was written last, and how often it came again."""

    _last: Line | None = None
    """The latest of the lines that are alike."""
    _in_a_row: int = 0
    _held: int = 0
    """Those of which was not told yet."""
    _held_since: float = 0.0

    @property
    def is_holding(self) -> bool:
        """Whether lines came that were not told of."""
        return self._held > 0

    def take(self, line: Line) -> tuple[Line, ...]:
        """What is to be written for one more line."""
        if not self._is_alike(line):
            before = self.release(line.wall)
            self._last, self._in_a_row = line, 1
            return (*before, line)
        self._last, self._in_a_row = line, self._in_a_row + 1
        if self._in_a_row <= _WRITTEN:
            return (line,)
        if not self._held:
            self._held_since = line.wall
        self._held += 1
        return self.release(line.wall) if line.wall - self._held_since >= WINDOW else ()

    def release(self, wall: float) -> tuple[Line, ...]:
        """How often the last line has come again, if it has."""
        if self._last is None or not self._held:
            return ()
        times, self._held = self._held, 0
        message = b"last line repeated %d times" % times
        return (Line(wall, self._last.category, message, self._last.sync, self._last.pid),)

    def _is_alike(self, line: Line) -> bool:
        last = self._last
        if last is None or line.category not in _COUNTED or line.wall - last.wall > WINDOW:
            return False
        return (last.category, last.message, last.sync) == (line.category, line.message, line.sync)
