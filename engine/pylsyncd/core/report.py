"""Status as data, and its rendering as the text file that monitoring scripts read (spec 1.5)."""

from __future__ import annotations

from attrs import frozen


@frozen
class DelayReport:
    """One queued delay: `wait`, `active` or `block`, event type and paths."""

    status: str
    etype: str
    path: bytes
    path2: bytes | None


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
    processes: tuple[int, ...]
    """Process ids of running children."""
    failures: tuple[bytes, ...] = ()
    """Paths known not to be in line with the target, and why."""
    unwatched: tuple[bytes, ...] = ()
    """Directories that are not watched but looked through, and why; not all of them if they are many."""
    halted: bytes = b""
    """Why it is halted."""
    settling: tuple[bytes, ...] = ()
    """Files that are being written, whose changes wait; not all of them if they are many."""


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
    """While more are being set."""


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
    lines.append(b"Processes: " + (b" ".join(b"%d" % pid for pid in sync.processes) or b"none"))
    lines += [b"Halted: " + sync.halted] if sync.halted else []
    lines += [b"Failed: " + failure for failure in sync.failures]
    lines += [b"Unwatched: " + directory for directory in sync.unwatched]
    lines += [b"Settling: " + path for path in sync.settling]
    return [*lines, b""]


def _delay_line(delay: DelayReport) -> bytes:
    line = b"%-6s %s %s" % (delay.status.encode(), delay.etype.encode(), delay.path)
    return line if delay.path2 is None else line + b" -> " + delay.path2
