"""What is known of a configuration beyond what the engine needs: for those who check it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from pylsyncd.core.model import MonitorName
from pylsyncd.script.configuration import DaemonSettings
from pylsyncd.script.convert import Values, daemon_settings, from_table, optional, to_bytes
from pylsyncd.script.place import Place, place_of


@frozen
class SyncSurvey:
    """One `sync{}` as it came out."""

    place: Place | None
    """Where it was called; None for one that no file calls."""
    name: bytes
    source: bytes
    """Absolute, real, and with a slash at its end."""
    subdirs: bool
    excludes: tuple[bytes, ...]
    filters: tuple[bytes, ...]
    target: bytes | None
    """As the actions get it; `HOST:DIRECTORY` where it is given in two parts."""
    target_given: bytes | None
    """As the configuration has it, before it was made absolute."""
    allows_danger: bool
    deletes: bool
    """Whether an rsync of it deletes in the target what the source has not."""
    rsync: bytes | None
    """The program, if one is called."""
    ssh: bytes | None
    is_direct: bool
    monitor: MonitorName


@frozen
class Survey:
    """A configuration, as far as it was loaded."""

    settings: DaemonSettings
    places: Mapping[str, Place]
    """Where each setting was set, by its name in `settings{}`."""
    syncs: tuple[SyncSurvey, ...]
    files: tuple[bytes, ...]
    """Lua files that it loaded, or would have if they were there, in their order."""
    ended: Place | None
    """Where it ended the daemon, if it did."""
    refusals: tuple[bytes, ...]
    """Why syncs and settings were refused, where the load was to go on."""
    globals: frozenset[str]
    """The names of all global variables."""


def survey_of(answer: Any) -> Survey:  # noqa: ANN401 - lupa ships no types
    """Read what `stdlib_lua/survey.lua` answers."""
    known = {key: place_of(position) for key, position in from_table(answer.places).items()}
    return Survey(
        settings=daemon_settings(from_table(answer.settings)),
        places={key: place for key, place in known.items() if place is not None},
        syncs=tuple(_sync(from_table(one)) for one in answer.syncs.values()),
        files=tuple(map(to_bytes, answer.files.values())),
        ended=place_of(answer.ended),
        refusals=tuple(map(to_bytes, answer.refusals.values())),
        globals=frozenset(answer.globals.split("\0")),
    )


def _sync(values: Values) -> SyncSurvey:
    return SyncSurvey(
        place=place_of(values["position"]),
        name=to_bytes(values["name"]),
        source=to_bytes(values["source"]),
        subdirs=values["subdirs"],
        excludes=_texts(values["excludes"]),
        filters=_texts(values["filters"]),
        target=optional(values, "target"),
        target_given=optional(values, "target_given"),
        allows_danger=values["allows_danger"],
        deletes=values["deletes"],
        rsync=optional(values, "rsync"),
        ssh=optional(values, "ssh"),
        is_direct=values["is_direct"],
        monitor=MonitorName(values["monitor"]),
    )


def _texts(joined: str) -> tuple[bytes, ...]:
    return tuple(to_bytes(joined).split(b"\0")) if joined else ()
