"""The composition root: builds the parts from the options, runs them, starts over on HUP."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from attrs import define, evolve, field, frozen

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Exit, Reset
from pylsyncd.core.machine import FAILURE, Machine
from pylsyncd.core.model import ProcessEnd, Settings
from pylsyncd.core.report import StatusReport, render_text
from pylsyncd.loop import Ports, Trampoline
from pylsyncd.options import Options, SyncOption
from pylsyncd.script import link as script_link
from pylsyncd.script.callbacks import Script
from pylsyncd.script.configuration import (
    CommandLineSync,
    CommandLineSyncs,
    ConfigFile,
    DaemonSettings,
    LoadedConfig,
    LogFormat,
    Overrides,
    Source,
)
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.system_primitives import free_port
from pylsyncd.system.clock import Clock, ctime
from pylsyncd.system.daemon import Readiness, daemonize, fill_standard_streams
from pylsyncd.system.files import write_atomically
from pylsyncd.system.logsink import (
    Logger,
    LogSettings,
    facility_code,
    sinks_in_foreground,
    sinks_of_daemon,
    sinks_while_configuring,
)
from pylsyncd.system.logtext import Categories
from pylsyncd.system.pidfile import PidFile, PidFileError
from pylsyncd.system.processes import Processes
from pylsyncd.system.signals import Signals
from pylsyncd.system.watch.inotify import InotifyMonitor

Journal = Callable[[bytes], None]


@frozen
class Loaded:
    """A configuration that is ready to run, with the Lua state that its functions live in."""

    script: Script
    config: LoadedConfig


class Startup(Exception):  # noqa: N818 - it ends the start, whether or not that is an error
    """The start has ended before the daemon ran: with an exit code, and a line for the operator."""

    def __init__(self, message: bytes, code: int = FAILURE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def run(options: Options, journal: Journal | None = None) -> int:
    """Run pylsyncd; the result is its exit code. `journal` takes the lines of `core.journal`."""
    fill_standard_streams()
    application = _Application(_absolute(options), journal)
    try:
        return application.run()
    except Startup as startup:
        application.logger.log("Error", startup.message)
        return startup.code
    except SystemExit as ended:  # os.exit() or terminate() in the config itself
        return int(ended.code or 0) & 0xFF


@define(eq=False)
class _Application:
    options: Options
    journal: Journal | None = None
    clock: Clock = field(factory=Clock)
    started_in: bytes = field(factory=os.getcwdb)
    logger: Logger = field(init=False)
    next: Loaded | None = None
    """What HUP has loaded, until the old configuration has come to its end."""
    trampoline: Trampoline | None = None

    def __attrs_post_init__(self) -> None:
        categories = Categories.of(self.options.log)
        plain = LogSettings(json=self.options.logformat == "json")
        self.logger = Logger(self.clock.wall, categories, sinks_while_configuring(plain))

    def run(self) -> int:
        """Load, become a daemon if asked to, run until the end."""
        try:
            loaded = self.load(insist=self.options.insist)
        except ConfigError as error:
            raise Startup(error.message) from error
        if self.options.ssh_extra and not any(one.base == "rsyncssh" for one in self.options.syncs):
            self.logger.log("Warn", b"-sshopts has no effect: there is no -rsyncssh on the command line")
        settings = loaded.config.settings
        log_settings = _log_settings(settings)
        self.logger.sinks = sinks_in_foreground(log_settings)
        if settings.nodaemon:
            self.logger.log("Normal", b"--- Startup ---")
            return self.run_with_pidfile(loaded, None)
        self.logger.log("Normal", b"--- Startup, daemonizing ---")
        readiness = daemonize()
        self.logger.sinks = sinks_of_daemon(log_settings)
        return self.run_with_pidfile(loaded, readiness)

    def load(self, *, insist: bool) -> Loaded:
        """Read the configuration into a fresh Lua state. Raises ConfigError."""
        options = self.options
        ports = script_link.Ports(self.clock.monotonic, self.logger.log, self.logger.categories.wants)
        script = Script(ports)
        scripts = tuple(ConfigFile(path) for path in options.scripts)
        with _working_directory(self.started_in):
            return Loaded(script, script.load(_source(options), _overrides(options, insist=insist), scripts))

    def run_with_pidfile(self, loaded: Loaded, readiness: Readiness | None) -> int:
        """Hold the pid file while the daemon runs."""
        try:
            with _pidfile(loaded.config.settings.pidfile):
                return self.run_loop(loaded, readiness)
        except (PidFileError, Startup) as error:
            if readiness is None:
                raise Startup(error.message) from error
            self.logger.log("Error", error.message)
            readiness.fail(b"Error: " + error.message, FAILURE)
            return FAILURE

    def run_loop(self, loaded: Loaded, readiness: Readiness | None) -> int:
        """One event loop for the daemon's life; one session for each configuration."""
        loop = asyncio.new_event_loop()
        signals = Signals(loop, self.on_signal)
        try:
            while True:
                ending = self.run_session(loop, loaded, readiness)
                if isinstance(ending, Exit):
                    return ending.code
                loaded, self.next = self.next or loaded, None
                self.logger.log("Normal", b"--- Startup ---")
        finally:
            signals.close()
            loop.close()

    def run_session(
        self, loop: asyncio.AbstractEventLoop, loaded: Loaded, readiness: Readiness | None
    ) -> Exit | Reset:
        """Run one configuration to its end."""
        settings = loaded.config.settings
        machine = Machine()
        monitor = _monitor(settings)
        try:
            processes = Processes(loop, self.on_process_end, _children_output(settings, readiness))
            self.trampoline = Trampoline(
                machine,
                Ports(
                    now=self.clock.monotonic,
                    wall=self.clock.wall_and_offset,
                    free_port=free_port,
                    monitor=monitor,
                    processes=processes,
                    script=loaded.script,
                    log=self.logger.log,
                    write_status=_StatusFile(settings.status_file, self.clock, self.logger).write,
                    journal=self.journal,
                ),
                loop,
            )
            loaded.script.attach(machine, self.trampoline.submit, self.trampoline.observe)
            if readiness is not None:
                readiness.ready()
            core_settings, config = self.core_settings(settings), loaded.config
            started = i.Started(self.clock.monotonic(), core_settings, config.syncs, config.tunnels)
            return self.trampoline.run(started)
        finally:
            self.trampoline = None
            monitor.close()

    def core_settings(self, settings: DaemonSettings) -> Settings:
        """Select what the core has to know."""
        return Settings(
            max_processes=settings.max_processes,
            status_interval=settings.status_interval,
            has_status_file=settings.status_file is not None,
            status_watches=settings.status_watches,
            onepass=settings.onepass,
            verbose=self.logger.categories.verbose(),
        )

    def on_process_end(self, process: int, end: ProcessEnd) -> None:
        """Tell the core; a child that outlives its session is nobody's business any more."""
        if self.trampoline is not None:
            self.trampoline.process_ended(process, end)

    def on_signal(self, signum: int) -> None:
        """TERM and INT end the daemon; HUP loads the configuration anew, and only then lets go of the old."""
        if self.trampoline is None:
            return
        if signum != signal.SIGHUP:
            self.trampoline.submit(i.FadeRequested(self.clock.monotonic(), signum))
            return
        try:
            self.next = self.load(insist=True)
        except (ConfigError, SystemExit) as error:
            reason = error.message if isinstance(error, ConfigError) else b"it ends the daemon"
            self.logger.log("Error", b"The configuration stays as it was, the new one is refused: " + reason)
            return
        self.trampoline.submit(i.ResetRequested(self.clock.monotonic()))


@define(eq=False)
class _StatusFile:
    """Writes the status; a file that cannot be written is told once, until it can be again."""

    path: bytes | None
    clock: Clock
    logger: Logger
    is_failing: bool = False

    def write(self, report: StatusReport) -> None:
        if self.path is None:
            return
        try:
            write_atomically(self.path, render_text(report, ctime(self.clock.wall())))
        except OSError as error:
            if not self.is_failing:
                reason = os.strerror(error.errno or 0).encode()
                self.logger.log("Error", b'Cannot write status file "%s": %s' % (self.path, reason))
            self.is_failing = True
        else:
            self.is_failing = False


def _absolute(options: Options) -> Options:
    """Resolve what is given relative to where we were started: a daemon runs in `/` (spec 1.3)."""
    return evolve(
        options,
        config=None if options.config is None else os.path.abspath(options.config),
        scripts=tuple(os.path.abspath(path) for path in options.scripts),
        logfile=None if options.logfile is None else os.path.abspath(options.logfile),
        pidfile=None if options.pidfile is None else os.path.abspath(options.pidfile),
    )


def _source(options: Options) -> Source:
    if options.config is not None:
        return ConfigFile(options.config)
    return CommandLineSyncs(tuple(_command_line_sync(one, options.ssh_extra) for one in options.syncs))


def _command_line_sync(one: SyncOption, ssh_extra: tuple[bytes, ...]) -> CommandLineSync:
    if one.base == "rsyncssh":
        keys: tuple[bytes, ...] = (b"source", b"host", b"targetdir")
        return CommandLineSync(b"rsyncssh", dict(zip(keys, one.words, strict=True)), ssh_extra)
    keys = (b"source", b"target")
    return CommandLineSync(one.base.encode(), dict(zip(keys, one.words, strict=True)))


def _overrides(options: Options, *, insist: bool) -> Overrides:
    return Overrides(
        delay=options.delay,
        insist=insist or None,
        nodaemon=options.nodaemon or None,
        onepass=options.onepass or None,
        logfile=options.logfile,
        pidfile=options.pidfile,
        logformat=options.logformat,
    )


def _log_settings(settings: DaemonSettings) -> LogSettings:
    try:
        facility = facility_code(settings.logfacility)
    except ValueError as error:
        raise Startup(str(error).encode()) from error
    is_json = settings.logformat is LogFormat.JSON
    return LogSettings(settings.logfile, settings.logident, facility, is_json)


def _children_output(settings: DaemonSettings, readiness: Readiness | None) -> bytes | None:
    """Only a daemon's children write to the log file; others keep our terminal (spec 1.3)."""
    return None if readiness is None else settings.logfile


@contextmanager
def _working_directory(path: bytes) -> Iterator[None]:
    """Let relative paths of a configuration mean the same on HUP, in `/`, as at the start."""
    before = os.getcwdb()
    with suppress(OSError):  # gone by now: relative paths will be refused, absolute ones do not care
        os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _pidfile(path: bytes | None) -> Iterator[None]:
    held = None if path is None else PidFile(path)
    try:
        yield
    finally:
        if held is not None:
            held.release()


def _monitor(settings: DaemonSettings) -> InotifyMonitor:
    try:
        return InotifyMonitor(settings.inotify_mode.value)
    except OSError as error:
        raise Startup(str(error).encode(errors="surrogateescape")) from error
