"""Plays steps to a daemon in a simulated world: no process, no file, no waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define, field, frozen

from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.world.daemon import Circumstances, VirtualDaemon
from pylsyncd.migrate.world.files import FileError
from pylsyncd.migrate.world.player import Player

_NOTICE: Final = 1.0
"""Seconds after the last step in which everything has been noticed, halves of moves included."""
DEFAULT_PATIENCE: Final = 300.0
"""Seconds after the last step that what still waits is given."""
_NANOSECONDS: Final = 10**9


class StepError(Exception):
    """A step cannot be played; the text names file, line and remedy."""


class _Over(BaseException):
    """There are no more steps, and nothing waits."""


@frozen
class Playbill:
    """What is to be played, and how."""

    circumstances: Circumstances
    steps: Sequence[s.Placed]
    name: str
    """Of the file that the steps stand in, for messages."""
    patience: float = DEFAULT_PATIENCE


def simulate(playbill: Playbill) -> tuple[log.Entry, ...]:
    """What the daemon starts and says. Raises ConfigError, StepError."""
    return _Play(playbill).play()


@define(eq=False)
class _Play:
    playbill: Playbill
    daemon: VirtualDaemon = field(init=False)
    player: Player = field(init=False)
    upcoming: Iterator[tuple[s.Placed, ...]] = field(init=False)
    settled_at: float | None = None
    """When, after the last step, everything has been noticed."""

    def __attrs_post_init__(self) -> None:
        self.daemon = VirtualDaemon(self.playbill.circumstances, self.go_on)
        self.player = Player(self.daemon)

    def play(self) -> tuple[log.Entry, ...]:
        """Load, then play all steps."""
        given, upcoming = _split_at_start(self.playbill.steps)
        self.upcoming = iter(_bursts(upcoming))
        self.prepare(given, is_loaded=False)
        try:
            self.daemon.load()
            self.prepare(given, is_loaded=True)
            self.daemon.run()
        except SystemExit as ended:  # os.exit() or terminate() in the config itself
            self.daemon.end(int(ended.code or 0) & 0xFF)
        except _Over:  # the steps end before the daemon does
            return tuple(self.daemon.entries)
        return tuple(self.daemon.entries)

    def prepare(self, given: Sequence[s.Placed], *, is_loaded: bool) -> None:
        """Play what stands before the start; what needs to know the source, once that is known."""
        for placed in given:
            is_absolute = isinstance(placed.step, s.Have) and placed.step.path.startswith(b"/")
            if is_absolute is not is_loaded:
                self.happen(placed)

    def go_on(self) -> None:
        """Nothing is left to be done now: play on, until nothing waits any more. Raises StepError."""
        self.daemon.files.wall = int(self.daemon.wall() * _NANOSECONDS)
        burst = next(self.upcoming, None)
        if burst is None:
            self.settle()
            return
        for placed in burst:
            self.happen(placed)

    def settle(self) -> None:
        """The steps are over: give time to what still waits. Raises _Over."""
        loop = self.daemon.loop
        if self.settled_at is None:
            self.settled_at = loop.limit = loop.now + _NOTICE
            return
        upcoming = loop.next_timer()
        is_over = upcoming is None or upcoming > self.settled_at + self.playbill.patience
        if upcoming is None or ((is_over or self.daemon.is_quiet()) and not self.daemon.is_fading):
            raise _Over
        loop.limit = upcoming

    def happen(self, placed: s.Placed) -> None:
        """Play one step. Raises StepError."""
        try:
            self.player.happen(placed.step)
        except FileError as error:
            message = f"{self.playbill.name}:{placed.line}: {error}"
            raise StepError(message) from None


_AT_ONCE: Final = (s.Create, s.Write, s.Link, s.Touch, s.Move, s.Delete)
"""Changes of files that follow each other are one burst: the daemon looks when all are done."""


def _split_at_start(steps: Sequence[s.Placed]) -> tuple[tuple[s.Placed, ...], tuple[s.Placed, ...]]:
    """What is there before the daemon starts, and what happens then."""
    index = next((n for n, one in enumerate(steps) if not isinstance(one.step, s.BEFORE_START)), len(steps))
    return tuple(steps[:index]), tuple(steps[index:])


def _bursts(steps: Sequence[s.Placed]) -> list[tuple[s.Placed, ...]]:
    """The steps in groups that happen at once."""
    bursts: list[tuple[s.Placed, ...]] = []
    for placed in steps:
        if bursts and isinstance(placed.step, _AT_ONCE) and isinstance(bursts[-1][-1].step, _AT_ONCE):
            bursts[-1] += (placed,)
        else:
            bursts.append((placed,))
    return bursts
