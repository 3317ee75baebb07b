"""What is known of one sync beyond what the engine needs: for those who explain it to people."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from pylsyncd.core.model import EventType
from pylsyncd.script.convert import Values, optional, to_bytes
from pylsyncd.script.place import Place, place_of

_FUNCTIONS: Final = (
    *(f"on{etype.value}" for etype in EventType if etype not in {EventType.INIT, EventType.BLANKET}),
    *("onStartup", "action", "collect", "full", "init"),
)


class Kind(enum.Enum):
    """Whose `action` a sync has."""

    RSYNC = "rsync"
    RSYNCSSH = "rsyncssh"
    DIRECT = "direct"
    HANDLERS = "handlers"
    """That of `default`, which calls the function for the event's type."""
    OWN = "own"


class Judge(enum.Enum):
    """Whose `collect` a sync has."""

    DEFAULT = "default"
    RSYNCSSH = "rsyncssh"
    DIRECT = "direct"
    OWN = "own"


Codes = Mapping[int, str]
"""Exit codes and what they mean: ok, again, partial, die."""


@frozen
class Traits:
    """One `sync{}` as it came out."""

    kind: Kind
    judge: Judge
    source_given: bytes
    """As the configuration names it."""
    place: Place | None = None
    """Where it was called; None for one that no file calls."""
    target: bytes | None = None
    """`HOST:DIRECTORY` where it is given in two parts."""
    deletes: bool = False
    """Whether `delete` lets deletions through while the daemon runs."""
    is_compatible: bool = False
    """Whether it does as Lsyncd 2.3 does."""
    functions: Mapping[str, Place | None] = field(factory=dict)
    """The functions it has, by key; None: one of the library, or a command line."""
    listed_excludes: tuple[bytes, ...] = ()
    """What stands in `exclude` itself; the same for filters."""
    listed_filters: tuple[bytes, ...] = ()
    exclude_file: bytes | None = None
    filter_file: bytes | None = None
    exitcodes: Codes | None = None
    rsync_exitcodes: Codes | None = None
    ssh_exitcodes: Codes | None = None


def traits_of(values: Values) -> Traits:
    """Read a table of `stdlib_lua/traits.lua`."""
    return Traits(
        kind=Kind(values["kind"]),
        judge=Judge(values["judge"]),
        source_given=to_bytes(values["sourceGiven"]),
        place=place_of(values["position"]),
        target=optional(values, "target"),
        deletes=values["deletes"],
        is_compatible=values["compat"],
        functions={name: place_of(values[name]) for name in _FUNCTIONS if name in values},
        listed_excludes=_texts(values["exclude"]),
        listed_filters=_texts(values["filter"]),
        exclude_file=optional(values, "excludeFrom"),
        filter_file=optional(values, "filterFrom"),
        exitcodes=_codes(values, "exitcodes"),
        rsync_exitcodes=_codes(values, "rsyncExitCodes"),
        ssh_exitcodes=_codes(values, "sshExitCodes"),
    )


def _texts(joined: str) -> tuple[bytes, ...]:
    return tuple(text for text in to_bytes(joined).split(b"\0") if text)


def _codes(values: Values, key: str) -> Codes | None:
    if key not in values:
        return None
    pairs = (line.split(" ", 1) for line in values[key].split("\n") if line)
    return {int(code): verdict for code, verdict in sorted(pairs, key=lambda pair: int(pair[0]))}
