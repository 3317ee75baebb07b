"""The processes of a simulated world: never started, they take their time and end as they are told."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field

from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd
from pylsyncd.migrate.world.eventloop import VirtualLoop
from pylsyncd.migrate.world.files import Node

FIRST_PID: Final = 5000
"""Process ids begin here; they mean nothing to the kernel, and nobody sends them a signal."""

Program = bytes | None
"""The last part of a command's first word; None: all but those of tunnels."""

_HARMLESS: Final = frozenset(
    {0, signal.SIGCHLD, signal.SIGCONT, signal.SIGSTOP, signal.SIGTSTP, signal.SIGURG, signal.SIGWINCH}
)
"""Signals that do not end a process; 0 only asks whether there is one (kill(2))."""


@define(eq=False)
class _Running:
    program: bytes
    is_held: bool
    is_of_tunnel: bool

    def is_meant_by(self, program: Program) -> bool:
        """Whether something that is said of a program is said of this process."""
        return not self.is_of_tunnel if program is None else self.program == program


@define(eq=False)
class VirtualProcesses:
    """As `loop.Processes`. What is said of a program outranks what is said of all."""

    loop: VirtualLoop
    on_start: Callable[[int, Command], object] = lambda _process, _command: None
    """Set by the daemon that they belong to."""
    on_end: Callable[[int, ProcessEnd], object] = lambda _process, _end: None
    """Set anew for each session of the daemon."""
    _running: dict[int, _Running] = field(factory=dict)
    _fates: list[tuple[Program, ProcessEnd]] = field(factory=list)
    """How the next processes end, in order."""
    _held: dict[Program, bool] = field(factory=dict)
    _of_tunnels: dict[int, tuple[bool, bool]] = field(factory=dict)
    """Those that are to be started, and whether they run on."""
    _times: dict[Program, float] = field(factory=dict)

    def start(self, process: int, command: Command) -> int:
        """It takes its time from here on, or is held."""
        program = command.argv[0].rpartition(b"/")[2] if command.argv else b""
        is_of_tunnel, runs_on = self._of_tunnels.pop(process, (False, False))
        is_held = self._held.get(program, runs_on if is_of_tunnel else self._held.get(None, False))
        self._running[process] = _Running(program, is_held, is_of_tunnel)
        self.on_start(process, command)
        if not is_held:
            seconds = self._times.get(program, self._times.get(None, 0.0))
            self.loop.call_at(self.loop.now + seconds, self._end, process, None)
        return FIRST_PID + process

    def is_for_tunnel(self, process: int, *, runs_on: bool) -> None:
        """That process, which is to be started, is of a tunnel; `runs_on`: until something is said of it."""
        self._of_tunnels[process] = True, runs_on

    def signal(self, process: int, signum: int) -> bool:
        """It dies of it, as most programs would. Returns whether there is such a process."""
        if signum not in _HARMLESS:
            self.loop.call_soon(self._end, process, Killed(signum))
        return process in self._running

    def signal_pid(self, pid: int, signum: int) -> int:
        """As kill(2): 0, or -1 if there is no such process."""
        return 0 if self.signal(pid - FIRST_PID, signum) else -1

    def is_stuck(self, pid: int) -> bool:
        """Whether it waits to read from a pipe: none does, as none reads."""
        return pid < FIRST_PID

    def end_pipe(self, pipe: Node) -> None:
        """Whoever waits to read from the pipe gets the end of file: nobody does."""

    # -- what steps say --------------------------------------------------------------------------

    def end_next(self, end: ProcessEnd, program: Program) -> None:
        """The process that runs longest (of that program) ends so now; without one, the next does."""
        process = next(self._of(program), None)
        if process is None:
            self._fates.append((program, end))
        else:
            self.loop.call_soon(self._end, process, end)

    def hold(self, program: Program) -> None:
        """From now on they run until something else is said."""
        self._held[program] = True

    def release(self, program: Program) -> None:
        """Those that are held end well; later ones are not held."""
        if program is None:
            self._held.clear()
        self._held[program] = False
        for process in list(self._of(program)):
            if self._running[process].is_held:
                self.loop.call_soon(self._end, process, None)

    def take(self, seconds: float, program: Program) -> None:
        """From now on they take so long."""
        if program is None:
            self._times.clear()
        self._times[program] = seconds

    @property
    def are_all_held(self) -> bool:
        """Whether none of those that run will end by itself."""
        return all(one.is_held for one in self._running.values())

    def _of(self, program: Program) -> Iterator[int]:
        return (number for number, one in self._running.items() if one.is_meant_by(program))

    def _end(self, process: int, end: ProcessEnd | None) -> None:
        """End it, if it has not ended before; without a word as its fate says, or else well."""
        running = self._running.pop(process, None)
        if running is not None:
            self.on_end(process, end or self._fate(running))

    def _fate(self, running: _Running) -> ProcessEnd:
        for index, (wanted, end) in enumerate(self._fates):
            if running.is_meant_by(wanted):
                del self._fates[index]
                return end
        return Exited(0)
