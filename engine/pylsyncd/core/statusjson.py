"""The status as JSON, for programs: its keys stay, and others may join them (`docs/manual/running-it.md`)."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from pylsyncd.core.report import (
    DelayReport,
    FailureReport,
    ProcessReport,
    StatusReport,
    SyncReport,
    TunnelReport,
    UnwatchedReport,
)

_DIGITS: Final = 3
"""Of seconds: nobody wants to know more of them."""

Object = dict[str, Any]


def render_json(report: StatusReport, epoch: float, date: str) -> bytes:
    """One object; the time is given in seconds since 1970 and in ISO 8601."""
    status = {
        "time": date,
        "epoch": round(epoch, _DIGITS),
        "syncs": [_sync(sync) for sync in report.syncs],
        "tunnels": [_tunnel(tunnel) for tunnel in report.tunnels],
        "watches": _watches(report),
        "rescans": {
            "unwatched": sum(sync.unwatched.count for sync in report.syncs),
            "next": _seconds(report.next_rescan),
        },
        "log": {"trouble": None if report.log_trouble is None else _text(report.log_trouble)},
    }
    return json.dumps(status, ensure_ascii=False, indent=2).encode() + b"\n"


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None or not math.isfinite(seconds) else round(seconds, _DIGITS)


def _sync(sync: SyncReport) -> Object:
    return {
        "name": _text(sync.name),
        "source": _text(sync.source),
        "monitor": sync.monitor,
        "state": sync.state,
        "halted": _text(sync.halted) if sync.halted else None,
        "counts": {
            "queue": len(sync.delays),
            "retrying": sum(one.tries > 0 for one in sync.delays),
            "failed": len(sync.failures),
            "processes": len(sync.processes),
            "unwatched": sync.unwatched.count,
            "settling": sync.settling.count,
        },
        "queue": [_delay(delay) for delay in sync.delays],
        "failed": [_failure(failure) for failure in sync.failures],
        "processes": [_process(process) for process in sync.processes],
        "unwatched": _unwatched(sync.unwatched),
        "settling": [_text(path) for path in sync.settling.named],
        "rules": [_text(rule) for rule in sync.rules],
    }


def _delay(delay: DelayReport) -> Object:
    return {
        "status": delay.status,
        "type": delay.etype,
        "path": _text(delay.path),
        "path2": None if delay.path2 is None else _text(delay.path2),
        "tries": delay.tries,
        "code": delay.code if delay.tries else None,
        "due": _seconds(delay.due),
    }


def _failure(failure: FailureReport) -> Object:
    return {
        "path": _text(failure.path),
        "why": _text(failure.why),
        "code": failure.code,
        "tries": failure.tries,
    }


def _process(process: ProcessReport) -> Object:
    return {"pid": process.pid, "age": round(process.age, _DIGITS)}


def _unwatched(unwatched: UnwatchedReport) -> list[Object]:
    return [{"path": _text(path), "error": error} for path, error in unwatched.named]


def _tunnel(tunnel: TunnelReport) -> Object:
    processes = [{"pid": pid, "port": port, "state": state} for pid, port, state in tunnel.processes]
    return {"name": _text(tunnel.name), "status": tunnel.status, "processes": processes}


def _watches(report: StatusReport) -> Object:
    return {
        "count": report.watches,
        "complete": not report.is_surveying,
        "per_second": _seconds(report.watches_per_second),
        "paths": [_text(path) for _, path in report.watch_lines],
    }


def _text(name: bytes) -> str:
    r"""Decode UTF-8, with any other byte as `\xff`; lone surrogates are refused by many readers of JSON."""
    return name.decode("utf-8", "backslashreplace")
