"""How long the recorded processes took and how they ended, as steps.

`take` stands right behind the start of the program's process before, so that it holds for the next; and so
does the `exit` or `kill` of one that failed, halfway between the end of the one before and its own start.
Where these overlap, one that failed is given longer than it took, and ends by a step in time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define, field, frozen

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, SignalProcesses, Spawn, SpawnTunnel
from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd, TunnelConfig
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.world.daemon import is_check

_MARGIN: Final = 1.0
"""Seconds that a process would go on for if it were not ended in time."""
_LATE: Final = 0.002
"""Seconds until something has happened for certain: times of steps are rounded."""
_LEAST_GAP: Final = 0.01
"""Seconds between two processes in which a step finds place, though times are not exactly kept."""
_FOR_LONG: Final = 1e6
"""Seconds that one takes whose end is in no record."""


@frozen(order=True)
class Moment:
    """When an input came: its time on their clock, and which one it was, from 1."""

    now: float
    number: int = 0


Timed = tuple[Moment, s.Step]
_NEVER: Final = Moment(-math.inf)


@define(eq=False)
class _Process:
    program: bytes
    started: Moment
    runs_for_good: bool
    """A tunnel's: it is held by the simulated world, and takes no time of its own."""
    before: Moment | None = None
    """When the last one of that program ended; None: one still ran when this one started."""
    ended: Moment | None = None
    end: ProcessEnd | None = None
    is_signalled: bool = False
    """The daemon itself has ended it, and will again."""

    @property
    def needs_a_step(self) -> bool:
        """Whether it ended in a way that nobody would expect."""
        if self.end is None or self.is_signalled:
            return False
        return self.runs_for_good or self.end != Exited(0)

    @property
    def is_told_before(self) -> bool:
        """Whether its end can be told of before it has started."""
        gap = 0.0 if self.before is None else self.started.now - self.before.now
        return self.needs_a_step and not self.runs_for_good and gap > _LEAST_GAP

    @property
    def seconds(self) -> float | None:
        """How long it is to take, to a millisecond; None: for good."""
        if self.runs_for_good:
            return None
        took = math.inf if self.ended is None else self.ended.now - self.started.now
        is_told_later = self.needs_a_step and not self.is_told_before
        return round(took + _MARGIN * is_told_later, 3) if took < math.inf else _FOR_LONG


@define(eq=False)
class Lifetimes:
    """Of all processes of a run."""

    _tunnels: dict[int, TunnelConfig] = field(factory=dict)
    _running: dict[int, _Process] = field(factory=dict)
    _all: list[_Process] = field(factory=list)
    _ends: dict[bytes, Moment] = field(factory=dict)
    """When the last process of each program ended."""

    def heard(self, moment: Moment, happened: i.Input, effects: Sequence[Effect]) -> None:
        """Take note of processes that end, and of those that start."""
        match happened:
            case i.Started():
                self._tunnels, self._running = {one.id: one for one in happened.tunnels}, {}
            case i.Reloaded(tunnels=tunnels):
                self._tunnels = {one.id: one for one in tunnels}
            case i.ProcessEnded(_, process, end) if process in self._running:
                ended = self._running.pop(process)
                ended.ended, ended.end = moment, end
                self._ends[ended.program] = moment
            case i.SpawnFailed(_, process, _) if process in self._running:
                self._all.remove(self._running.pop(process))
        for effect in effects:
            self._on_effect(moment, effect)

    def steps(self, start: Moment) -> Iterator[Timed]:
        """In any order; what is to hold from the start has the moment `start`."""
        yield from self._takes(start)
        for one in self._all:
            if one.needs_a_step and one.end is not None:
                yield _when_told(one, start), _as_step(one.end, one.program)

    def _on_effect(self, now: Moment, effect: Effect) -> None:
        match effect:
            case Spawn(process, _, command):
                self._start(process, now, command, runs_for_good=False)
            case SpawnTunnel(process, tunnel, command):
                runs_for_good = not is_check(command.argv, self._tunnels[tunnel])
                self._start(process, now, command, runs_for_good=runs_for_good)
            case SignalProcesses(processes):
                for process in self._running.keys() & set(processes):
                    self._running[process].is_signalled = True
            case _:  # concerns no process
                return

    def _start(self, number: int, now: Moment, command: Command, *, runs_for_good: bool) -> None:
        program = command.argv[0].rpartition(b"/")[2] if command.argv else b""
        is_alone = all(one.program != program for one in self._running.values())
        before = self._ends.get(program, _NEVER) if is_alone else None
        self._running[number] = process = _Process(program, now, runs_for_good, before)
        self._all.append(process)

    def _takes(self, start: Moment) -> Iterator[Timed]:
        latest: dict[bytes, tuple[Moment, float]] = {}
        """By program: when its last process started, and what was said of it."""
        for one in self._all:
            if one.seconds is not None:
                before, said = latest.get(one.program, (_NEVER, 0.0))
                if one.seconds != said:
                    at = start if before is _NEVER else _soon_after(before, one.started)
                    yield at, s.Take(one.seconds, one.program)
                latest[one.program] = one.started, one.seconds


def _soon_after(moment: Moment, later: Moment) -> Moment:
    """When the process that started at that moment runs for certain, and its program's next one not yet."""
    return Moment(moment.now + min(_LATE, (later.now - moment.now) / 2), moment.number)


def _when_told(process: _Process, start: Moment) -> Moment:
    if not process.is_told_before or process.before is None:
        ended = process.ended or process.started
        return Moment(ended.now + _LATE, ended.number)
    if process.before == _NEVER:
        return start
    return Moment((process.before.now + process.started.now) / 2, process.before.number)


def _as_step(end: ProcessEnd, program: bytes) -> s.Step:
    match end:
        case Exited(code):
            return s.Exit(code, program)
        case Killed(signal):
            return s.Kill(signal, program)
