"""Status as data, and its rendering as the text file that monitoring scripts read (spec 1.5).

Seconds count from the moment of the report. `statusjson.py` renders the same as JSON.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class DelayReport:
    """One queued delay: `wait`, `active` or `block`, event type and paths."""

    status: str
    etype: str
    path: bytes
    path2: bytes | None
    tries: int = 0
    """As many of its processes have failed."""
    code: int = 0
    """What the last of them ended with."""
    due: float = 0.0
    """Seconds until it is ready; negative for what is late."""


@frozen
class FailureReport:
    """A path that is not in line with the target, and nothing more is done for it."""

    path: bytes
    why: bytes
    code: int
    """What the last process ended with."""
    tries: int


@frozen
class ProcessReport:
    """A running process and its age in seconds."""

    pid: int
    age: float


@frozen
class UnwatchedReport:
    """Directories that are not watched but looked through: how many, and a few of them."""

    count: int = 0
    named: tuple[tuple[bytes, str], ...] = ()
    """Path, and name of the errno that says why."""

    @property
    def lines(self) -> tuple[bytes, ...]:
        """For the text."""
        more = self.count - len(self.named)
        lines = [b"%s (%s)" % (path, name.encode()) for path, name in self.named]
        return (*lines, b"and %d more" % more) if more else tuple(lines)


@frozen
class SettlingReport:
    """Files that are being written, whose changes wait: how many, and a few of them."""

    count: int = 0
    named: tuple[bytes, ...] = ()

    @property
    def lines(self) -> tuple[bytes, ...]:
        """For the text."""
        more = self.count - len(self.named)
        return (*self.named, b"and %d more" % more) if more else self.named


@frozen
class SyncReport:
    """One sync: its queue, its filtering and how it fares."""

    name: bytes
    source: bytes
    state: str
    """`running`, `degraded`, `waiting for its source`, `halted`, `failed` or `finished`."""
    delays: tuple[DelayReport, ...]
    rules: tuple[bytes, ...]
    """Filters in order, then `- pattern` for each exclude."""
    processes: tuple[ProcessReport, ...]
    failures: tuple[FailureReport, ...] = ()
    unwatched: UnwatchedReport = UnwatchedReport()
    monitor: str = "inotify"
    halted: bytes = b""
    """Why it is halted."""
    settling: SettlingReport = SettlingReport()


@frozen
class TunnelReport:
    """One tunnel."""

    name: bytes
    status: str
    """A value of `tunnels.TunnelStatus`."""
    processes: tuple[tuple[int, int, str], ...]
    """Process id, local port and a value of `tunnels.Stage` of each running process."""


@frozen
class StatusReport:
    """The daemon at one moment."""

    syncs: tuple[SyncReport, ...]
    watches: int
    watch_lines: tuple[tuple[int, bytes], ...] = ()
    tunnels: tuple[TunnelReport, ...] = ()
    watches_per_second: float | None = None
    """While more are being set, if that takes long."""
    is_surveying: bool = False
    """Whether more watches are to be set."""
    next_rescan: float | None = None
    """Seconds until what is not watched is looked through; None: nothing is to be."""
    log_trouble: bytes | None = None
    """Why lines of the log are lost at present."""


def render_text(report: StatusReport, date: bytes) -> bytes:
    """The status file's text; `date` is the local time in C `ctime` form (spec 1.5)."""
    lines = [b"Lsyncd status report at " + date, b""]
    for sync in report.syncs:
        lines += _sync_lines(sync)
    for tunnel in report.tunnels:
        lines.append(b"Tunnel: name=%s status=%s" % (tunnel.name, tunnel.status.encode()))
        lines += [
            b"  process=%d port=%d state=%s" % (pid, port, state.encode())
            for pid, port, state in tunnel.processes
        ]
    if report.watches_per_second is not None:
        lines += [b"", b"Setting up watches: %d per second" % report.watches_per_second]
    if report.log_trouble is not None:
        lines += [b"", b"Log: " + report.log_trouble]
    lines += [b"", b"Inotify watching %d directories" % report.watches]
    lines += [b"  %d: %s" % watch for watch in report.watch_lines]
    return b"\n".join(lines) + b"\n"


def _sync_lines(sync: SyncReport) -> list[bytes]:
    """Lsyncd's lines first, word for word, since monitoring scripts read them; then our own."""
    lines = [b"%s source=%s" % (sync.name, sync.source), b"There are %d delays" % len(sync.delays)]
    lines += [_delay_line(delay) for delay in sync.delays]
    lines.append(b"Filtering:")
    lines += [b"  " + rule for rule in sync.rules] or [b"  nothing."]
    lines.append(b"State: " + sync.state.encode())
    lines.append(b"Processes: " + (b" ".join(b"%d" % one.pid for one in sync.processes) or b"none"))
    lines += [b"Halted: " + sync.halted] if sync.halted else []
    lines += [b"Failed: %s: %s" % (failure.path, failure.why) for failure in sync.failures]
    lines += [b"Unwatched: " + line for line in sync.unwatched.lines]
    lines += [b"Settling: " + line for line in sync.settling.lines]
    return [*lines, b""]


def _delay_line(delay: DelayReport) -> bytes:
    line = b"%-6s %s %s" % (delay.status.encode(), delay.etype.encode(), delay.path)
    return line if delay.path2 is None else line + b" -> " + delay.path2
