"""How the recorded processes of one daemon behave: which run on, when and how each ends. Pure."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from attrs import define, field, frozen

from pylsyncd.core.model import Exited, Killed, ProcessEnd
from pylsyncd.migrate.steps import Exit, Hold, Kill, Release, Take

Order = Exit | Kill | Hold | Release | Take
"""Steps that concern processes."""

_DONE = Exited(0)


@frozen
class Verdict:
    """A process is to end now, in this way."""

    process: int
    end: ProcessEnd


@define
class _Running:
    program: bytes
    until: float


@define
class Conduct:
    """Processes go by numbers, in the order of their start; programs by the last part of their path."""

    _running: dict[int, _Running] = field(factory=dict, init=False)
    _held: set[bytes | None] = field(factory=set, init=False)
    _takes: dict[bytes | None, float] = field(factory=dict, init=False)
    _next: list[tuple[bytes | None, ProcessEnd]] = field(factory=list, init=False)

    def begin(self, process: int, command: bytes, now: float) -> Verdict | None:
        """A process has started."""
        program = os.path.basename(command)
        for index, (wanted, end) in enumerate(self._next):
            if wanted in {None, program}:
                del self._next[index]
                return Verdict(process, end)
        seconds = self._takes.get(program, self._takes.get(None, 0.0))
        if not self._held.isdisjoint({None, program}):
            seconds = math.inf
        if not seconds:
            return Verdict(process, _DONE)
        self._running[process] = _Running(program, now + seconds)
        return None

    def order(self, step: Order) -> Sequence[Verdict]:
        """A step that concerns processes; which of them end by it."""
        match step:
            case Exit(code, program):
                return self._end(program, Exited(code))
            case Kill(signal, program):
                return self._end(program, Killed(signal))
            case Hold(program):
                self._held.add(program)
                return ()
            case Release(program):
                return self._release(program)
            case Take(seconds, program):
                self._takes[program] = seconds
                return ()

    def due(self, now: float) -> Sequence[Verdict]:
        """What has run its time."""
        late = [number for number, one in self._running.items() if one.until <= now]
        return [self._ended(number, _DONE) for number in late]

    def gone(self, process: int) -> None:
        """A process has ended by itself, or by the daemon's hand."""
        self._running.pop(process, None)

    def is_held(self, process: int) -> bool:
        """Whether it runs until a step ends it."""
        return process in self._running and self._running[process].until == math.inf

    def _end(self, program: bytes | None, end: ProcessEnd) -> Sequence[Verdict]:
        for number, one in self._running.items():
            if program in {None, one.program}:
                return (self._ended(number, end),)
        self._next.append((program, end))
        return ()

    def _release(self, program: bytes | None) -> Sequence[Verdict]:
        if program is None:
            self._held.clear()
        self._held.discard(program)
        freed = [
            number
            for number, one in self._running.items()
            if one.until == math.inf and program in {None, one.program}
        ]
        return [self._ended(number, _DONE) for number in freed]

    def _ended(self, number: int, end: ProcessEnd) -> Verdict:
        del self._running[number]
        return Verdict(number, end)
