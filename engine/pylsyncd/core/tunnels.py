"""Tunnels: processes through which syncs reach their targets, kept running (spec 5.1)."""

from __future__ import annotations

import enum
import errno
import math
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Final

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, FindPort, Log, SignalProcesses, SpawnTunnel
from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd, TunnelConfig
from pylsyncd.core.report import TunnelReport

SIGTERM: Final = 15
SIGKILL: Final = 9
GRACE: Final = 5.0
"""Seconds that a process has to end after TERM, before it gets KILL."""
_LEAST_LIFE: Final = 1.0
"""Seconds between two starts of a process that was up; with `readyDelay = 0` it might die at once."""


class TunnelStatus(enum.Enum):
    """How a tunnel fares; the values are Lsyncd's words in the status file."""

    DOWN = "DOWN"
    """Nothing was started yet, or everything has been ended."""
    CONNECTING = "CONNECTING"
    UP = "UP"
    RETRY_TIMEOUT = "RETRY_TIMEOUT"
    """Nothing runs; a process is started again after a while."""
    UP_RETRY_TIMEOUT = "UP_RETRY_TIMEOUT"
    """Of use, but not every process runs."""
    DISABLED = "DISABLED"
    """No sync uses it."""


class Stage(enum.Enum):
    """Where one process of a tunnel stands; `Forward.until` says for how long."""

    PAUSING = "pausing"
    """There is none; it is started at the end of the stage."""
    STARTING = "starting"
    """A port, then the process, was asked for."""
    CONNECTING = "connecting"
    """It runs; at the end of the stage it is up, or is checked."""
    UP = "up"
    """Of use; at the end of the stage it is checked again."""
    ENDING = "ending"
    """It got TERM; at the end of the stage it gets KILL."""


_RUNNING: Final = frozenset({Stage.CONNECTING, Stage.UP, Stage.ENDING})


@define(eq=False)
class Forward:
    """One of a tunnel's processes, and those that take its place. Times are monotonic seconds."""

    tunnel: Tunnel = field(repr=False)
    stage: Stage = Stage.PAUSING
    until: float = -math.inf
    is_retry: bool = False
    """Whether it pauses since it has failed."""
    process: int = 0
    pid: int = 0
    port: int = 0
    started: float = -math.inf
    check: int | None = None
    """The process that checks it just now."""
    failed_checks: int = 0


@define(eq=False)
class Tunnel:
    """State of one `tunnel{}`."""

    config: TunnelConfig
    is_used: bool
    forwards: tuple[Forward, ...] = field(init=False)
    port: int = 0
    """The one port of a tunnel that is no pool."""

    def __attrs_post_init__(self) -> None:
        self.forwards = tuple(Forward(self) for _ in range(self.config.parallel)) if self.is_used else ()

    @property
    def is_up(self) -> bool:
        """Whether at least one process is of use."""
        return any(one.stage is Stage.UP for one in self.forwards)

    @property
    def status(self) -> TunnelStatus:
        """As the status file has it."""
        if not self.is_used:
            return TunnelStatus.DISABLED
        is_retrying = any(one.stage is Stage.PAUSING and one.is_retry for one in self.forwards)
        if self.is_up:
            return TunnelStatus.UP_RETRY_TIMEOUT if is_retrying else TunnelStatus.UP
        if any(one.stage is not Stage.PAUSING for one in self.forwards):
            return TunnelStatus.CONNECTING
        return TunnelStatus.RETRY_TIMEOUT if is_retrying else TunnelStatus.DOWN

    def report(self) -> TunnelReport:
        """The tunnel as data for the status."""
        running = tuple(
            (one.pid, one.port, one.stage.value) for one in self.forwards if one.stage in _RUNNING
        )
        return TunnelReport(self.config.name, self.status.value, running)


class Tunnels:
    """All tunnels, and the processes that belong to them."""

    def __init__(
        self, tunnels: tuple[Tunnel, ...], emit: Callable[[Effect], None], number: Callable[[], int]
    ) -> None:
        self._tunnels = {tunnel.config.id: tunnel for tunnel in tunnels}
        self._emit = emit
        self._number = number
        """Gives the next process number."""
        self._asking: dict[int, Forward] = {}
        """Who waits for a port, by the number of the process to be."""
        self._forwards: dict[int, Forward] = {}
        self._checks: dict[int, Forward] = {}
        self._reported: tuple[TunnelReport, ...] = ()
        self._is_closing = False
        self._kill_at = math.inf
        self._now = -math.inf

    def begin_anew(self, tunnels: tuple[Tunnel, ...]) -> None:
        """Keep other tunnels running; those of before have been closed, and are gone."""
        self._tunnels = {tunnel.config.id: tunnel for tunnel in tunnels}
        self._is_closing, self._kill_at = False, math.inf

    # -- questions -------------------------------------------------------------------------------

    def is_up(self, tunnel: int) -> bool:
        """Whether the tunnel of that number can be used."""
        return self._tunnels[tunnel].is_up

    def ports(self, tunnel: int) -> tuple[int, ...]:
        """The local ports of the processes that are up."""
        return tuple(one.port for one in self._tunnels[tunnel].forwards if one.stage is Stage.UP)

    def owns(self, process: int) -> bool:
        """Whether a process belongs to a tunnel."""
        return process in self._forwards or process in self._checks

    @property
    def is_closing(self) -> bool:
        """Whether their end was asked for."""
        return self._is_closing

    @property
    def is_gone(self) -> bool:
        """Whether no process of a tunnel is left."""
        return not self._forwards and not self._checks

    def reports(self) -> tuple[TunnelReport, ...]:
        """All of them, in the order of definition."""
        return tuple(tunnel.report() for tunnel in self._tunnels.values())

    def next_wakeup(self) -> float:
        """When `advance` has something to do; infinity: not before something happens."""
        if self._is_closing:
            return self._kill_at
        return min((one.until for one in self._each()), default=math.inf)

    def _each(self) -> Iterator[Forward]:
        for tunnel in self._tunnels.values():
            yield from tunnel.forwards

    # -- time ------------------------------------------------------------------------------------

    def advance(self, now: float) -> bool:
        """Do what is due at `now`; says whether what is reported has changed since the last time."""
        self._now = now
        if now >= self._kill_at:
            self.kill()
        if not self._is_closing:
            for forward in self._each():
                if now >= forward.until:
                    self._end_stage(forward)
        return self._note_changes()

    def _end_stage(self, forward: Forward) -> None:
        """One of the stages that end by time alone, which STARTING does not."""
        if forward.stage is Stage.PAUSING:
            self._start(forward)
        elif forward.stage is Stage.ENDING:
            forward.until = math.inf
            self._emit(SignalProcesses((forward.process,), SIGKILL))
        elif forward.tunnel.config.check_command:
            self._check(forward)
        else:
            forward.stage, forward.until = Stage.UP, math.inf

    def _note_changes(self) -> bool:
        before, self._reported = self._reported, self.reports()
        for old, report in zip_longest(before, self._reported):
            if old is None or old.status != report.status:
                self._emit(Log("Tunnel", b"%s is %s" % (report.name, report.status.encode())))
        return self._reported != before

    # -- processes -------------------------------------------------------------------------------

    def take(self, happened: i.PortFound | i.ProcessStarted | i.SpawnFailed | i.ProcessEnded) -> None:
        """An input about a process of a tunnel, or a port for one to be."""
        self._now = happened.now
        match happened:
            case i.PortFound(_, process, port):
                self._on_port(process, port)
            case i.ProcessStarted(_, process, pid):
                self._on_started(process, pid)
            case i.SpawnFailed(_, process, number):
                name = errno.errorcode.get(number, str(number)).encode()
                self._on_ended(process, None, b"could not be started (%s)" % name)
            case i.ProcessEnded(_, process, end):
                self._on_ended(process, end, b"ended (%s)" % _reason(end))

    def _start(self, forward: Forward) -> None:
        forward.stage, forward.until = Stage.STARTING, math.inf
        forward.process, forward.pid, forward.port = self._number(), 0, forward.tunnel.port
        if forward.port:
            self._launch(forward)
        else:
            self._asking[forward.process] = forward
            self._emit(FindPort(forward.process))

    def _on_port(self, process: int, port: int | None) -> None:
        forward = self._asking.pop(process)
        tunnel = forward.tunnel
        if self._is_closing:
            forward.stage = Stage.PAUSING
        elif port is None:
            self._pause(forward, b"found no free local port")
        elif tunnel.config.is_pool and any(one.port == port for one in self._each()):
            self._start(forward)  # it is free now, but another process is about to use it
        else:
            forward.port = port if tunnel.config.is_pool else tunnel.port or port
            tunnel.port = 0 if tunnel.config.is_pool else forward.port
            self._launch(forward)

    def _launch(self, forward: Forward) -> None:
        self._forwards[forward.process] = forward
        self._spawn(forward.process, forward, forward.tunnel.config.command)

    def _spawn(self, process: int, forward: Forward, words: tuple[bytes, ...]) -> None:
        config = forward.tunnel.config
        argv = tuple(
            word.replace(b"^localport", b"%d" % forward.port).replace(b"^localhost", config.localhost)
            for word in words
        )
        self._emit(SpawnTunnel(process, config.id, Command(argv)))

    def _on_started(self, process: int, pid: int) -> None:
        if self._is_closing:  # it was asked for before
            self._emit(SignalProcesses((process,), SIGTERM))
        forward = self._forwards.get(process)
        if forward is not None:
            self._tell(forward.tunnel, b"runs process %d on port %d" % (pid, forward.port))
            forward.stage, forward.pid, forward.started = Stage.CONNECTING, pid, self._now
            forward.until = self._now + forward.tunnel.config.ready_delay

    def _on_ended(self, process: int, end: ProcessEnd | None, how: bytes) -> None:
        """A process has ended, or (None) could not even be started."""
        checked = self._checks.pop(process, None)
        if checked is not None:
            self._on_checked(checked, process, end)
            return
        forward = self._forwards.pop(process)
        if forward.check is not None:
            self._emit(SignalProcesses((forward.check,), SIGKILL))
            forward.check = None
        if self._is_closing:
            forward.stage = Stage.PAUSING
        elif forward.stage is Stage.UP:
            self._warn(forward, how + b"; it is started anew")
            forward.stage, forward.is_retry = Stage.PAUSING, False
            forward.until = forward.started + _LEAST_LIFE
        else:
            self._pause(forward, how)

    def _pause(self, forward: Forward, why: bytes) -> None:
        delay = forward.tunnel.config.retry_delay
        self._warn(forward, b"%s; next try in %g s" % (why, delay))
        forward.stage, forward.is_retry, forward.until = Stage.PAUSING, True, self._now + delay

    # -- checks ----------------------------------------------------------------------------------

    def _check(self, forward: Forward) -> None:
        """Start a check; one that still runs has had its time, and its end counts as a failure."""
        forward.until = self._now + forward.tunnel.config.retry_delay
        if forward.check is not None:
            self._emit(SignalProcesses((forward.check,), SIGKILL))
            return
        forward.check = self._number()
        self._checks[forward.check] = forward
        self._spawn(forward.check, forward, forward.tunnel.config.check_command)

    def _on_checked(self, forward: Forward, process: int, end: ProcessEnd | None) -> None:
        if forward.check != process:
            return  # of a process that has ended meanwhile
        forward.check = None
        if isinstance(end, Exited) and end.code in forward.tunnel.config.check_exit_codes:
            forward.failed_checks, forward.stage = 0, Stage.UP
            return
        forward.failed_checks += 1
        limit = forward.tunnel.config.check_max_failed
        self._tell(forward.tunnel, b"failed check %d of %d" % (forward.failed_checks, limit))
        if forward.failed_checks >= limit:
            forward.failed_checks = 0
            forward.stage, forward.until = Stage.ENDING, self._now + GRACE
            self._emit(SignalProcesses((forward.process,), SIGTERM))

    # -- the end ---------------------------------------------------------------------------------

    def close(self, now: float) -> None:
        """End all processes: TERM, and KILL for those that have not gone after a while."""
        self._is_closing, self._kill_at = True, now + GRACE
        self._signal(SIGTERM)

    def kill(self) -> None:
        """End all processes at once."""
        self._is_closing, self._kill_at = True, math.inf
        self._signal(SIGKILL)

    def _signal(self, signal: int) -> None:
        processes = (*self._forwards, *self._checks)
        if processes:
            self._emit(SignalProcesses(processes, signal))

    # -- words -----------------------------------------------------------------------------------

    def _tell(self, tunnel: Tunnel, what: bytes) -> None:
        self._emit(Log("Tunnel", b"%s %s" % (tunnel.config.name, what)))

    def _warn(self, forward: Forward, what: bytes) -> None:
        name = forward.tunnel.config.name
        pid = b"process %d" % forward.pid if forward.pid else b"its process"
        self._emit(Log("Warn", b"Tunnel %s: %s %s" % (name, pid, what)))


def _reason(end: ProcessEnd) -> bytes:
    match end:
        case Exited(code):
            return b"exit code %d" % code
        case Killed(signal):
            return b"signal %d" % signal
