"""From fanotify's events to the records that inotify would have written. Does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Final, Protocol

from attrs import define, field, frozen

from pylsyncd.core import masks
from pylsyncd.core.model import Record
from pylsyncd.system.watch.doubts import Doubts, Place
from pylsyncd.system.watch.fanotify_calls import RENAME
from pylsyncd.system.watch.fanotify_events import Event, is_swap
from pylsyncd.system.watch.handles import Handles

_FIRST_COOKIE: Final = 1 << 33
"""Beyond those of the other monitors, should a daemon have all of them."""
_COOKIE_STEP: Final = 32
"""So far apart the watch book takes no two moves for the halves of a swap, and these next to each other."""

_COME_OR_GO: Final = masks.CREATE | masks.MOVED_TO | masks.DELETE
_MOVED: Final = masks.MOVED_FROM | masks.MOVED_TO
_ANY_MOVE: Final = _MOVED | RENAME
_ORDER: Final = (masks.CREATE, masks.MOVED_TO, masks.MODIFY, masks.ATTRIB, masks.CLOSE_WRITE, masks.DELETE)
"""In which the bits of events that were merged can have happened to a name; `Doubts` finds the exceptions."""

Paths = Mapping[tuple[int, bytes], bytes]
"""Where directories were, by the number of an event and the handle."""

Introduce = Callable[[bytes], tuple[int, bytes] | None]
"""From a path to the descriptor of the source that it lies in, and its path there; None: it is in none."""


class Tree(Protocol):
    """The file systems as they are now."""

    def path(self, handle: bytes) -> bytes | None:
        """Where a directory is; None: nowhere."""

    def kind(self, directory: bytes, name: bytes) -> int | None:
        """What has a name in a directory: `ISDIR`, 0 for what is none, None for nothing."""


@define(eq=False)
class Telling:
    """Knows which directories have been told of."""

    handles: Handles
    introduce: Introduce
    meets_all: bool = True
    """Directories that are new get a descriptor too; false: only those that were scanned have one."""
    _doubts: Doubts = field(factory=Doubts)
    _cookies: Iterator[int] = field(factory=lambda: count(_FIRST_COOKIE, _COOKIE_STEP))
    _cookie: int = 0
    _records: list[Record] = field(factory=list)

    def tell(self, events: Sequence[Event], paths: Paths, *, in_pieces: bool) -> list[Record]:
        """The records of what was read; `paths` has the directories that are not known.

        `in_pieces`: directories that are moved are told as gone and come, as paths may be too new.
        """
        self._records = []
        for number, event in enumerate(events):
            wd = self._wd(event.directory, paths.get((number, event.directory), b""))
            if event.mask & RENAME:
                new = self._wd(event.directory2, paths.get((number, event.directory2), b""))
                end = self._end_of_directory(events, number + 1, paths)
                move = _Move(event, wd, new, *_half_of_swap(events, number), end)
                self._move(move, in_pieces=in_pieces)
            elif event.mask & masks.Q_OVERFLOW:
                self._records.append(Record(-1, masks.Q_OVERFLOW, 0, b""))
            elif wd:
                self._tell(event, wd)
        return self._records

    def amend(self, tree: Tree, paths: Mapping[bytes, bytes], *, is_all: bool) -> list[Record]:
        """The records that are due since events were merged; `tree` is asked what is there now.

        `paths` has directories as they were after the last event. Not `is_all`: there is more to read,
        and what is doubtful stays so.
        """
        self._records = []
        for told in tuple(self._doubts.doubtful()):
            directory, name = told.place
            wd = self._wd(directory, paths.get(directory) or tree.path(directory) or b"")
            if wd:
                for mask in told.amended(tree.kind(directory, name)):
                    self._come_or_go(wd, mask, told.place)
                    if mask & masks.ISDIR:
                        self._doubt()
        if is_all:
            self._doubts.clear()
        return self._records

    def _wd(self, handle: bytes, path: bytes) -> int:
        """The descriptor of a directory, which is introduced now if it is not known; 0: of no interest."""
        known = self.handles.wd(handle)
        if known is not None:
            return known
        place = self.introduce(path)
        return 0 if place is None else self._meet(handle, *place)

    def _meet(self, handle: bytes, wd: int, name: bytes) -> int:
        given = self.handles.give(handle)
        self._records.append(Record(given, masks.MEET, wd, name))
        return given

    def _tell(self, event: Event, wd: int) -> None:
        if event.name == b".":
            if event.mask & masks.ATTRIB:
                self._records.append(Record(wd, masks.OWN_ATTRIB, 0, b""))
            return
        is_made = event.mask & masks.CREATE and event.mask & masks.ISDIR and not event.mask & masks.DELETE
        is_met = bool(is_made and event.target and self.meets_all)
        for mask in _single(event.mask):
            if mask & _COME_OR_GO:
                self._come_or_go(wd, mask | masks.BARE * is_met, (event.directory, event.name))
            else:
                self._records.append(Record(wd, mask, 0, event.name))
        if event.mask & _MOVED and event.mask & masks.ISDIR:
            self._doubt()
        if is_met:
            self._meet(event.target, wd, event.name)

    def _come_or_go(self, wd: int, mask: int, place: Place) -> None:
        cookie = next(self._cookies) if mask & masks.MOVED_TO else 0
        self._records.append(Record(wd, mask, cookie, place[1]))
        self._doubts.tell(place, is_there=not mask & masks.DELETE, bits=mask & masks.ISDIR)

    def _end_of_directory(self, events: Sequence[Event], number: int, paths: Paths) -> bool:
        """Whether this is the end of an unknown directory: behind a rename, of the one it replaces."""
        event = events[number] if number < len(events) else Event(0)
        is_own = event.mask == masks.ATTRIB | masks.ISDIR and event.name == b"."
        return is_own and self.handles.wd(event.directory) is None and (number, event.directory) not in paths

    def _move(self, move: _Move, *, in_pieces: bool) -> None:
        event = move.event
        origin, place = (event.directory, event.name), (event.directory2, event.name2)
        bits = event.mask & masks.ISDIR
        self._doubts.tell_move(event.target, origin, place)
        if move.old and move.new and not (bits and in_pieces):
            self._move_within(move, bits)
            return
        if move.old:
            self._come_or_go(move.old, masks.DELETE | bits, origin)
        if move.new:
            self._come_or_go(move.new, masks.MOVED_TO | bits, place)
        if bits and (move.old or move.new):
            self._doubt()

    def _move_within(self, move: _Move, bits: int) -> None:
        event, first = move.event, move.first
        if first is None:
            self._cookie = next(self._cookies)
            self._meet_target(event, move.old)
        else:
            self._cookie += 1
        if move.second is not None:
            self._meet_target(move.second, move.new)
        if bits and move.replaces:
            self._records.append(Record(move.new, masks.DELETE | bits, 0, event.name2))
        self._records.append(Record(move.old, masks.MOVED_FROM | bits, self._cookie, event.name))
        self._records.append(Record(move.new, masks.MOVED_TO | bits, self._cookie, event.name2))
        self._doubts.tell((event.directory2, event.name2), is_there=True, bits=bits)
        if first is None:
            self._doubts.tell((event.directory, event.name), is_there=False, bits=bits)
        else:
            self._doubts.tell((event.directory, event.name), is_there=True, bits=first.mask & masks.ISDIR)
            self._doubt()

    def _meet_target(self, event: Event, wd: int) -> None:
        """Introduce a directory before it moves, so that it need not be looked through then."""
        if event.moves_directory and event.target and self.meets_all and not self.handles.wd(event.target):
            self._meet(event.target, wd, event.name)

    def _doubt(self) -> None:
        """Directories have gone or come with all that is in them: the book may have forgotten some."""
        self.handles.doubt()
        self.handles.doubt_strangers()


@frozen
class _Move:
    """A rename, and the descriptors of its directories; 0: of no interest."""

    event: Event
    old: int
    new: int
    first: Event | None = None
    """The first half of the swap that this is the second half of."""
    second: Event | None = None
    """The other way round."""
    replaces: bool = False
    """It takes the place of an empty directory."""


def _half_of_swap(events: Sequence[Event], number: int) -> tuple[Event | None, Event | None]:
    event = events[number]
    before = events[number - 1] if number else None
    after = events[number + 1] if number + 1 < len(events) else None
    first = before if before is not None and is_swap(before, event) else None
    return first, after if after is not None and is_swap(event, after) else None


@cache
def _single(mask: int) -> tuple[int, ...]:
    """One mask for each thing that has happened; a half of a move without the other is an end."""
    if mask & masks.MOVED_FROM:
        mask |= masks.DELETE
    return tuple(bit | mask & masks.ISDIR for bit in _ORDER if mask & bit)


def needed(events: Iterable[Event], handles: Handles) -> set[bytes]:
    """The directories whose paths have to be known before these events can be told.

    Where directories have moved that may be all of them (`Handles.doubt`).
    """
    listed = tuple(events)
    used = {one for event in listed for one in (event.directory, event.directory2) if one}
    if any(event.mask & _ANY_MOVE and event.mask & masks.ISDIR for event in listed):
        return used
    return {handle for handle in used if handles.wd(handle) is None}
