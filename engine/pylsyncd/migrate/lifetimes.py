"""How long the recorded processes took and how they ended, as steps.

`take` stands right behind the start of the program's process before, so that it holds for the next.
One that failed is given longer than it took, and an `exit` or `kill` at the moment when it ended.
"""

from __future__ import annotations

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


@frozen(order=True)
class Moment:
    """When an input came: its time on their clock, and which one it was, from 1."""

    now: float
    number: int = 0


Timed = tuple[Moment, s.Step]


@define(eq=False)
class _Process:
    program: bytes
    started: Moment
    runs_for_good: bool
    """A tunnel's: it is held by the simulated world, and takes no time of its own."""
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


@define(eq=False)
class Lifetimes:
    """Of all processes of a run."""

    _tunnels: dict[int, TunnelConfig] = field(factory=dict)
    _running: dict[int, _Process] = field(factory=dict)
    _all: list[_Process] = field(factory=list)

    def heard(self, moment: Moment, happened: i.Input, effects: Sequence[Effect]) -> None:
        """Take note of processes that end, and of those that start."""
        match happened:
            case i.Started():
                self._tunnels, self._running = {one.id: one for one in happened.tunnels}, {}
            case i.ProcessEnded(_, process, end) if process in self._running:
                ended = self._running.pop(process)
                ended.ended, ended.end = moment, end
            case i.SpawnFailed(_, process, _) if process in self._running:
                self._all.remove(self._running.pop(process))
        for effect in effects:
            self._on_effect(moment, effect)

    def steps(self, start: Moment, end: Moment) -> Iterator[Timed]:
        """In any order; what is to hold from the start has the moment `start`."""
        yield from self._takes(start, end)
        for one in self._all:
            if one.needs_a_step and one.ended is not None and one.end is not None:
                yield one.ended, _as_step(one.end, one.program)

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

    def _start(self, number: int, now: Moment, command: Command, *, runs_for_good: bool) -> None:
        program = command.argv[0].rpartition(b"/")[2] if command.argv else b""
        self._running[number] = process = _Process(program, now, runs_for_good)
        self._all.append(process)

    def _takes(self, start: Moment, end: Moment) -> Iterator[Timed]:
        latest: dict[bytes, tuple[Moment, float]] = {}
        """By program: when its last process started, and what was said of it."""
        for one in self._all:
            if one.runs_for_good:
                continue
            before, said = latest.get(one.program, (start, 0.0))
            seconds = _seconds(one, end)
            if seconds != said:
                yield before, s.Take(seconds, one.program)
            latest[one.program] = one.started, seconds


def _seconds(process: _Process, end: Moment) -> float:
    """How long it is to take if nothing else is said, to a millisecond."""
    took = (end if process.ended is None else process.ended).now - process.started.now
    ends_by_itself = process.end == Exited(0)
    return round(took if ends_by_itself else took + _MARGIN, 3)


def _as_step(end: ProcessEnd, program: bytes) -> s.Step:
    match end:
        case Exited(code):
            return s.Exit(code, program)
        case Killed(signal):
            return s.Kill(signal, program)
