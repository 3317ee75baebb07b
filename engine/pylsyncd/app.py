"""The composition root: builds the parts from the options, runs them, starts over on HUP."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from os import getpid
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Exit, Reset
from pylsyncd.core.life import FAILURE
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Kept, ProcessEnd, Settings, SyncConfig, TunnelConfig
from pylsyncd.fault import account_of
from pylsyncd.loading import Loaded, Loader, hand_over, still_unchanged, unchanged
from pylsyncd.loop import Ports, Trampoline
from pylsyncd.options import Options
from pylsyncd.script import link as script_link
from pylsyncd.script.configuration import DaemonSettings, LoadedConfig
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.system_primitives import free_port
from pylsyncd.system.clock import Clock
from pylsyncd.system.daemon import Readiness, daemonize, fill_standard_streams
from pylsyncd.system.files import count_mounts
from pylsyncd.system.filesystems import read_mounts
from pylsyncd.system.logsink import (
    Logger,
    LogSettings,
    sinks_in_foreground,
    sinks_of_daemon,
    sinks_while_configuring,
)
from pylsyncd.system.logtext import Categories
from pylsyncd.system.pidfile import PidFile, PidFileError
from pylsyncd.system.processes import Processes
from pylsyncd.system.signals import Signals
from pylsyncd.system.sockets import Sockets
from pylsyncd.system.statusfile import StatusFile
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.pace import Pace
from pylsyncd.system.watch.readahead import ReadAhead
from pylsyncd.system.whereabouts import Whereabouts
from pylsyncd.watches import decided, monitor_for, needs_other_monitor, refusal, warnings_of

if TYPE_CHECKING:
    from pylsyncd.recording import Recording

_COLLECTOR: Final = (50_000, 1000, 10)
"""New objects until these are looked at, which takes some milliseconds; how often that is done until those
that are left are looked at again; and how often that, until all are."""

Journal = Callable[[bytes], None]
Tap = Callable[[i.Input, list[Effect]], None]


class StartError(Exception):
    """The daemon cannot run, or go on after HUP; `message` is a line for the operator."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message)
        self.message = message


def run(options: Options, journal: Journal | None = None) -> int:
    """Run pylsyncd; the result is its exit code. `journal` takes the lines of `core.journal`."""
    fill_standard_streams()
    application = _Application(options, journal)
    try:
        return application.run()
    except StartError as problem:
        application.complain(problem.message)
    except SystemExit as ended:  # os.exit() or terminate() in the config itself
        return int(ended.code or 0) & 0xFF
    except Exception as error:  # noqa: BLE001 - a daemon has no other place than its log to say it in
        application.complain(account_of(error).encode(errors="surrogateescape"))
    finally:
        application.logger.flush()
    return FAILURE


@define(eq=False)
class _Application:
    options: Options
    journal: Journal | None = None
    clock: Clock = field(factory=Clock)
    logger: Logger = field(init=False)
    loader: Loader = field(init=False)
    readiness: Readiness | None = None
    """Set in a daemon; whoever started it waits to hear how that went."""
    pidfile: PidFile | None = None
    loop: asyncio.AbstractEventLoop = field(init=False)
    loaded: Loaded = field(init=False)
    next: Loaded | None = None
    """What HUP has loaded, until it takes over."""
    kept: tuple[Kept, ...] = ()
    """The syncs that go on then."""
    processes: Processes = field(init=False)
    sockets: Sockets = field(init=False)
    status: StatusFile = field(init=False)
    whereabouts: Whereabouts = field(init=False)
    doubt: asyncio.TimerHandle | None = None
    """When it is next seen to that the sources are there; None: when something happens."""
    trampoline: Trampoline | None = None
    recording: Recording | None = None

    def __attrs_post_init__(self) -> None:
        categories = Categories.of(self.options.log)
        plain = LogSettings(json=self.options.logformat == "json")
        self.logger = Logger(self.clock.wall, categories, sinks_while_configuring(plain))

    def complain(self, message: bytes) -> None:
        """Say why it ends: in the log, and to whoever still waits for the daemon to be ready."""
        self.logger.log("Error", message)
        if self.readiness is not None:
            self.readiness.fail(b"Error: " + message, FAILURE)

    def run(self) -> int:
        """Load, become a daemon if asked to, run until the end."""
        ports = script_link.Ports(self.clock.monotonic, self.logger.log, self.logger.categories.wants)
        self.loader = Loader(self.options, ports, _working_directory())
        try:
            self.loaded = _decided(self.loader.load(insist=self.options.insist))
        except ConfigError as error:
            raise StartError(error.message) from error
        if self.options.ssh_extra and not any(one.base == "rsyncssh" for one in self.options.syncs):
            self.logger.log("Warn", b"-sshopts has no effect: there is no -rsyncssh on the command line")
        if self.options.record is not None:
            self.recording = self.open_recording()
        self.logger.sinks = sinks_in_foreground(self.loaded.log)
        if self.loaded.settings.nodaemon:
            self.logger.log("Normal", b"--- Startup ---")
        else:
            self.logger.log("Normal", b"--- Startup, daemonizing ---")
            self.readiness = _daemonize()
            self.logger.sinks = sinks_of_daemon(self.loaded.log)
        try:
            return self.run_loop()
        finally:
            if self.recording is not None:
                self.recording.close()
            if self.pidfile is not None:
                self.pidfile.release()

    def open_recording(self) -> Recording | None:
        """Open what `-record` names, before the daemon goes to `/`. Raises StartError."""
        from pylsyncd.recording import Recording  # noqa: PLC0415 - who records not, pays not
        from pylsyncd.system.journalfile import JournalFileError  # noqa: PLC0415 - as above

        try:
            recording = Recording.of(self.options, self.loader.started_in, self.clock, self.logger.log)
            if recording is not None:
                recording.open(sync.source for sync in self.loaded.config.syncs)
        except JournalFileError as error:
            message = b"-record: " + str(error).encode(errors="surrogateescape")
            raise StartError(message) from error
        return recording

    def run_loop(self) -> int:
        """One event loop for the daemon's life; mostly one session too, see `reload`."""
        self.loop = asyncio.new_event_loop()
        self.logger.call_later = self.loop.call_later
        _calm_collector()
        signals = Signals(self.loop, self.on_signal)
        try:
            self.hold_pidfile(self.loaded.settings.pidfile)
            while True:
                ending = self.run_session()
                if isinstance(ending, Exit):
                    return ending.code
                self.start_over()
                gc.collect()  # the old Lua state: its memory, a mebibyte, weighs nothing in Python's eyes
        finally:
            self.logger.call_later = None
            signals.close()
            self.loop.close()

    def run_session(self) -> Exit | Reset:
        """Run one machine to its end."""
        machine = Machine()
        monitor = _monitor(self.loaded.config)
        self.sockets = Sockets(self.logger.log)
        self.processes = Processes(self.loop, self.on_process_end, self.output(), self.sockets.fill_in)
        self.status = self.status_file()
        self.whereabouts = Whereabouts(self.loop, self.doubt_sources)
        ahead = None
        try:
            ports = Ports(
                now=self.clock.monotonic,
                wall=self.clock.wall_and_offset,
                count_mounts=count_mounts,
                free_port=free_port,
                monitor=monitor,
                processes=self.processes,
                script=self.loaded.script,
                log=self.logger.log,
                write_status=self.status.write,
                reload=self.take_over,
                tap=self.tap(),
                stirred=self.doubt_sources_later,
            )
            self.trampoline = trampoline = Trampoline(machine, ports, self.loop, pace=Pace())
            ahead = ReadAhead(
                monitor.fileno(), monitor.fetch, lambda: self.loop.call_soon_threadsafe(trampoline.look)
            )
            self.attach(trampoline)
            self.warn_of_silent_mounts()
            self.follow_sources()
            if self.readiness is not None:
                self.loop.call_soon(self.readiness.ready)  # right before the source is watched
            return trampoline.run(i.Started(self.clock.monotonic(), *self.for_core()))
        finally:
            self.trampoline = None
            if ahead is not None:
                ahead.close()
            self.stop_doubting()
            self.whereabouts.close()
            self.status.close()
            monitor.close()
            self.sockets.close()

    def follow_sources(self) -> None:
        """Hear of it when paths of sources may lead elsewhere; what cannot be heard of is looked for."""
        self.whereabouts.follow(sync.source for sync in self.loaded.config.syncs)
        if self.whereabouts.is_blind:
            self.doubt_sources_later()

    def doubt_sources(self) -> None:
        """Have the core see to it that the sources are there."""
        self.stop_doubting()
        self.follow_sources()
        if self.trampoline is not None:
            self.trampoline.submit(i.SourcesDoubted(self.clock.monotonic()))

    def doubt_sources_later(self) -> None:
        """Do that within `rescanInterval`: what happened may have been the end of a source."""
        if self.doubt is None:
            self.doubt = self.loop.call_later(self.loaded.settings.rescan_interval, self.doubt_sources)

    def stop_doubting(self) -> None:
        """There is nothing to see to any more."""
        if self.doubt is not None:
            self.doubt.cancel()
            self.doubt = None

    def warn_of_silent_mounts(self) -> None:
        """Say where inotify will miss what others change."""
        for line in warnings_of(self.loaded.config, read_mounts()):
            self.logger.log("Warn", line)

    def tap(self) -> Tap | None:
        """Whoever is to see all that happens."""
        if self.recording is not None:
            self.recording.begin(self.loop)
            return self.recording.take
        return None if self.journal is None else _writer(self.journal)

    def output(self) -> bytes | None:
        """The file that children write to; None: where we do."""
        return None if self.readiness is None else self.loaded.settings.logfile

    def status_file(self) -> StatusFile:
        """The one that the configuration names."""
        path = self.loaded.settings.status_file
        return StatusFile(path, self.clock, self.logger, self.loop.call_later)

    def attach(self, trampoline: Trampoline) -> None:
        """Let the scripts reach the machine."""
        self.loaded.script.attach(trampoline.machine, trampoline.submit, trampoline.observe)

    def for_core(self) -> tuple[Settings, tuple[SyncConfig, ...], tuple[TunnelConfig, ...]]:
        """Select what the core has to know of the configuration."""
        config = self.loaded.config
        syncs = tuple(_with_mounts(one) for one in config.syncs)
        return self.core_settings(config.settings), syncs, config.tunnels

    def core_settings(self, settings: DaemonSettings) -> Settings:
        """Select what it has to know of the settings."""
        return Settings(
            max_processes=settings.max_processes,
            status_interval=settings.status_interval,
            has_status_file=settings.status_file is not None,
            status_watches=settings.status_watches,
            onepass=settings.onepass,
            drain_timeout=settings.drain_timeout,
            rescan_interval=settings.rescan_interval,
            insist=settings.insist,
            pid=getpid(),
            counts_writes=settings.inotify_mode.counts_writes,
            verbose=self.logger.categories.verbose(),
        )

    def on_process_end(self, process: int, end: ProcessEnd) -> None:
        """Tell the core; a child that outlives its session is nobody's business any more."""
        if self.trampoline is not None:
            self.trampoline.process_ended(process, end)

    def on_signal(self, signum: int) -> None:
        """TERM and INT end the daemon; USR1 lets halted syncs go on; HUP loads the configuration anew."""
        trampoline = self.trampoline
        if trampoline is None or trampoline.ending is not None or trampoline.is_reloading:
            self.loop.call_soon(self.on_signal, signum)  # it is for who comes next, if somebody does
        elif signum == signal.SIGHUP:
            self.reload(trampoline)
        elif signum == signal.SIGUSR1:
            trampoline.submit(i.DeletionsAllowed(self.clock.monotonic()))
        else:
            trampoline.fade(signum)

    # -- HUP -------------------------------------------------------------------------------------

    def reload(self, trampoline: Trampoline) -> None:
        """Load the configuration anew; one that cannot be loaded is refused, and the old one stays."""
        try:
            self.next = _watchable(_decided(self.loader.load(insist=True), self.loaded))
        except (ConfigError, SystemExit, OSError) as error:
            reason = _why_refused(error)
            self.logger.log("Error", b"The configuration stays as it was, the new one is refused: " + reason)
        else:
            self.request_reload(trampoline, self.next)

    def request_reload(self, trampoline: Trampoline, after: Loaded) -> None:
        """Ask for what has changed to end; for all, if a new monitor or a new recording is to begin."""
        needs_start = self.recording is not None and self.recording.needs_start()
        if needs_start or needs_other_monitor(self.loaded.config, after.config):
            trampoline.submit(i.ResetRequested(self.clock.monotonic()))
        else:
            self.kept = unchanged(self.loaded, after)
            trampoline.submit(i.ReloadRequested(self.clock.monotonic(), self.kept))

    def take_over(self) -> None:
        """All that is not to go on has ended: from now on the new configuration counts."""
        trampoline, before = self.trampoline, self.loaded
        if trampoline is None:
            return
        self.start_over()
        self.processes.renew(self.output())
        self.sockets.renew()
        self.status.close()
        self.status = self.status_file()
        trampoline.ports = evolve(trampoline.ports, script=self.loaded.script, write_status=self.status.write)
        self.warn_of_silent_mounts()
        kept = still_unchanged(self.kept, before, self.loaded)
        hand_over(kept, before, self.loaded)
        trampoline.submit(i.Reloaded(self.clock.monotonic(), *self.for_core(), kept))
        self.follow_sources()
        self.attach(trampoline)
        self.loop.call_soon(gc.collect)  # see `run_loop`

    def start_over(self) -> None:
        """Put the new configuration in the old one's place, its log and pid file too."""
        before, self.loaded, self.next = self.loaded, self.next or self.loaded, None
        log, settings = self.loaded.log, self.loaded.settings
        is_daemon = self.readiness is not None
        if log != before.log:
            self.logger.sinks = sinks_of_daemon(log) if is_daemon else sinks_in_foreground(log)
        if settings.nodaemon is is_daemon:
            self.logger.log("Warn", b'HUP changes nothing about "nodaemon": that takes a new start.')
        try:
            self.hold_pidfile(settings.pidfile)
        except StartError as error:
            self.logger.log("Error", error.message + b"; the pid file stays as it was.")
        self.logger.log("Normal", b"--- Startup ---")

    def hold_pidfile(self, path: bytes | None) -> None:
        """Hold this pid file, and let go of another one only then. Raises StartError."""
        held = self.pidfile
        if path == (None if held is None else held.path):
            return
        try:
            self.pidfile = None if path is None else PidFile(path)
        except PidFileError as error:
            raise StartError(error.message) from error
        if held is not None:
            held.release()


def _calm_collector() -> None:
    """Have it leave alone what has stayed for a while.

    A look at all of a long queue takes a quarter of a second, in which nobody reads what the kernel tells.
    Little is left to be found: what belongs to an event has no circles once the event is done. Whatever
    else has some is looked for where it is dropped, at HUP.
    """
    gc.set_threshold(*_COLLECTOR)
    gc.enable()


def _writer(journal: Journal) -> Tap:
    from pylsyncd.recording import PlainScribe  # noqa: PLC0415 - as above

    scribe = PlainScribe()
    return lambda happened, effects: journal(scribe.lines(happened, effects))


def _decided(loaded: Loaded, before: Loaded | None = None) -> Loaded:
    return evolve(loaded, config=decided(loaded.config, None if before is None else before.config))


def _watchable(loaded: Loaded) -> Loaded:
    """Raises ConfigError where the daemon would end for want of a monitor."""
    reason = refusal(loaded.config)
    if reason is not None:
        raise ConfigError(reason.encode(errors="surrogateescape"))
    return loaded


def _with_mounts(sync: SyncConfig) -> SyncConfig:
    return evolve(sync, mounts=count_mounts(sync.source) or 0)


def _why_refused(error: BaseException) -> bytes:
    match error:
        case ConfigError(message=message):
            return message
        case SystemExit():
            return b"it ends the daemon"
        case _:
            return str(error).encode(errors="surrogateescape")


def _working_directory() -> bytes:
    try:
        return os.getcwdb()
    except OSError as error:
        message = b"The working directory is gone, so relative paths mean nothing: start from another one."
        raise StartError(message) from error


def _daemonize() -> Readiness:
    try:
        return daemonize()
    except OSError as error:
        reason = os.strerror(error.errno or 0).encode()
        raise StartError(b"Cannot become a daemon: " + reason) from error


def _monitor(config: LoadedConfig) -> Monitor:
    try:
        return monitor_for(config)
    except OSError as error:
        message = error.strerror or str(error)
        raise StartError(message.encode(errors="surrogateescape")) from error
