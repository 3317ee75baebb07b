"""Lua tables to frozen Python values; text crosses as latin-1, which keeps every byte."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pylsyncd.core.model import MonitorName, SyncConfig, TunnelConfig
from pylsyncd.script.configuration import DaemonSettings, InotifyMode, LogFormat, Overrides

ENCODING = "latin-1"

Values = Mapping[str, Any]
"""A flat Lua table: what its values are is checked on the Lua side, by `kinds.lua`."""

_PATHS = {"logfile": "logfile", "pidfile": "pidfile", "statusFile": "status_file"}
_SECONDS = {
    "statusInterval": "status_interval",
    "drainTimeout": "drain_timeout",
    "rescanInterval": "rescan_interval",
    "pollInterval": "poll_interval",
}
_PLAIN = {
    "statusWatches": "status_watches",
    "logfacility": "logfacility",
    "nodaemon": "nodaemon",
    "onepass": "onepass",
    "insist": "insist",
    "maxProcesses": "max_processes",
}


def to_bytes(text: str) -> bytes:
    """The bytes of a Lua string."""
    return text.encode(ENCODING)


def optional(values: Values, key: str) -> bytes | None:
    """The bytes of a text that may be missing."""
    return to_bytes(values[key]) if key in values else None


def from_table(table: Any) -> dict[str, Any]:  # noqa: ANN401 - lupa ships no types
    """A flat Lua table with string keys."""
    return dict(table.items())


def override_values(overrides: Overrides) -> dict[str, object]:
    """The command line's values under the names of `settings{}`."""
    values = {
        "delay": overrides.delay,
        "insist": overrides.insist,
        "nodaemon": overrides.nodaemon,
        "onepass": overrides.onepass,
        "logfile": overrides.logfile,
        "pidfile": overrides.pidfile,
        "statusFile": overrides.status_file,
        "logformat": overrides.logformat,
        "monitor": overrides.monitor,
    }
    return {key: value for key, value in values.items() if value is not None}


def daemon_settings(values: Values) -> DaemonSettings:
    """Settings in force; relative paths are resolved here, since the daemon changes to `/`."""
    given = _seconds(values)
    given |= {_PLAIN[key]: value for key, value in values.items() if key in _PLAIN}
    for key, name in _PATHS.items():
        if key in values:
            given[name] = os.path.abspath(to_bytes(values[key]))
    if "logident" in values:
        given["logident"] = to_bytes(values["logident"])
    if "logformat" in values:
        given["logformat"] = LogFormat(values["logformat"])
    if "inotifyMode" in values:
        given["inotify_mode"] = InotifyMode(values["inotifyMode"])
    return DaemonSettings(**given)


def _seconds(values: Values) -> dict[str, Any]:
    given = {name: float(values[key]) for key, name in _SECONDS.items() if key in values}
    if values.get("compat") == "2.3":
        given.setdefault("drain_timeout", 0.0)
    return given


def sync_config(values: Values) -> SyncConfig:
    """One sync as the core needs it."""
    optional: dict[str, Any] = {}
    if "retries" in values:
        optional["retries"] = values["retries"]
    if "retryMax" in values:
        optional["retry_max"] = float(values["retryMax"])
    if "maxDelete" in values:
        optional["max_delete"] = values["maxDelete"]
    if "settle" in values:
        optional["settle"] = float(values["settle"])
    if "tunnel" in values:
        optional["tunnel"] = values["tunnel"]
    return SyncConfig(
        id=values["id"],
        name=to_bytes(values["name"]),
        source=to_bytes(values["source"]),
        delay=float(values["delay"]),  # Lua has integers; a journal must read back as what was written
        max_delays=values["maxDelays"],
        max_processes=values["maxProcesses"],
        keeps_moves=values["keepsMoves"],
        has_init=values["hasInit"],
        has_full=values["hasFull"],
        as_lsyncd=values["asLsyncd"],
        repairs=values["repairs"],
        subdirs=values["subdirs"],
        collapse=values["collapse"],
        excludes=_texts(values["excludes"]),
        filters=_texts(values["filters"]),
        crontab=_texts(values["crontab"]),
        monitor=MonitorName(values["monitor"]),
        **optional,
    )


def tunnel_config(values: Values) -> TunnelConfig:
    """One tunnel as the core needs it."""
    return TunnelConfig(
        id=values["id"],
        name=to_bytes(values["name"]),
        command=_texts(values["command"]),
        is_pool=values["isPool"],
        parallel=values["parallel"],
        retry_delay=values["retryDelay"],
        ready_delay=values["readyDelay"],
        localhost=to_bytes(values["localhost"]),
        check_command=_texts(values["checkCommand"]),
        check_exit_codes=frozenset(map(int, values["checkExitCodes"].split())),
        check_max_failed=values["checkMaxFailed"],
    )


def _texts(joined: str) -> tuple[bytes, ...]:
    return tuple(to_bytes(joined).split(b"\0")) if joined else ()
