"""The processes of the simulation: they work on a model of the target, step by step, and fail as told."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Final

from attrs import define, evolve, field

from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd
from pylsyncd.migrate.world.files import Files, Node
from pylsyncd.migrate.world.processes import FIRST_PID, VirtualProcesses
from simulation.plan import Doom, Hang
from simulation.programs.rsync import Run, counting, rsync
from simulation.programs.shell import Shell

_UNREACHABLE: Final = {b"rsync": 12, b"ssh": 255}
"""How programs end when the target is away; what is local fails with 1."""

_LONGEST: Final = 600.0
"""Seconds after which somebody kills what stands still."""


def _program(command: Command) -> bytes:
    """What ends as a shell does that counts is rsync."""
    return b"rsync" if b"--dry-run" in command.argv else command.argv[0]


@define(eq=False)
class Process:
    """A program at work."""

    pid: int
    program: bytes
    run: Run
    end: Callable[[ProcessEnd], object]
    pace: float
    doom: Doom | Hang | None
    answer: list[bytes] | None
    """What it has written, if its command wants to know."""
    steps: int = 0

    @property
    def is_hanging(self) -> bool:
        """Whether it stands still until it is killed."""
        return isinstance(self.doom, Hang) and self.steps >= self.doom.steps


@define(eq=False)
class ModelProcesses(VirtualProcesses):
    """Of one daemon; `later` calls back when time has gone by."""

    files: Files = field(kw_only=True)
    later: Callable[[float, Callable[[], object]], None] = field(kw_only=True)
    at_work: dict[int, Process] = field(factory=dict)
    stuck: dict[int, Node] = field(factory=dict)
    """Copies that wait for a pipe to be written to."""
    pace: float = 0.05
    dooms: list[Doom | Hang] = field(factory=list)
    refusals: int = 0
    down_until: float = 0.0
    is_dead: bool = False

    def start(self, process: int, command: Command) -> int:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        self.on_start(process, command)
        pid = FIRST_PID + process
        doom = self.dooms.pop(0) if self.dooms else None
        shell = Shell(self.files, self.stuck)
        run = self._run(shell, command, pid)
        answer = shell.answer if command.wants_answer else None
        self.at_work[process] = Process(
            pid, _program(command), run, lambda end: self.on_end(process, end), self.pace, doom, answer
        )
        self.later(self.pace, lambda: self._step(process))
        return pid

    def signal(self, process: int, signum: int) -> bool:  # type: ignore[explicit-override]  # as above
        one = self.at_work.pop(process, None)
        if one is not None:
            self.loop.call_soon(self._finish, one, Killed(signum))
        return one is not None

    def kill_all(self, signum: int) -> None:
        """Every process dies of a signal."""
        for process in list(self.at_work):
            self.signal(process, signum)

    def abandon(self) -> None:
        """They die with their daemon."""
        self.is_dead = True
        self.at_work.clear()

    def is_stuck(self, pid: int) -> bool:  # type: ignore[explicit-override]  # as above
        return pid in self.stuck

    def end_pipe(self, pipe: Node) -> None:  # type: ignore[explicit-override]  # as above
        for pid in [pid for pid, waited_for in self.stuck.items() if waited_for is pipe]:
            del self.stuck[pid]

    @property
    def are_all_held(self) -> bool:  # type: ignore[explicit-override]  # as above
        return not self.at_work

    def _run(self, shell: Shell, command: Command, pid: int) -> Run:
        if command.argv[0] == b"rsync":
            return rsync(self.files, command, is_eager=pid % 2 == 0)
        if _program(command) != command.argv[0]:
            return counting(self.files, command)
        return shell.remote(command) if command.argv[0] == b"ssh" else shell.run(command.argv, pid)

    def _step(self, process: int) -> None:
        one = self.at_work.get(process)
        if one is None:
            return
        if one.is_hanging:
            self.later(_LONGEST, lambda: self.signal(process, 9))
            return
        end = self._end_of(one)
        if end is None:
            one.steps += 1
            self.later(one.pace, lambda: self._step(process))
        else:
            del self.at_work[process]
            self._finish(one, end)

    def _end_of(self, one: Process) -> ProcessEnd | None:
        """How it ends now, if it does."""
        if self.loop.now < self.down_until:
            return Exited(_UNREACHABLE.get(one.program, 1))
        if isinstance(one.doom, Doom) and one.steps >= one.doom.steps:
            return Killed(one.doom.signal) if one.doom.signal else Exited(one.doom.code)
        try:
            next(one.run)
        except StopIteration as over:
            return Exited(over.value)
        return None

    def _finish(self, one: Process, end: ProcessEnd) -> None:
        self.stuck.pop(one.pid, None)
        answer = None if one.answer is None else b"".join(one.answer)
        if answer and one.pid % 2:
            next(one.run, None)  # the host goes on for a moment, and nobody hears of it
        one.run.close()
        if not self.is_dead:
            one.end(evolve(end, answer=answer))
