"""Processes that do one piece of work together: the first alone, then the others side by side."""

from __future__ import annotations

from typing import Final

from attrs import define

from pylsyncd.core.model import Command, Exited, ProcessEnd

_MILD: Final = (Exited(0), Exited(24), Exited(23))
"""From the best to the worst; all else is worse. rsync(1), "EXIT VALUES": files vanished, or failed."""


def _weight(end: ProcessEnd) -> int:
    return _MILD.index(end) if end in _MILD else len(_MILD)


@define(eq=False)
class Team:
    """What is left of the work; it has one end, the worst of all, and the first of those that are as bad."""

    waiting: list[Command]
    running: int = 1
    end: ProcessEnd = _MILD[0]
    is_cut_short: bool = False
    """Some have not been started, so all is to be done again."""

    def leave(self, end: ProcessEnd) -> None:
        """One of them has ended; after a failure of the work as a whole no more are started."""
        self.running -= 1
        self.end = max(self.end, end, key=_weight)
        if _weight(self.end) == len(_MILD):
            self.waiting.clear()

    def lose(self) -> None:
        """One of them could not be started."""
        self.running -= 1
        self.cut_short()

    def cut_short(self) -> None:
        """No more are started."""
        self.waiting.clear()
        self.is_cut_short = True

    def take(self, room: float) -> list[Command]:
        """Those to be started now, as there is room for more processes: one at least, if none runs."""
        count = int(min(len(self.waiting), max(room, 0 if self.running else 1)))
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        self.running += count
        return taken
