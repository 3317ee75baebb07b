"""The daemon in a simulated world: the real engine and the real Lua, with stand-ins for all else."""

from __future__ import annotations

import os
import signal as signals
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

from attrs import Factory, define, evolve, field, frozen

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Exit, Reset, Spawn, SpawnTunnel
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Command, DelayStatus, Exited, Kept, ProcessEnd, Settings, TunnelConfig
from pylsyncd.loading import Loaded, Loader, hand_over, still_unchanged, unchanged
from pylsyncd.loop import Ports, Trampoline
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate.world.eventloop import VirtualLoop
from pylsyncd.migrate.world.files import Files
from pylsyncd.migrate.world.monitor import VirtualMonitor
from pylsyncd.migrate.world.processes import VirtualProcesses
from pylsyncd.migrate.world.system import VirtualSystem
from pylsyncd.options import Options
from pylsyncd.script import link as script_link
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.permission import PROGRAMS, Deed, DeedKind, Permission
from pylsyncd.system.clock import offset
from pylsyncd.system.logtext import Categories
from pylsyncd.system.watch.inotify import content_mask

_FIRST_PORT: Final = 40001
TROUBLES: Final = Categories(frozenset({"Warn", "Error"}))
"""What is wrong belongs to the result."""


@frozen
class Circumstances:
    """What a simulated daemon is started with."""

    options: Options
    """`config` may be relative to the working directory."""
    start: float
    """When the daemon starts, in seconds since 1970."""
    categories: Categories = TROUBLES
    """Lines of the log that belong to the result."""
    runs_programs: bool = False
    """Whether what the config starts while it is loaded is really started."""
    real: Callable[[bytes], bytes] = os.path.abspath
    """Makes the name of a source absolute; links of this machine are nothing to a simulated world."""
    extensions: tuple[script_link.Extension, ...] = ()
    """What the scripts get beyond the library."""


@define(eq=False)
class VirtualDaemon:
    """`load`, then `run`; `on_idle` is called whenever the world is at rest.

    What it starts and says is written down in `entries`.
    """

    circumstances: Circumstances
    on_idle: Callable[[], object]
    tap: Callable[[i.Input, Sequence[Effect]], object] = lambda _happened, _effects: None
    """Is shown each input and what the core answers, before `entries` are."""
    entries: list[log.Entry] = field(factory=list)
    is_fading: bool = False
    """It has got TERM or INT, and comes to its end by itself."""
    files: Files = field(factory=Files)
    loop: VirtualLoop = field(default=Factory(lambda self: VirtualLoop(self.on_idle), takes_self=True))
    processes: VirtualProcesses = field(
        default=Factory(lambda self: VirtualProcesses(self.loop), takes_self=True)
    )
    watch: Callable[[Files, int, Callable[[int], object]], VirtualMonitor] = VirtualMonitor
    """Makes the monitor of each session."""
    loaded: Loaded = field(init=False)
    machine: Machine = field(factory=Machine)
    exit_code: int | None = None
    """How it has ended; None: not yet."""
    _loader: Loader = field(init=False)
    _next: Loaded | None = None
    """What HUP has loaded, until it takes over."""
    _kept: tuple[Kept, ...] = ()
    _trampoline: Trampoline | None = None
    _origins: dict[int, bytes] = field(factory=dict)
    """By process: the name of the sync or tunnel that it belongs to."""
    _programs: dict[int, bytes] = field(factory=dict)
    _ports: count[int] = field(factory=lambda: count(_FIRST_PORT))

    def __attrs_post_init__(self) -> None:
        self.processes.on_start = self._note_start
        outside = script_link.Ports(
            now=self.loop.time,
            log=self._say,
            wants=self.circumstances.categories.wants,
            system=lambda children: VirtualSystem(
                children,
                self.files,
                self.processes.signal_pid,
                self._next_port,
                self.circumstances.real,
                self.processes.is_stuck,
                self.processes.end_pipe,
            ),
            wall=self.wall,
            permit=self._permit,
            extensions=self.circumstances.extensions,
        )
        self._loader = Loader(self.circumstances.options, outside, os.getcwdb())

    def load(self) -> None:
        """Load the configuration. Raises ConfigError, and SystemExit if it ends the daemon itself."""
        self.loaded = self._loader.load(insist=self.circumstances.options.insist)

    def run(self) -> None:
        """One session for each configuration, as the application has it; until it ends."""
        self.begin()
        while self.exit_code is None:
            self.go_on()

    def begin(self) -> None:
        """Start the first session; `go_on` then runs it. Whoever steers the daemon call by call does so."""
        self._trampoline = self._begin_session()

    def go_on(self) -> None:
        """Run until it ends, or `on_idle` stops the loop."""
        trampoline = self._trampoline
        while self.exit_code is None and trampoline is not None:
            if trampoline.ending is None:
                self.loop.run_forever()
            if trampoline.ending is None:
                return
            trampoline = self._end_session(trampoline, trampoline.ending)

    def end(self, code: int) -> None:
        """Write down how it ended."""
        self.exit_code = code
        self.entries.append(log.Finished(self.loop.now, code))

    def signal(self, number: int) -> None:
        """As the application: HUP loads the configuration anew, USR1 allows deletions, the others end it."""
        if self.exit_code is not None:
            return
        trampoline = self._trampoline
        if trampoline is not None and isinstance(trampoline.ending, Exit):
            return  # nobody comes next
        if trampoline is None or trampoline.ending is not None or trampoline.is_reloading:
            self.loop.call_soon(self.signal, number)
            return
        if number == signals.SIGUSR1:
            trampoline.submit(i.DeletionsAllowed(self.loop.now))
            return
        if number != signals.SIGHUP:
            self.is_fading = True
            trampoline.fade(number)
            return
        try:
            self._next = self._loader.load(insist=True)
        except (ConfigError, SystemExit) as error:
            why = error.message if isinstance(error, ConfigError) else b"it ends the daemon"
            self._say("Error", b"The configuration stays as it was, the new one is refused: " + why)
        else:
            self._request_reload(trampoline, self._next)

    def _request_reload(self, trampoline: Trampoline, after: Loaded) -> None:
        before = self.loaded
        modes = [(one.settings.inotify_mode, one.config.hears_writes) for one in (before, after)]
        if modes[0] != modes[1]:
            trampoline.submit(i.ResetRequested(self.loop.now))
        else:
            self._kept = unchanged(self.loaded, after)
            trampoline.submit(i.ReloadRequested(self.loop.now, self._kept))

    def _take_over(self) -> None:
        """As the application: the new configuration counts from now on."""
        trampoline, before = self._trampoline, self.loaded
        if trampoline is None:
            return
        self.loaded, self._next = self._next or self.loaded, None
        trampoline.ports = evolve(trampoline.ports, script=self.loaded.script)
        kept = still_unchanged(self._kept, before, self.loaded)
        hand_over(kept, before, self.loaded)
        config = self.loaded.config
        reloaded = i.Reloaded(self.loop.now, self._core_settings(), config.syncs, config.tunnels, kept)
        trampoline.submit(reloaded)
        self.loaded.script.attach(self.machine, trampoline.submit, trampoline.observe)

    def tell(self, happened: i.Input) -> None:
        """Hand an input to the core of the daemon that runs."""
        if self._trampoline is not None:
            self._trampoline.submit(happened)

    def is_quiet(self) -> bool:
        """Whether nothing waits, and nothing runs but what is held."""
        syncs = self.loaded.config.syncs
        waits = any(one.status is DelayStatus.WAIT for sync in syncs for one in self.machine.queue(sync.id))
        return not waits and self.processes.are_all_held

    def wall(self) -> float:
        """Seconds since 1970."""
        return self.circumstances.start + self.loop.now

    # -- a session -------------------------------------------------------------------------------

    def _begin_session(self) -> Trampoline:
        self.machine = Machine()
        config, settings = self.loaded.config, self.loaded.settings
        content = content_mask(settings.inotify_mode.value, hears_writes=config.hears_writes)
        monitor = self.watch(self.files, content, self.loop.make_readable)
        self._trampoline = trampoline = Trampoline(self.machine, self._core_ports(monitor), self.loop)
        self.processes.on_end = trampoline.process_ended
        self.loaded.script.attach(self.machine, trampoline.submit, trampoline.observe)
        trampoline.begin(i.Started(self.loop.now, self._core_settings(), config.syncs, config.tunnels))
        return trampoline

    def _core_settings(self) -> Settings:
        settings = self.loaded.settings
        return Settings(
            max_processes=settings.max_processes,
            onepass=settings.onepass,
            drain_timeout=settings.drain_timeout,
            rescan_interval=settings.rescan_interval,
            insist=settings.insist,
            counts_writes=settings.inotify_mode.counts_writes,
            verbose=self.circumstances.categories.verbose(),
        )

    def _end_session(self, trampoline: Trampoline, ending: Exit | Reset) -> Trampoline:
        """The one after it; the same one if the daemon ends."""
        trampoline.let_go()
        trampoline.ports.monitor.close()
        if isinstance(ending, Exit):
            self.end(ending.code)
            return trampoline
        self.loaded, self._next = self._next or self.loaded, None
        return self._begin_session()

    def _core_ports(self, monitor: VirtualMonitor) -> Ports:
        return Ports(
            now=self.loop.time,
            wall=lambda: (self.wall(), offset(self.wall())),
            count_mounts=self._count_mounts,
            free_port=self._next_port,
            monitor=monitor,
            processes=self.processes,
            script=self.loaded.script,
            log=self._say,
            write_status=lambda _: None,  # nobody reads a status file that is not there
            reload=self._take_over,
            tap=self._note,
        )

    def _count_mounts(self, path: bytes) -> int | None:
        """Nothing is mounted in this world."""
        node = self.files.find(path)
        return 0 if node is not None and node.is_directory else None

    def _next_port(self) -> int:
        return next(self._ports)

    # -- what is written down --------------------------------------------------------------------

    def _permit(self, deed: Deed) -> Permission:
        """What scripts do on their own is noted, but not done; signals reach the world's processes only."""
        if deed.kind is DeedKind.KILL:
            return Permission.RUN
        if deed.kind in PROGRAMS:
            if self.circumstances.runs_programs and self._trampoline is None:
                return Permission.RUN
            self.entries.append(started_by_script(self.loop.now, deed))
        return Permission.PRETEND

    def _say(self, category: str, message: bytes) -> None:
        if self.circumstances.categories.wants(category):
            self.entries.append(log.Said(self.loop.now, category, message))

    def _note(self, happened: i.Input, effects: list[Effect]) -> None:
        """Processes that end, and whose those are that are to start."""
        self.tap(happened, effects)
        if isinstance(happened, i.ProcessEnded):
            self._note_end(happened.process, happened.end)
        for effect in effects:
            match effect:
                case Spawn(process, sync):
                    config = self.loaded.config
                    self._origins[process] = next(one.name for one in config.syncs if one.id == sync)
                case SpawnTunnel(process, number, command):
                    tunnel = next(one for one in self.loaded.config.tunnels if one.id == number)
                    self.processes.is_for_tunnel(process, runs_on=not is_check(command.argv, tunnel))
                    self._origins[process] = tunnel.name
                case _:  # starts nothing
                    continue

    def _note_start(self, process: int, command: Command) -> None:
        self._programs[process] = command.argv[0] if command.argv else b""
        origin = self._origins[process]
        self.entries.append(log.Spawned(self.loop.now, origin, command.argv, command.stdin))

    def _note_end(self, process: int, end: ProcessEnd) -> None:
        origin, program = self._origins.pop(process), self._programs.pop(process)
        if end != Exited(0):
            self.entries.append(log.Ended(self.loop.now, origin, program, end))


def started_by_script(now: float, deed: Deed) -> log.Spawned:
    """What a script has started on its own, under the name of the function that it called."""
    words = deed.command_or_path.split(b"\0")
    argv = words if deed.kind is DeedKind.EXEC else [b"sh", b"-c", *words]
    return log.Spawned(now, deed.kind.value.encode(), tuple(argv))


def is_check(argv: Sequence[bytes], tunnel: TunnelConfig) -> bool:
    """Whether that is the tunnel's check, which ends by itself, and not the tunnel."""
    check = tunnel.check_command
    return len(argv) == len(check) and all(
        word == pattern or b"^local" in pattern for word, pattern in zip(argv, check, strict=True)
    )
