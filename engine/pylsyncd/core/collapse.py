"""The verdict table: how a new event combines with the newest queued one that it touches (spec 3.3)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pylsyncd.core.model import Delay, DelayStatus, EventType

ATTRIB, CREATE, MODIFY, DELETE = EventType.ATTRIB, EventType.CREATE, EventType.MODIFY, EventType.DELETE
BARRIERS: Final = frozenset({EventType.INIT, EventType.BLANKET})
"""Whatever comes after one of these waits for it."""
BRINGING: Final = frozenset({ATTRIB, CREATE, MODIFY})
"""What sends a file, or what goes with it."""
UNIVERSAL: Final = frozenset({EventType.INIT, EventType.BLANKET, EventType.FULL})
"""These wait for the last delay of the queue, whatever it is."""


class Ruling(enum.Enum):
    """What becomes of a new event."""

    ABSORB = "absorb"
    """It is dropped: the old one will do its work."""
    REPLACE = "replace"
    """It takes the old one's place in the queue."""
    STACK = "stack"
    """It is queued, blocked until the old one is done."""
    TURN = "turn"
    """The old Move becomes a Delete of its origin; the new event stacks on that."""
    SPLIT = "split"
    """The new Move becomes a Delete of its origin and a Create of its destination."""


_ACTIVE: Final = DelayStatus.ACTIVE
_A, _R, _S = Ruling.ABSORB, Ruling.REPLACE, Ruling.STACK

SAME_FILE: Final[Mapping[tuple[EventType, EventType], Ruling]] = MappingProxyType({
    (ATTRIB, ATTRIB): _A, (ATTRIB, MODIFY): _R, (ATTRIB, CREATE): _R, (ATTRIB, DELETE): _R,
    (MODIFY, ATTRIB): _A, (MODIFY, MODIFY): _A, (MODIFY, CREATE): _R, (MODIFY, DELETE): _R,
    (CREATE, ATTRIB): _A, (CREATE, MODIFY): _A, (CREATE, CREATE): _A, (CREATE, DELETE): _R,
    (DELETE, ATTRIB): _A, (DELETE, MODIFY): _A, (DELETE, CREATE): _R, (DELETE, DELETE): _A,
})  # fmt: skip  # it is a table
"""(old, new) on one path that is not a directory; rows and columns of spec 3.3."""

SAME_DIRECTORY: Final[Mapping[tuple[EventType, EventType], Ruling]] = MappingProxyType(
    {**SAME_FILE, (DELETE, CREATE): _S},
)
"""The same for a directory: what was in the old one has to be deleted before the new one is made."""

_RELEASE_2_2_SAME_FILE: Final = MappingProxyType({(DELETE, CREATE): _R})
_STRENGTH: Final = MappingProxyType({ATTRIB: 1, MODIFY: 2, CREATE: 3})


def judge(old: Delay, etype: EventType, path: bytes, path2: bytes | None, *, combine: bool) -> Ruling | None:
    """How a new event fares against one queued delay; None: they do not interact.

    `combine` false is the behaviour of Lsyncd 2.2.0 to 2.3.1 (spec 3.3, `collapse = false`), where
    events of one file do not combine and a file and a directory of one name are strangers.
    """
    if combine and old.path == path and old.status is not _ACTIVE:
        ruling = (SAME_DIRECTORY if path.endswith(b"/") else SAME_FILE).get((old.etype, etype))
        if ruling is not None:
            return ruling
    if etype in UNIVERSAL or old.etype in BARRIERS:
        return Ruling.STACK
    if old.etype is EventType.FULL:
        return None
    if etype is EventType.MOVE:
        return _judge_new_move(old, path, path2 or b"")
    if old.etype is EventType.MOVE:
        return _judge_old_move(old, etype, path)
    return _judge_plain(old, etype, path, combine=combine)


def _judge_plain(old: Delay, etype: EventType, path: bytes, *, combine: bool) -> Ruling | None:
    if old.path != path:
        return _judge_neighbours(old.path, path, combine=combine)
    if combine or old.status is _ACTIVE:
        return Ruling.STACK
    return Ruling.STACK if old.is_directory else _RELEASE_2_2_SAME_FILE.get((old.etype, etype))


def _judge_neighbours(old: bytes, new: bytes, *, combine: bool) -> Ruling | None:
    if under(old, new):
        return Ruling.STACK
    return Ruling.STACK if combine and differ_by_slash(old, new) else None


def _judge_new_move(old: Delay, origin: bytes, destination: bytes) -> Ruling | None:
    olds = (old.path,) if old.path2 is None else (old.path, old.path2)
    touching = any(touch(end, new) for end in olds for new in (origin, destination))
    return Ruling.SPLIT if touching else None


def _judge_old_move(old: Delay, etype: EventType, path: bytes) -> Ruling | None:
    destination = old.path2 or b""
    if touch(old.path, path):
        return Ruling.STACK
    if destination == path and etype in (DELETE, CREATE) and old.status is not DelayStatus.ACTIVE:
        return Ruling.TURN
    return Ruling.STACK if touch(destination, path) else None


def under(one: bytes, other: bytes) -> bool:
    """Whether one of two different paths is a directory that the other lies in."""
    return (one.endswith(b"/") and other.startswith(one)) or (other.endswith(b"/") and one.startswith(other))


def differ_by_slash(one: bytes, other: bytes) -> bool:
    """Whether a file became a directory, or the reverse."""
    return one + b"/" == other or other + b"/" == one


def touch(one: bytes, other: bytes) -> bool:
    """Whether two paths are equal, one under the other, or alike but for the trailing slash."""
    return one == other or under(one, other) or differ_by_slash(one, other)


def is_weaker(one: EventType, other: EventType) -> bool:
    """Whether `other` does all that `one` would (Attrib < Modify < Create; spec 3.3, rule 1)."""
    return _STRENGTH.get(one, 0) < _STRENGTH.get(other, 0) and one in _STRENGTH


def strongest(etypes: frozenset[EventType]) -> EventType:
    """The swallowed event that takes the place of the one that swallowed it."""
    return max(etypes, key=_STRENGTH.__getitem__)
