"""All names that configs may use, as the Lua library itself knows them: for tools that read configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from pylsyncd.script.link import Link, Ports
from pylsyncd.script.runtime import LuaFailure, Runtime


@frozen
class Kind:
    """What a key's value has to be."""

    name: str
    """As in `kinds.lua`."""
    what: str
    """For messages: "a number of seconds, 0 or more"."""
    allowed: frozenset[str] = frozenset()
    """The words, where only certain ones are allowed."""


@frozen
class RsyncOption:
    """How a key of `rsync = { … }` gets into rsync's arguments."""

    how: str
    """`letter`, `flag`, `value` or empty: it has a meaning of its own."""
    argument: str


@frozen
class KnownNames:
    """What there is before a config adds to it."""

    globals: frozenset[str]
    defaults: frozenset[str]
    """The keys of `default`."""
    gauges: Mapping[str, Mapping[str, bool]]
    """Name in `default`, or nothing, to keys such as `rsync.compress`, and whether they are taken."""
    settings: Mapping[str, Kind]
    syncs: Mapping[str, Kind]
    tunnels: Mapping[str, Kind]
    rsync_options: Mapping[str, RsyncOption]


def read_names() -> KnownNames:
    """Ask a fresh Lua state."""
    answer = Runtime(Link(Ports(lambda: 0.0, lambda *_: None, lambda _: False))).call("names")
    if isinstance(answer, LuaFailure):  # our own library is broken
        raise RuntimeError(answer.text)  # noqa: TRY004 - the type says what became of the call
    (lua,) = answer
    return KnownNames(
        globals=_words(lua.globals),
        defaults=_words(lua.defaults),
        gauges={base: dict(gauge.items()) for base, gauge in lua.gauges.items()},
        settings=_kinds(lua.settings),
        syncs=_kinds(lua.syncs),
        tunnels=_kinds(lua.tunnels),
        rsync_options={name: _option(text) for name, text in lua.rsyncOptions.items()},
    )


def _words(joined: str) -> frozenset[str]:
    return frozenset(joined.split("\0"))


def _kinds(table: Any) -> dict[str, Kind]:  # noqa: ANN401 - lupa ships no types
    return {key: _kind(*text.split("\0")) for key, text in table.items()}


def _kind(name: str, what: str, *allowed: str) -> Kind:
    return Kind(name, what, frozenset(allowed))


def _option(text: str) -> RsyncOption:
    how, _, argument = text.partition(" ")
    return RsyncOption(how, argument)
