"""Plays steps to the real engine and the real Lua in a simulated world: no process, no file, no waiting."""

from __future__ import annotations

import os
import signal as signals
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final

from attrs import define, field, frozen

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Exit, Reset, Spawn, SpawnTunnel
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import DelayStatus, Exited, Killed, ProcessEnd, Settings
from pylsyncd.loading import Loaded, Loader
from pylsyncd.loop import Ports, Trampoline
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.world.eventloop import VirtualLoop
from pylsyncd.migrate.world.files import FileError, Files
from pylsyncd.migrate.world.monitor import VirtualMonitor
from pylsyncd.migrate.world.processes import VirtualProcesses
from pylsyncd.migrate.world.system import VirtualSystem
from pylsyncd.options import Options
from pylsyncd.script import link as script_link
from pylsyncd.script.errors import ConfigError
from pylsyncd.system.logtext import Categories
from pylsyncd.system.watch.inotify import INOTIFY_MODES

_FIRST_PORT: Final = 40001
_NOTICE: Final = 1.0
"""Seconds after the last step in which everything has been noticed, halves of moves included."""
TROUBLES: Final = Categories(frozenset({"Warn", "Error"}))
"""What is wrong belongs to the result."""
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

    options: Options
    """`config` may be relative to the working directory."""
    steps: Sequence[s.Placed]
    name: str
    """Of the file that the steps stand in, for messages."""
    start: float
    """When the daemon starts, in seconds since 1970."""
    categories: Categories = TROUBLES
    """Lines of the log that belong to the result."""
    patience: float = DEFAULT_PATIENCE


def simulate(playbill: Playbill) -> tuple[log.Entry, ...]:
    """What the daemon starts and says. Raises ConfigError, StepError."""
    return _Play(playbill).play()


@define(eq=False)
class _Play:
    playbill: Playbill
    entries: list[log.Entry] = field(factory=list)
    files: Files = field(factory=Files)
    loop: VirtualLoop = field(init=False)
    processes: VirtualProcesses = field(init=False)
    loader: Loader = field(init=False)
    loaded: Loaded = field(init=False)
    next: Loaded | None = None
    """What HUP has loaded, until the old configuration has come to its end."""
    machine: Machine = field(factory=Machine)
    trampoline: Trampoline | None = None
    upcoming: Iterator[tuple[s.Placed, ...]] = field(init=False)
    settled_at: float | None = None
    """When, after the last step, everything has been noticed."""
    programs: dict[int, tuple[bytes, bytes]] = field(factory=dict)
    """By process: the name of the sync or tunnel that it belongs to, and the program's."""
    ports: count[int] = field(factory=lambda: count(_FIRST_PORT))

    def __attrs_post_init__(self) -> None:
        self.loop = VirtualLoop(self.go_on)
        self.processes = VirtualProcesses(self.loop)
        outside = script_link.Ports(
            now=self.loop.time,
            log=self.say,
            wants=self.playbill.categories.wants,
            system=lambda children: VirtualSystem(
                children, self.files, self.processes.signal_pid, self.next_port
            ),
            wall=self.wall,
        )
        self.loader = Loader(self.playbill.options, outside, os.getcwdb())

    def play(self) -> tuple[log.Entry, ...]:
        """Load, then play all steps."""
        given, upcoming = _split_at_start(self.playbill.steps)
        self.upcoming = iter(_bursts(upcoming))
        self.furnish(given, lambda path: path.startswith(b"/"))
        try:
            self.loaded = self.loader.load(insist=self.playbill.options.insist)
            self.furnish(given, lambda path: not path.startswith(b"/"))
            self.run()
        except _Over:
            pass  # the steps end before the daemon does
        except SystemExit as ended:  # os.exit() or terminate() in the config itself
            self.entries.append(log.Finished(self.loop.now, int(ended.code or 0) & 0xFF))
        return tuple(self.entries)

    def furnish(self, given: Sequence[s.Placed], is_wanted: Callable[[bytes], bool]) -> None:
        """Put there what the steps have from the beginning."""
        for placed in given:
            if isinstance(placed.step, s.Have) and is_wanted(placed.step.path):
                self.happen(placed)

    # -- the daemon ------------------------------------------------------------------------------

    def run(self) -> None:
        """One session for each configuration, as the application has it."""
        while True:
            ending = self.run_session()
            if isinstance(ending, Exit):
                self.entries.append(log.Finished(self.loop.now, ending.code))
                return
            self.loaded, self.next = self.next or self.loaded, None

    def run_session(self) -> Exit | Reset:
        """Run one configuration to its end."""
        self.machine = Machine()
        config, settings = self.loaded.config, self.loaded.settings
        monitor = VirtualMonitor(
            self.files, INOTIFY_MODES[settings.inotify_mode.value], self.loop.make_readable
        )
        ports = Ports(
            now=self.loop.time,
            wall=self.wall_and_offset,
            free_port=self.next_port,
            monitor=monitor,
            processes=self.processes,
            script=self.loaded.script,
            log=self.say,
            write_status=lambda _: None,  # nobody reads a status file that is not there
            tap=self.note,
        )
        self.trampoline = Trampoline(self.machine, ports, self.loop)
        self.processes.on_end = self.trampoline.process_ended
        self.loaded.script.attach(self.machine, self.trampoline.submit, self.trampoline.observe)
        try:
            core = Settings(
                max_processes=settings.max_processes,
                onepass=settings.onepass,
                verbose=self.playbill.categories.verbose(),
            )
            return self.trampoline.run(i.Started(self.loop.now, core, config.syncs, config.tunnels))
        finally:
            monitor.close()

    def say(self, category: str, message: bytes) -> None:
        """Take a line of the log."""
        if self.playbill.categories.wants(category):
            self.entries.append(log.Said(self.loop.now, category, message))

    def note(self, happened: i.Input, effects: list[Effect]) -> None:
        """Write down processes that end, then those that are to start."""
        if isinstance(happened, i.ProcessEnded):
            self._note_end(happened.process, happened.end)
        for effect in effects:
            if isinstance(effect, Spawn | SpawnTunnel):
                self._note_start(effect)

    def _note_start(self, effect: Spawn | SpawnTunnel) -> None:
        origin, argv = self._origin(effect), effect.command.argv
        self.programs[effect.process] = origin, argv[0] if argv else b""
        self.entries.append(log.Spawned(self.loop.now, origin, argv, effect.command.stdin))

    def _note_end(self, process: int, end: ProcessEnd) -> None:
        origin, program = self.programs.pop(process)
        if end != Exited(0):
            self.entries.append(log.Ended(self.loop.now, origin, program, end))

    def _origin(self, effect: Spawn | SpawnTunnel) -> bytes:
        config = self.loaded.config
        if isinstance(effect, Spawn):
            return next(sync.name for sync in config.syncs if sync.id == effect.sync)
        return next(tunnel.name for tunnel in config.tunnels if tunnel.id == effect.tunnel)

    def next_port(self) -> int:
        """A port that nobody uses."""
        return next(self.ports)

    def wall(self) -> float:
        """Seconds since 1970."""
        return self.playbill.start + self.loop.now

    def wall_and_offset(self) -> tuple[float, int]:
        """The same, and by how many seconds local time is ahead of UTC."""
        return self.wall(), time.localtime(self.wall()).tm_gmtoff

    # -- steps -----------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Nothing is left to be done now: play on, until nothing waits any more. Raises StepError."""
        self.files.wall = int(self.wall() * _NANOSECONDS)
        burst = next(self.upcoming, None)
        if burst is None:
            self.settle()
            return
        for placed in burst:
            self.happen(placed)

    def settle(self) -> None:
        """The steps are over: give time to what still waits. Raises _Over."""
        loop = self.loop
        if self.settled_at is None:
            self.settled_at = loop.limit = loop.now + _NOTICE
            return
        upcoming = loop.next_timer()
        if self.is_quiet() or upcoming is None or upcoming > self.settled_at + self.playbill.patience:
            raise _Over
        loop.limit = upcoming

    def is_quiet(self) -> bool:
        """Whether nothing waits, and nothing runs but what is held."""
        syncs = self.loaded.config.syncs
        waits = any(one.status is DelayStatus.WAIT for sync in syncs for one in self.machine.queue(sync.id))
        return not waits and self.processes.are_all_held

    def happen(self, placed: s.Placed) -> None:
        """Play one step. Raises StepError."""
        try:
            self._happen(placed.step)
        except FileError as error:
            message = f"{self.playbill.name}:{placed.line}: {error}"
            raise StepError(message) from None

    def _happen(self, step: s.Step) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a step: a closed union
        files, processes = self.files, self.processes
        match step:
            case s.Have(path, size):
                files.have(self.place(path), size)
            case s.Start():
                pass  # it stands where `_split_at_start` has found it
            case s.Create(path, size) if not path.endswith(b"/"):
                files.write(self.place(path), size, is_new=True)
            case s.Create(path):
                files.make_directory(self.place(path))
            case s.Write(path, size):
                files.write(self.place(path), size, is_new=False)
            case s.Link(path, leads_to):
                files.make_link(self.place(path), leads_to)
            case s.Touch(path):
                files.touch(self.place(path))
            case s.Move(path, path2):
                files.move(self.place(path), self.place(path2))
            case s.Delete(path):
                files.delete(self.place(path))
            case s.Wait(seconds):
                self.loop.limit = self.loop.now + seconds
            case s.Exit(code, program):
                processes.end_next(Exited(code), program)
            case s.Kill(number, program):
                processes.end_next(Killed(number), program)
            case s.Hold(program):
                processes.hold(program)
            case s.Release(program):
                processes.release(program)
            case s.Take(seconds, program):
                processes.take(seconds, program)
            case s.Signal(number):
                self.signal(number)

    def place(self, path: bytes) -> bytes:
        """An absolute path; others are relative to the first sync's source."""
        return path if path.startswith(b"/") else self.loaded.config.syncs[0].source + path

    def signal(self, number: int) -> None:
        """As the application: HUP loads the configuration anew, the others end the daemon."""
        if self.trampoline is None or self.trampoline.ending is not None:
            return
        if number != signals.SIGHUP:
            self.trampoline.submit(i.FadeRequested(self.loop.now, number))
            return
        try:
            self.next = self.loader.load(insist=True)
        except ConfigError as error:
            self.say("Error", b"The configuration stays as it was, the new one is refused: " + error.message)
        except SystemExit:
            self.say(
                "Error", b"The configuration stays as it was, the new one is refused: it ends the daemon"
            )
        else:
            self.trampoline.submit(i.ResetRequested(self.loop.now))


_AT_ONCE: Final = (s.Create, s.Write, s.Link, s.Touch, s.Move, s.Delete)
"""Changes of files that follow each other are one burst: the daemon looks when all are done."""


def _split_at_start(steps: Sequence[s.Placed]) -> tuple[tuple[s.Placed, ...], tuple[s.Placed, ...]]:
    """What is there before the daemon starts, and what happens then."""
    index = next((n for n, one in enumerate(steps) if not isinstance(one.step, s.Have)), len(steps))
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
