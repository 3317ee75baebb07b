"""The trampoline: each input goes to the core, each effect to the port that can do it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from attrs import define, field, frozen

from pylsyncd.core import effects as e
from pylsyncd.core import inputs as i
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Command, Judgement, ProcessEnd, Record
from pylsyncd.core.report import StatusReport
from pylsyncd.script.errors import ScriptError
from pylsyncd.system.watch.backlog import Backlog
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.pace import Pace

_CONFIRMING_DRAINS: Final = 2
"""Drains after which the watch book takes what a scan found for certain (`core/watchbook.py`)."""

_MOST_IN_DOUBT: Final = 1024
"""Directories scanned without a drain: each takes up memory of the watch book until it is certain."""


class Handle(Protocol):
    """What a timer is cancelled by."""

    def cancel(self) -> None:
        """Forget it."""


class EventLoop(Protocol):
    """As much of asyncio's event loop as is used here; a simulated one can stand in for it."""

    def call_soon(self, callback: Callable[..., object], *arguments: Any) -> object: ...  # noqa: ANN401, D102 - as asyncio has them
    def call_at(self, when: float, callback: Callable[..., object], *arguments: Any) -> Handle: ...  # noqa: ANN401, D102
    def add_reader(self, descriptor: int, callback: Callable[..., object], *arguments: Any) -> None: ...  # noqa: ANN401, D102
    def add_writer(self, descriptor: int, callback: Callable[..., object], *arguments: Any) -> None: ...  # noqa: ANN401, D102
    def remove_reader(self, descriptor: int) -> bool: ...  # noqa: D102
    def remove_writer(self, descriptor: int) -> bool: ...  # noqa: D102
    def set_exception_handler(self, handler: Callable[[Any, dict[str, Any]], object]) -> None: ...  # noqa: D102
    def run_forever(self) -> None: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102


class Processes(Protocol):
    """Starts and signals children; tells their end by a callback."""

    def start(self, process: int, command: Command) -> int:
        """Start a child; returns its pid, raises OSError."""

    def signal(self, process: int, signum: int) -> object:
        """Send a signal, if the child still runs."""


class Script(Protocol):
    """The user's Lua functions; each raises ScriptError with a Lua traceback."""

    def run_action(self, sync: int, kind: e.ActionKind, delay: int) -> None:
        """Call `action`, `init` or `full`."""

    def collect(
        self,
        sync: int,
        delays: tuple[int, ...],
        is_list: bool,  # noqa: FBT001 - as the effect has it
        exitcode: int,
        answer: bytes | None,
    ) -> Judgement:
        """Call `collect`."""

    def run_alarm(self, alarm: int) -> None:
        """Call the function of an alarm."""

    def run_observer(self, descriptor: int, kind: str) -> None:
        """Call the function that waits for a descriptor to be `ready` (to be read) or `writey`."""


@frozen
class Ports:
    """All that the effects need of the world outside."""

    now: Callable[[], float]
    """Seconds on the monotonic clock, which is the asyncio loop's clock too."""
    monitor: Monitor
    processes: Processes
    script: Script
    wall: Callable[[], tuple[float, int]]
    """Seconds since 1970 in UTC, and by how many seconds local time is ahead of UTC."""
    count_mounts: Callable[[bytes], int | None]
    """How many file systems lie mounted one in another on the way to a directory; None: there is none."""
    free_port: Callable[[], int]
    """A local TCP port that nobody uses; raises OSError."""
    log: Callable[[str, bytes], None]
    write_status: Callable[[StatusReport], None]
    reload: Callable[[], None]
    """Puts the new configuration in place: other ports, and the input `Reloaded`."""
    tap: Callable[[i.Input, list[e.Effect]], None] | None = None
    """Is shown each input and what the core answers, before it is done."""
    stirred: Callable[[], None] | None = None
    """Is called when something has happened in a source."""


@define(eq=False)
class Trampoline:
    """Runs one machine until it asks for an end: in one thread, in the order of arrival.

    `submit` may be called while an effect is performed, as Lua does when it spawns; the machine
    answers at once, and what it asks for is done after the effects that are pending already.
    Actions and scans, which may follow each other without end, get a turn of the event loop each:
    records, signals and ends of processes are heard in between.
    """

    machine: Machine
    ports: Ports
    loop: EventLoop
    ending: e.Exit | e.Reset | None = None
    _crash: BaseException | None = None
    _pending: deque[e.Effect] = field(factory=deque)
    _scans: deque[e.Scan | e.Look] = field(factory=deque)
    _in_doubt: int = 0
    """Directories that were scanned since drains were asked for."""
    _timer: Handle | None = None
    _observed: set[int] = field(factory=set)
    """Descriptors that a script waits for."""
    _is_performing: bool = False
    pace: Pace | None = None
    """When to read the watch descriptor; None: whenever it is readable."""
    _backlog: Backlog = field(factory=Backlog)
    is_reloading: bool = False
    """A new configuration is put in place in the next turn of the event loop; signals have to wait for it."""

    def submit(self, happened: i.Input) -> None:
        """Give the core an input, and do what it answers; after the end nothing counts any more."""
        if self.ending is not None:
            return
        effects = self.machine.handle(happened)
        if self.ports.tap is not None:
            self.ports.tap(happened, effects)
        self._pending.extend(effects)
        if not self._is_performing:
            self._perform_pending()

    def run(self, started: i.Started) -> e.Exit | e.Reset:
        """From the first input to the end that the core asks for.

        Raises what was raised in any callback of the event loop: whatever it was to do is left
        half done, and to go on from there would be to guess.
        """
        try:
            self.begin(started)
            while self.ending is None:
                self.loop.run_forever()
                if self._crash is not None:
                    raise self._crash
        finally:
            self.let_go()
        return self.ending

    def begin(self, started: i.Started) -> None:
        """Give the first input; whoever calls this instead of `run` runs the event loop on its own."""
        self.loop.set_exception_handler(self._on_crash)
        self.loop.add_reader(self.ports.monitor.fileno(), self._on_readable)
        self.submit(started)

    def let_go(self) -> None:
        """Leave nothing behind in the event loop."""
        self.loop.remove_reader(self.ports.monitor.fileno())
        self._set_timer(None)
        self._stop_observing()

    def _on_crash(self, _: object, context: dict[str, Any]) -> None:
        self._crash = self._crash or context.get("exception") or RuntimeError(context["message"])
        self.loop.stop()

    def process_ended(self, process: int, end: ProcessEnd) -> None:
        """A child has ended; `system.processes` calls this. What happened before that is told before it."""
        self._after_records(lambda: self.submit(i.ProcessEnded(self.ports.now(), process, end)))

    def fade(self, signal: int) -> None:
        """TERM or INT has come. What happened before that is told before it."""
        self._after_records(lambda: self.submit(i.FadeRequested(self.ports.now(), signal)))

    # -- the watch descriptor --------------------------------------------------------------------

    def look(self) -> None:
        """The monitor has read something in passing."""
        if self.ending is None and self.ports.monitor.pending:
            self._read()

    def _on_readable(self) -> None:
        pause = self._read_at_pace()
        if pause and self.ending is None:
            self.loop.remove_reader(self.ports.monitor.fileno())
            self.loop.call_at(self.ports.now() + pause, self._resume)

    def _resume(self) -> None:
        """The pause is over; another one follows as long as the rush goes on."""
        if self.ending is not None:
            return
        pause = self._read_at_pace()
        if pause:
            self.loop.call_at(self.ports.now() + pause, self._resume)
        elif self.ending is None:
            self.loop.add_reader(self.ports.monitor.fileno(), self._on_readable)

    def _read_at_pace(self) -> float:
        found = self._read()
        return 0.0 if self.pace is None else self.pace.pause_after(self.ports.now(), found)

    def _read(self) -> int:
        """Read all that there is and tell the core, part by part; says how many records that was."""
        records = self.ports.monitor.drain()
        self._after(records, None)
        return len(records)

    def _after_records(self, function: Callable[[], None]) -> None:
        self._after(self.ports.monitor.drain(), function)

    def _after(self, records: tuple[Record, ...], function: Callable[[], None] | None) -> None:
        if records and self.ports.stirred is not None:
            self.ports.stirred()
        is_told = bool(self._backlog)
        self._backlog.add(records)
        if function is not None:
            self._backlog.call_after(function)
        if not is_told:
            self._tell()

    def _tell(self) -> None:
        """One part of the backlog in each turn of the event loop."""
        part = self._backlog.take()
        if part is not None:
            self.submit(i.WatchRecords(self.ports.now(), part.records, part.is_followed))
        if not self._backlog.has_records:
            self._backlog.take()
        if self._backlog:
            self.loop.call_soon(self._tell)

    def _drain_soon(self) -> None:
        """Scanning and removing take records off the descriptor, which then is not readable for them."""
        if self.ports.monitor.pending:
            self.loop.call_soon(self._drain, 0)

    def _drain(self, more: int) -> None:
        """Drain, and do so `more` times again: nothing to read is news too, for the watch book."""
        if self.ending is not None:
            return
        if self._backlog:
            self.loop.call_soon(self._drain, more)
            return
        if not self._read():
            self.submit(i.WatchRecords(self.ports.now(), ()))
        if more:
            self.loop.call_soon(self._drain, more - 1)

    def _perform_pending(self) -> None:
        self._is_performing = True
        try:
            while self._pending and self.ending is None:
                self._perform(self._pending.popleft())
        finally:
            self._is_performing = False

    def _perform(self, effect: e.Effect) -> None:  # noqa: C901, PLR0912, PLR0915 - one case an effect: a closed union
        match effect:
            case e.Scan() | e.Look():
                self._queue_scan(effect)
            case e.LookForSource(path):
                self.submit(i.SourceSeen(self.ports.now(), path, self.ports.count_mounts(path)))
            case e.RemoveWatches(wds):
                self.ports.monitor.remove(wds)
                self._drain_soon()
            case e.RunAction():
                self.loop.call_soon(self._run_action, effect)
            case e.Spawn(process, _, command) | e.SpawnTunnel(process, _, command):
                self._spawn(process, command)
            case e.FindPort(process):
                self._find_port(process)
            case e.Collect():
                self._collect(effect)
            case e.RunAlarm(alarm):
                self._call(lambda: self.ports.script.run_alarm(alarm))
            case e.SignalProcesses(processes, signal):
                for process in processes:
                    self.ports.processes.signal(process, signal)
            case e.SetTimer(at):
                self._set_timer(at)
            case e.ReadWallClock():
                self.submit(i.WallClockRead(self.ports.now(), *self.ports.wall()))
            case e.Log(category, message):
                self.ports.log(category, message)
            case e.WriteStatus(report):
                self.ports.write_status(report)
            case e.Reload():
                self._stop_observing()  # the functions are those of the old configuration
                self.is_reloading = True
                self.loop.call_soon(self._reload)
            case e.Exit() | e.Reset():
                self.ending = effect
                self.loop.stop()

    def _reload(self) -> None:
        """When nothing is pending, and no Lua function is being called."""
        if self.ending is None:
            self.ports.reload()
        self.is_reloading = False

    # -- Lua -------------------------------------------------------------------------------------

    def _call(self, function: Callable[[], None]) -> None:
        try:
            function()
        except ScriptError as error:
            self.submit(i.ScriptFailed(self.ports.now(), error.message))

    def _run_action(self, action: e.RunAction) -> None:
        if self.ending is not None:
            return
        self._call(lambda: self.ports.script.run_action(action.sync, action.kind, action.delay))
        self.submit(i.ActionDone(self.ports.now(), action.sync))

    def _collect(self, effect: e.Collect) -> None:
        def ask() -> None:
            judged = self.ports.script.collect(
                effect.sync, effect.delays, effect.is_list, effect.exitcode, effect.answer
            )
            self.submit(i.Collected(self.ports.now(), effect.process, judged.verdict, judged.each))

        self._call(ask)

    # -- descriptors of scripts ------------------------------------------------------------------

    def observe(self, descriptor: int, *, reading: bool, writing: bool) -> None:
        """Tell the script when a descriptor can be read or written; with neither, no longer.

        Raises OSError for what cannot be waited for, such as a regular file.
        """
        # afresh, for the number may belong to another file by now, which the kernel does not tell
        self.loop.remove_reader(descriptor)
        self.loop.remove_writer(descriptor)
        self._observed.discard(descriptor)
        if reading:
            self.loop.add_reader(descriptor, self._on_descriptor, descriptor, "ready")
        if writing:
            self.loop.add_writer(descriptor, self._on_descriptor, descriptor, "writey")
        if reading or writing:
            self._observed.add(descriptor)

    def _stop_observing(self) -> None:
        for descriptor in tuple(self._observed):
            self.observe(descriptor, reading=False, writing=False)

    def _on_descriptor(self, descriptor: int, kind: str) -> None:
        if self.ending is None:
            self._call(lambda: self.ports.script.run_observer(descriptor, kind))

    # -- processes, scans, time ------------------------------------------------------------------

    def _spawn(self, process: int, command: Command) -> None:
        try:
            pid = self.ports.processes.start(process, command)
        except OSError as error:
            name = command.argv[0] if command.argv else b""
            self.ports.log("Error", b'Cannot execute "%s": %s' % (name, _reason(error)))
            self.submit(i.SpawnFailed(self.ports.now(), process, error.errno or 0))
        else:
            self.submit(i.ProcessStarted(self.ports.now(), process, pid))

    def _find_port(self, process: int) -> None:
        try:
            port = self.ports.free_port()
        except OSError as error:
            self.ports.log("Error", b"Cannot find a free port: " + _reason(error))
            self.submit(i.PortFound(self.ports.now(), process, None))
        else:
            self.submit(i.PortFound(self.ports.now(), process, port))

    def _queue_scan(self, scan: e.Scan | e.Look) -> None:
        """One scan a turn of the event loop: records and signals are heard in between."""
        if not self._scans:
            self.loop.call_soon(self._scan_next)
        self._scans.append(scan)

    def _scan_next(self) -> None:
        if self.ending is not None:
            return
        scan = self._scans.popleft()
        if self._scans:
            self.loop.call_soon(self._scan_next)
        self.submit(self._found_by(scan))
        self._in_doubt += len(scan.paths)
        if not self._scans or self._in_doubt >= _MOST_IN_DOUBT:
            self._in_doubt = 0
            self.loop.call_soon(self._drain, _CONFIRMING_DRAINS - 1)

    def _found_by(self, scan: e.Scan | e.Look) -> i.Input:
        monitor, ticket = self.ports.monitor, scan.ticket
        if isinstance(scan, e.Scan):
            results = monitor.scan(scan.paths, scan.files)
            return i.DirectoriesScanned(self.ports.now(), ticket, results)
        looked, limit = monitor.look(scan.paths, scan.watch), monitor.watch_limit()
        return i.DirectoriesLooked(self.ports.now(), ticket, looked, limit)

    def _set_timer(self, at: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if at is None else self.loop.call_at(at, self._tick, at)

    def _tick(self, at: float) -> None:
        # The loop may wake up a clock's resolution early; the core must see that the time has come.
        # What was read by now comes first: it may be what is waited for.
        self._after((), lambda: self.submit(i.Tick(max(at, self.ports.now()))))


def _reason(error: OSError) -> bytes:
    return (error.strerror or str(error)).encode(errors="surrogateescape")
