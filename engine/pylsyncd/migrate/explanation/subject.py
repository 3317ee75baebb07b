"""What `explain` is asked about, and all that can happen to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from attrs import frozen

from pylsyncd.migrate.explanation.model import Event
from pylsyncd.migrate.world.files import Kind

_LIFE: Final = (Event.CREATE, Event.MODIFY, Event.ATTRIB, Event.AWAY, Event.HERE, Event.DELETE)
"""In this order each event finds the path as it needs it, and so does what remains of it from any one on."""


@frozen
class Subject:
    """What is asked about; paths are absolute and real, a directory's ends with `/`."""

    path: bytes
    path2: bytes | None = None
    size: int = 0
    kind: Kind = Kind.FILE

    @property
    def is_directory(self) -> bool:
        """Whether it can hold others."""
        return self.kind is Kind.DIRECTORY


def plan_of(subject: Subject, sources: Collection[bytes]) -> tuple[Event, ...]:
    """All that can happen to the subject, in order."""
    directory = subject.path.rstrip(b"/") + b"/"
    if subject.path2 is not None:
        return (Event.MOVE,)
    if any(source.startswith(directory) for source in sources):
        return (Event.ATTRIB,)  # without it there would be no source
    impossible = set() if subject.kind is Kind.FILE else {Event.MODIFY}
    if b"/" in sources:  # there is no elsewhere
        impossible |= {Event.AWAY, Event.HERE}
    return tuple(event for event in _LIFE if event not in impossible)
