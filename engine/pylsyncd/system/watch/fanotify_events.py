"""What a read of a fanotify descriptor gave, and where directories were when an event happened. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from attrs import define

from pylsyncd.core import masks
from pylsyncd.system.watch.fanotify_calls import FSID_SIZE, RENAME

_HEAD: Final = struct.Struct("=IBBHQii")
"""Length, version, nothing, length of the head, mask, descriptor and process (fanotify(7))."""
_PART: Final = struct.Struct("=BBH")
"""Type, nothing, length of what follows, this included."""
_HANDLE: Final = struct.Struct("=Ii")
"""Length and type of a file handle."""

_TARGET: Final = 1
_PLACE: Final = 2
_OLD_PLACE: Final = 10
_NEW_PLACE: Final = 12
"""Types of parts (linux/fanotify.h)."""


class Event(NamedTuple):
    """Something happened to a name in a directory, or has moved from there to another one."""

    mask: int
    directory: bytes = b""
    """Its file system and its handle; empty: it was not told."""
    name: bytes = b""
    """`.`: to the directory itself."""
    target: bytes = b""
    """The handle of what has the name; empty if the kernel does not tell."""
    directory2: bytes = b""
    name2: bytes = b""

    @property
    def moves_directory(self) -> bool:
        """Whether paths are others from then on."""
        return bool(self.mask & RENAME and self.mask & masks.ISDIR)


def parse_events(data: bytes) -> list[Event]:
    """Take apart what was read. Raises `ValueError` or `struct.error` on what no kernel writes."""
    events = []
    position = 0
    while position < len(data):
        length, _, _, head, mask, _, _ = _HEAD.unpack_from(data, position)
        if length < _HEAD.size:
            message = "a fanotify event has no length"
            raise ValueError(message)
        events.append(_event(data, mask, position + head, position + length))
        position += length
    return events


def _event(data: bytes, mask: int, position: int, end: int) -> Event:
    places: dict[int, tuple[bytes, bytes]] = {}
    while position < end:
        kind, _, length = _PART.unpack_from(data, position)
        start = position + _PART.size
        size, _ = _HANDLE.unpack_from(data, start + FSID_SIZE)
        name = start + FSID_SIZE + _HANDLE.size + size
        position += length
        places[kind] = data[start:name], data[name:position].partition(b"\0")[0]
    nothing = (b"", b"")
    directory, bare = places.get(_PLACE) or places.get(_OLD_PLACE, nothing)
    return Event(mask, directory, bare, places.get(_TARGET, nothing)[0], *places.get(_NEW_PLACE, nothing))


def paths_then(events: Sequence[Event], now: Mapping[bytes, bytes]) -> dict[tuple[int, bytes], bytes]:
    """Where directories were when events happened: by the number of the event and the handle.

    `now` is where they are after all events; it has to know the directories of all that were moved, apart
    from those that are no more. Paths end with `/`. What is missing in the answer was nowhere known: it had
    been moved out of a directory that is no more.
    """
    paths = _Paths(dict(now))
    then: dict[tuple[int, bytes], bytes] = {}
    undone = len(events)
    for number in range(len(events) - 1, -1, -1):
        event = events[number]
        if event.moves_directory and number < undone:
            before = events[number - 1] if number else None
            undone = (
                number - 1
                if before is not None and before.moves_directory and is_swap(before, event)
                else number
            )
            paths.undo(event, is_swap=undone < number)
        for handle in (event.directory, event.directory2):
            path = paths.by_handle.get(handle, b"")
            if path and not path.startswith(_NOWHERE):
                then[number, handle] = path
    return then


_NOWHERE: Final = b"\0"
"""So begins the path of a directory that is no more: no other path does."""


@define
class _Paths:
    """Where directories are, by handle, while events are undone one after the other."""

    by_handle: dict[bytes, bytes]

    def undo(self, event: Event, *, is_swap: bool) -> None:
        before = self._path(event.directory) + event.name + b"/"
        after = self._path(event.directory2) + event.name2 + b"/"
        for handle, path in self.by_handle.items():
            if path.startswith(after):
                self.by_handle[handle] = before + path[len(after) :]
            elif is_swap and path.startswith(before):
                self.by_handle[handle] = after + path[len(before) :]

    def _path(self, handle: bytes) -> bytes:
        return self.by_handle.get(handle) or b"%s%s/" % (_NOWHERE, handle.hex().encode())


def is_swap(one: Event, other: Event) -> bool:
    """Whether two moves that follow each other are a RENAME_EXCHANGE, and no move there and back."""
    way, back = (one.directory, one.name), (one.directory2, one.name2)
    is_back = (way, back) == ((other.directory2, other.name2), (other.directory, other.name))
    return is_back and bool(one.mask & RENAME) and one.target != other.target
