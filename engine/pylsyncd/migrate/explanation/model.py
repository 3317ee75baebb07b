"""What `explain` finds out, as data: its renderings show it."""

from __future__ import annotations

import enum
from typing import Final

from attrs import frozen

from pylsyncd.core.model import EventType
from pylsyncd.migrate.explanation.places import Origin
from pylsyncd.migrate.explanation.rsyncrules import Verdict
from pylsyncd.migrate.explanation.rules import Decision
from pylsyncd.script.place import Place


class Standing(enum.Enum):
    """How a path stands to a sync; the values are for machines."""

    TAKEN = "taken"
    HIDDEN = "hidden"
    """By a rule, or in a directory that is hidden and thus not watched."""
    TOO_DEEP = "too deep"
    """In a sub-directory, where `subdirs = false`."""
    SOURCE = "source"
    """The source itself, which has no events of its own."""
    LINKED_AWAY = "linked away"
    """Behind a symbolic link that leads out of the source."""
    OUTSIDE = "outside"


@frozen
class View:
    """How a sync sees a path."""

    standing: Standing
    path: bytes = b""
    """Relative to the source, with a `/` before it; empty outside."""
    decision: Decision | None = None
    origin: Origin | None = None
    """Where the rule that decides stands."""
    otherwise: Decision | None = None
    """What would be decided if that rule were not there; None: there is none."""
    next_origin: Origin | None = None
    """Where the rule stands that would decide then."""


class Event(enum.Enum):
    """What may happen to a path, or to all; the values are what is shown."""

    START = "Start-up"
    CREATE = "Create"
    MODIFY = "Modify"
    ATTRIB = "Attrib"
    AWAY = "Move to elsewhere"
    HERE = "Move from elsewhere"
    MOVE = "Move"
    DELETE = "Delete"
    FULL = "Full"


KINDS: Final = {
    Event.START: EventType.INIT,
    Event.CREATE: EventType.CREATE,
    Event.MODIFY: EventType.MODIFY,
    Event.ATTRIB: EventType.ATTRIB,
    Event.AWAY: EventType.MOVE,
    Event.HERE: EventType.MOVE,
    Event.MOVE: EventType.MOVE,
    Event.DELETE: EventType.DELETE,
    Event.FULL: EventType.FULL,
}
"""By which name operators ask for each."""


@frozen
class Start:
    """A process that would be started, so many seconds after the event."""

    after: float
    argv: tuple[bytes, ...]
    stdin: bytes | None = None
    origin: bytes = b""
    """The Lua function that starts it on its own, such as `os.execute`; empty: `spawn` and its like."""


@frozen
class Function:
    """A function of the configuration that is called for an event."""

    name: str
    """The key of the sync that holds it."""
    place: Place


@frozen
class Reaction:
    """What comes of an event in one sync."""

    starts: tuple[Start, ...] = ()
    why: str = ""
    """Why nothing is started, or what is to be known about what is."""
    said: tuple[bytes, ...] = ()
    """Warnings and errors in the log."""
    functions: tuple[Function, ...] = ()


@frozen
class SyncAccount:
    """All there is to say about one sync."""

    name: bytes
    place: Place | None
    source: bytes
    source_given: bytes
    target: bytes | None
    view: View
    destination: View | None = None
    """Of the second path of a Move."""
    reactions: tuple[tuple[tuple[Event, ...], Reaction], ...] = ()
    """Events with the same outcome stand together."""
    rsync: Verdict | None = None
    """What rsync itself makes of the path at the start-up; None: it gets no rules."""
    crontab: tuple[bytes, ...] = ()
    collapsing: str = ""
    failures: tuple[str, ...] = ()

    @property
    def is_concerned(self) -> bool:
        """Whether it has to do with any of both paths."""
        views = (self.view, self.destination)
        return any(view is not None and view.standing is not Standing.OUTSIDE for view in views)

    @property
    def takes(self) -> bool:
        """Whether an event of the path, or of one of both, reaches the sync's queue."""
        views = (self.view, self.destination)
        return any(view is not None and view.standing is Standing.TAKEN for view in views)


@frozen
class Account:
    """What is said about a path."""

    path: bytes
    """Absolute, as it was asked for; a directory's ends with `/`."""
    real: bytes
    """The same with the links above it followed, which is how the daemon knows it."""
    syncs: tuple[SyncAccount, ...]
    destination: bytes | None = None
    """Absolute and real, of a Move."""
    said: tuple[bytes, ...] = ()
    """Warnings and errors while the configuration was loaded."""
    exit_code: int | None = None
    """What the daemon ends with before anything can happen; None: it does not."""
