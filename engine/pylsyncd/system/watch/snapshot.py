"""What has happened between two looks at a tree, as the records that inotify would have written. Pure.

A look is no picture of one moment: each directory is listed at a time of its own. So nothing is concluded
from what is seen but this: a name that differs from what is known of it is told, and known as it is now.
What is told twice or in pieces does no harm, and at rest nothing differs any more.
"""

from __future__ import annotations

import math
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from attrs import define, evolve, field, frozen

from pylsyncd.core import masks
from pylsyncd.core.model import Record


class Seen(NamedTuple):
    """What lstat(2) says of one name. A tuple, since these are compared by the million, each time."""

    kind: int
    """S_IFMT of the mode."""
    device: int
    inode: int
    size: int
    mtime: int
    ctime: int
    """Both in nanoseconds."""
    permissions: tuple[int, int, int]
    """Mode, user and group."""
    links: int
    is_fresh: bool
    """A file changed so shortly before that another change might leave the same times."""

    @property
    def is_directory(self) -> bool:
        """Whether it is one, and no link to one."""
        return self.kind == stat.S_IFDIR

    @property
    def identity(self) -> tuple[int, int, int]:
        """What a rename leaves as it is, and no two things have at the same time."""
        return self.kind, self.device, self.inode


Names = Mapping[bytes, Seen]


@frozen
class Folder:
    """A watched directory as it was at the last look; `path` ends with `/`."""

    path: bytes
    device: int
    inode: int
    entries: Names
    mtime: int = 0
    """Its own, which every name that comes or goes sets."""
    since: float = field(default=0.0, eq=False)
    """When it was listed first, on the monotonic clock."""


@frozen
class Sight:
    """A directory that has changed since `before`."""

    wd: int
    before: Folder
    after: Folder | None
    """None: there is no such directory any more."""


@define
class Folders:
    """All watched directories, by descriptor and by path."""

    by_wd: dict[int, Folder] = field(factory=dict)
    by_path: dict[bytes, int] = field(factory=dict)
    _inside: dict[bytes, set[bytes]] = field(factory=dict)

    def meet(self, folder: Folder) -> int | None:
        """A directory is listed for somebody else; its descriptor, if it is watched already.

        What is known of it stays, or its changes would be lost. But names that are new are from now on known
        elsewhere: that they have gone again must not go unnoticed.
        """
        wd = self.by_path.get(folder.path)
        if wd is not None:
            known = self.by_wd[wd]
            new = {name: _new(seen) for name, seen in folder.entries.items() if name not in known.entries}
            if new:
                self.by_wd[wd] = evolve(known, entries={**known.entries, **new})
        return wd

    def miss(self, path: bytes) -> None:
        """A directory could not be watched: should it be there at the next look, it is new.

        Whoever wanted to watch it would not hear of it otherwise; it may be the same one, come back.
        """
        above, name = _split(path)
        parent = self.by_path.get(above)
        if parent is not None and name in self.by_wd[parent].entries:
            known = self.by_wd[parent]
            entries = {**known.entries, name: _new(known.entries[name])}
            self.by_wd[parent] = evolve(known, entries=entries)

    def put(self, wd: int, folder: Folder) -> None:
        """Note one, or how it is now."""
        self.by_wd[wd] = folder
        self.by_path[folder.path] = wd
        self._inside.setdefault(_split(folder.path)[0], set()).add(folder.path)

    def take(self, wd: int) -> Folder | None:
        """Forget one."""
        folder = self.by_wd.pop(wd, None)
        if folder is not None:
            del self.by_path[folder.path]
            parent, _ = _split(folder.path)
            self._inside[parent].discard(folder.path)
            if not self._inside[parent]:
                del self._inside[parent]
        return folder

    def below(self, path: bytes) -> list[int]:
        """The directory at a path and all that lie in it; none comes before one that it holds."""
        paths = [path]
        for one in paths:  # which grows meanwhile
            paths += sorted(self._inside.get(one, ()))
        return [self.by_path[one] for one in reversed(paths) if one in self.by_path]

    def is_told_of(self, path: bytes) -> bool:
        """Whether the directory that it lies in is watched, and tells what becomes of it."""
        above, name = _split(path)
        parent = self.by_path.get(above)
        return parent is not None and name in self.by_wd[parent].entries


@frozen
class _Difference:
    """One name in one directory: what it was, what it is; None: nothing."""

    wd: int
    directory: bytes
    name: bytes
    old: Seen | None
    new: Seen | None

    @property
    def path(self) -> bytes:
        """Where it is, spelt as a directory is."""
        return self.directory + self.name + b"/"


_COOKIE_STEP: Final = 32
"""Far enough apart that the watch book takes no two moves for a swap: in a look a swap is none."""
_FIRST_COOKIE: Final = 1 << 32
"""Beyond the kernel's cookies, should a daemon have both."""


@define
class Comparison:
    """Compares looks with what is known; `content` holds the bits that tell of a write."""

    folders: Folders
    content: int
    has_moved: bool = False
    """A directory has moved: what lies in it is to be looked at where it is now, at once."""
    _cookies: Iterator[int] = field(factory=lambda: count(_FIRST_COOKIE, _COOKIE_STEP))
    _records: list[Record] = field(factory=list)
    _now: float = 0.0
    _since: float = 0.0
    _restless: set[int] = field(factory=set)
    """Directories in which names have come or gone."""
    _closed: set[bytes] = field(factory=set)
    """Directories that have left their place: what was seen below is of another time."""

    def take(self, sights: Sequence[Sight], now: float, since: float) -> tuple[Record, ...]:
        """The records of what was seen; the folders then are as it was seen.

        `since` is when the look before this one began.
        """
        self._records, self._closed, self.has_moved = [], set(), False
        self._now, self._since, self._restless = now, since, set()
        found: list[_Difference] = []
        for sight in sorted(sights, key=lambda one: one.before.path):  # what lies in one comes behind it
            if self.folders.by_wd.get(sight.wd) is sight.before and not self._is_closed(sight.before.path):
                found += self._open(sight)
        rest = self._tell_moves(found)
        for difference in rest:
            self._tell_end(difference)
        for difference in rest:
            self._tell_arrival(difference)
        return tuple(self._records)

    # -- one directory ---------------------------------------------------------------------------

    def _open(self, sight: Sight) -> Iterator[_Difference]:
        """What differs in one directory, which from now on is known as it was seen."""
        before, after = sight.before, sight.after
        is_root = not self.folders.is_told_of(before.path)
        if after is None or (is_root and (after.device, after.inode) != (before.device, before.inode)):
            if is_root:
                self._end(before.path, itself=masks.DELETE_SELF)
            return
        if after.device != before.device:
            return  # something was mounted here, or is no more: the directory above tells
        if after.mtime != before.mtime:
            milliseconds = math.ceil(1000 * (self._now - max(self._since, before.since)))
            self._records.append(Record(sight.wd, masks.RESTLESS, milliseconds, b""))
            self._restless.add(sight.wd)
        self.folders.put(sight.wd, evolve(after, since=before.since))
        for name in sorted(before.entries.keys() | after.entries.keys()):
            old, new = before.entries.get(name), after.entries.get(name)
            if old != new:
                difference = _Difference(sight.wd, before.path, name, old, new)
                if _is_replaced(old, new):
                    self._closed.add(difference.path)
                yield difference

    def _is_closed(self, path: bytes) -> bool:
        if not self._closed:
            return False
        cuts = (index + 1 for index, byte in enumerate(path) if byte == ord("/"))
        return any(path[:cut] in self._closed for cut in cuts)

    # -- moves -----------------------------------------------------------------------------------

    def _tell_moves(self, found: Sequence[_Difference]) -> list[_Difference]:
        """Tell of what has another name now; the differences that are left.

        A move is one that leaves no doubt: one name has gone and another has come, and both mean the
        same. With more of either nobody can tell which went where; to delete and create is always right.
        """
        origins = _alone((one.old, one) for one in found if one.old is not None and one.new is None)
        places = _alone((one.new, one) for one in found if one.new is not None and one.old is None)
        told: set[bytes] = set()
        for identity, (old, origin) in origins.items():
            new, place = places.get(identity, (None, None))
            if new is not None and place is not None and _is_moved(old, new):
                self._tell_move(origin, new, place)
                told |= {origin.path, place.path}
        return [one for one in found if one.path not in told]

    def _tell_move(self, origin: _Difference, new: Seen, place: _Difference) -> None:
        cookie = next(self._cookies)
        is_directory = masks.ISDIR if new.is_directory else 0
        self._records += [
            Record(origin.wd, masks.MOVED_FROM | is_directory, cookie, origin.name),
            Record(place.wd, masks.MOVED_TO | is_directory, cookie, place.name),
        ]
        # What was told of it before may have been looked for when it had moved already: it is told again.
        if new.is_directory:
            self._records.append(Record(place.wd, masks.ATTRIB | masks.ISDIR, 0, place.name))
            self._relocate(origin.path, place.path)
            self._doubt(place.path)
        else:
            self._tell_content(place)

    def _relocate(self, origin: bytes, place: bytes) -> None:
        for wd in self.folders.below(origin):
            folder = self.folders.take(wd)
            if folder is not None:
                self.folders.put(wd, evolve(folder, path=place + folder.path[len(origin) :]))

    def _doubt(self, path: bytes) -> None:
        """What a directory and those in it hold is told again by the next look, which comes at once."""
        for wd in self.folders.below(path):
            folder = self.folders.by_wd[wd]
            entries = {name: _in_doubt(seen) for name, seen in folder.entries.items()}
            self.folders.put(wd, evolve(folder, entries=entries))
            self.has_moved = True

    # -- all others ------------------------------------------------------------------------------

    def _tell_end(self, difference: _Difference) -> None:
        old, new = difference.old, difference.new
        if old is None:
            return
        if new is None or old.kind != new.kind:
            self._end(difference.path, itself=0)
            mask = masks.DELETE | (masks.ISDIR if old.is_directory else 0)
            self._records.append(Record(difference.wd, mask, 0, difference.name))
        elif _is_another_mount(old, new):
            self._end(difference.path, itself=masks.UNMOUNT)

    def _tell_arrival(self, difference: _Difference) -> None:
        old, new = difference.old, difference.new
        if new is None:
            return
        bits = masks.ISDIR if new.is_directory else 0
        if old is None or old.kind != new.kind or self._is_new(difference, old, new):
            self._records.append(Record(difference.wd, masks.CREATE | bits, 0, difference.name))
            if new.kind == stat.S_IFREG:
                self._tell_content(difference)
        elif new.is_directory:
            self._tell_directory(difference, old, new)
        else:
            self._tell_change(difference, old, new)

    def _tell_directory(self, difference: _Difference, old: Seen, new: Seen) -> None:
        """What comes and goes in it sets both of its times to one; a rename of its own sets one."""
        is_touched = old.ctime != new.ctime and (new.mtime == old.mtime or new.mtime != new.ctime)
        if is_touched or old.inode == _IN_DOUBT or old.permissions != new.permissions:
            self._records.append(Record(difference.wd, masks.ATTRIB | masks.ISDIR, 0, difference.name))
        if is_touched and difference.wd in self._restless:
            self._doubt(difference.path)  # it may have been away, and whoever looked for it has not found it

    def _tell_change(self, difference: _Difference, old: Seen, new: Seen) -> None:
        is_same = (old.inode, old.size, old.mtime) == (new.inode, new.size, new.mtime)
        explains = (old.permissions, old.links) != (new.permissions, new.links)
        if is_same and explains and not old.is_fresh:
            self._records.append(Record(difference.wd, masks.ATTRIB, 0, difference.name))
        elif not is_same or old.ctime != new.ctime or not new.is_fresh:
            # A time that was set back hides a write; so may one that was fresh, and is looked at again.
            self._tell_content(difference)

    def _is_new(self, difference: _Difference, old: Seen, new: Seen) -> bool:
        """Whether what has the name of something that was known is told as new.

        So is what was mounted there, but not what lies under a mount point that is free again.
        """
        if _is_another_mount(old, new):
            return new.device != self.folders.by_wd[difference.wd].device
        is_compared = difference.path in self.folders.by_path
        return old.inode == _NEW or (old.inode == _IN_DOUBT and not is_compared)

    def _tell_content(self, difference: _Difference) -> None:
        is_at_work = difference.new is not None and difference.new.is_fresh
        # Where both are told apart: nobody sees a file being closed, but one that rests is.
        bits = (masks.MODIFY,) if self.content & masks.MODIFY and is_at_work else _CONTENT
        for bit in bits:
            if self.content & bit:
                self._records.append(Record(difference.wd, bit, 0, difference.name))

    def _end(self, path: bytes, *, itself: int) -> None:
        """The directory at a path is not watched any more, nor is what lies in it."""
        for wd in self.folders.below(path):
            folder = self.folders.take(wd)
            if itself and folder is not None and folder.path == path:
                self._records.append(Record(wd, itself, 0, b""))
            self._records.append(Record(wd, masks.IGNORED, 0, b""))


_CONTENT: Final = (masks.MODIFY, masks.CLOSE_WRITE)

_NEW: Final = -1
_IN_DOUBT: Final = -2
"""Inodes that nothing has."""


def _new(seen: Seen) -> Seen:
    """One that differs from whatever is found of that kind, which then is told as new."""
    return seen._replace(inode=_NEW)


def _in_doubt(seen: Seen) -> Seen:
    """Likewise; a directory that is watched is compared anyway, and what is told of it is what it holds."""
    return seen if seen.inode == _NEW else seen._replace(inode=_IN_DOUBT)


def _split(path: bytes) -> tuple[bytes, bytes]:
    """The directory that one lies in, and its bare name."""
    cut = path.rfind(b"/", 0, -1) + 1
    return path[:cut], path[cut:-1]


def _alone(named: Iterable[tuple[Seen, _Difference]]) -> dict[object, tuple[Seen, _Difference]]:
    """By identity, those that no other has: of two names of one file either may be meant."""
    listed = tuple(named)
    counts = Counter(seen.identity for seen, _ in listed)
    return {seen.identity: (seen, one) for seen, one in listed if counts[seen.identity] == 1}


def _is_replaced(old: Seen | None, new: Seen | None) -> bool:
    """Whether a directory has left its place."""
    if old is None or not old.is_directory:
        return False
    return new is None or not new.is_directory or _is_another_mount(old, new)


def _is_moved(old: Seen, new: Seen) -> bool:
    """Whether both are the same; the number of a file that was deleted may have been used again."""
    return old.is_directory or (old.size, old.mtime) == (new.size, new.mtime)


def _is_another_mount(old: Seen, new: Seen) -> bool:
    return old.is_directory and new.is_directory and old.device != new.device
