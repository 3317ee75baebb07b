"""Which watch descriptor stands for which directory, and what the kernel's records mean by paths.

The kernel's records are read strictly in its order: each describes the tree as it was just after
all earlier ones. Scans, though, look at the tree *now*, while records of the past still wait to be
read. So what a scan says is doubtful until those records have been read, and whatever they
contradict is forgotten and looked at again. `docs/watching.md` tells the whole story.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from attrs import define, frozen

from pylsyncd.core import masks
from pylsyncd.core.holding import HeldRecords
from pylsyncd.core.model import Content, EventType, Record
from pylsyncd.core.pathtree import Node, PathTree, walk

_CONFIRMING_FEEDS: Final = 2
"""Feeds that have to be read to their end until a scan's word is beyond doubt: the first may have left
the kernel before the scan, the second brings the rest of what had happened by then."""

_SWAP_COOKIES: Final = 16
"""A swap's two halves have successive cookies (`vfs_rename` in the kernel), but for renames that
happen elsewhere between them."""

_CREATING: Final = masks.CREATE | masks.ISDIR
_DELETING: Final = masks.DELETE | masks.ISDIR
_ENDING: Final = masks.IGNORED | masks.UNMOUNT
_CHANGING: Final = (
    (masks.CREATE, EventType.CREATE),
    (masks.CLOSE_WRITE | masks.MODIFY, EventType.MODIFY),
    (masks.ATTRIB, EventType.ATTRIB),
    (masks.DELETE, EventType.DELETE),
)
"""The bits of events that concern one name, in the order in which they can have happened to it."""

_CONTENTS: Final = {masks.MODIFY: Content.WRITTEN, masks.CLOSE_WRITE: Content.CLOSED}
_PLAIN: Final = {
    bit: (etype, _CONTENTS.get(bit, Content.UNKNOWN))
    for bits, etype in _CHANGING
    for bit in (bits & -bits, bits & (bits - 1))
    if bit
}
"""The masks of single events of files, nearly all that comes in a burst, and what they become."""


@define(unsafe_hash=True)  # as `Record`
class Change:
    """Something happened to a path: Attrib, Modify, Create, Delete, or Move (with `path2`).

    Paths are absolute, a directory's ends with `/`. Every Create and Move of a directory calls for
    a scan of where it is now, and of the directories that this scan finds, and so on.
    """

    etype: EventType
    path: bytes
    path2: bytes | None = None
    content: Content = Content.UNKNOWN
    is_bare: bool = False
    """A directory that was made just now, and all that comes into it is told: no need to scan it."""


@frozen
class Overflowed:
    """The kernel has dropped records: every root is to be dropped from the book and scanned anew."""


@frozen
class _Landing:
    """The latest record by which a name was taken over by a rename, to recognise swaps."""

    origin: tuple[int, bytes] | None
    place: tuple[int, bytes]
    cookie: int
    is_dir: bool


class WatchBook:
    """The book of watches; `roots` are the absolute paths of all sources.

    The caller keeps two rules. What a scan found is added before any records that were read from
    the kernel after that scan are fed. And stale watches are removed before any scan that the same
    call asks for.
    """

    def __init__(self, roots: Iterable[bytes]) -> None:
        self._roots = frozenset(root.rstrip(b"/") for root in roots)
        self._tree = PathTree()
        self._holders: dict[int, Node] = {}
        self._claimants: dict[int, Node] = {}
        """Where a scan found a watch that the book held elsewhere."""
        self._claims: dict[Node, int] = {}
        """The same, the other way round."""
        self._doubtful: OrderedDict[Node, int] = OrderedDict()
        """Of which a scan told something new lately, oldest first, and the number of feeds before that."""
        self._leaving: set[int] = set()
        """Given up by the book, but their IN_IGNORED has not been read yet."""
        self._stale: list[int] = []
        self._departed: list[bytes] = []
        self._restless: list[tuple[bytes, float]] = []
        self._held = HeldRecords()
        self._landing: _Landing | None = None
        self._changes: list[Change | Overflowed] = []
        self._feeds = 0
        self._settled = 0
        """The number of feeds when all of them were last read to the end."""

    def __len__(self) -> int:
        return len(self._holders)

    def watches(self) -> Iterator[tuple[int, bytes]]:
        """All watches, by descriptor."""
        return ((wd, self._tree.path(self._holders[wd])) for wd in sorted(self._holders))

    def is_watched(self, path: bytes) -> bool:
        """Whether the directory at this absolute path is watched."""
        node = self._tree.find(path)
        return node is not None and node.wd is not None

    def path_of(self, wd: int) -> bytes | None:
        """Tell the absolute path, with a slash at its end, of the directory that `wd` watches."""
        node = self._holders.get(wd)
        return None if node is None else self._tree.path(node)

    def add(self, path: bytes, wd: int, *, is_whole: bool = False) -> bool:
        """Note what a scan found: `wd` watches the directory at `path`. False: not noted.

        It is not noted when it contradicts the book, which then lags behind the scan: the records
        still to come explain it, and lead to another scan. Then the directories that this scan
        listed are not to be scanned. `is_whole`: it needs no watch, since the monitor introduces
        each directory in which something happens (`masks.MEET`).
        """
        node, parent = self._tree.locate(path)
        if node is not None and node.wd == wd:
            return True
        if is_whole and path.rstrip(b"/") not in self._roots:
            return (node is None or node.wd is None) and wd not in self._holders
        is_free = wd not in self._holders and wd not in self._leaving
        if not self._may_watch(path, node, parent):
            if is_free:
                self._give_up(wd)  # nobody would ever ask the kernel to remove it
            return False
        node = node or self._tree.make(path)
        self._doubtful[node] = self._feeds
        self._doubtful.move_to_end(node)
        self._withdraw_claim(node)
        if not is_free:
            self._claim(wd, node)
            return False
        node.wd = wd
        self._holders[wd] = node
        return True

    def drop(self, path: bytes) -> None:
        """Forget the directory at `path` and all below it; their watches become stale."""
        node = self._tree.find(path)
        if node is not None:
            self._uproot(node)

    def keep(self, roots: Iterable[bytes], is_wanted: Callable[[bytes], bool]) -> None:
        """The sources are others now: the watches of directories that nobody wants become stale."""
        self._roots = frozenset(root.rstrip(b"/") for root in roots)
        for wd, node in sorted(self._holders.items()):
            if not is_wanted(self._tree.path(node)):
                del self._holders[wd]
                node.wd = None
                self._give_up(wd)
                self._tree.prune(node, self._claims)  # but not what is wanted below it

    def take_stale(self) -> tuple[int, ...]:
        """Watch descriptors to remove from the kernel, each once; it may know them no more."""
        stale = tuple(self._stale)
        self._stale.clear()
        return stale

    def take_departed(self) -> tuple[bytes, ...]:
        """The roots that are gone: removed, moved away or unmounted."""
        departed = tuple(self._departed)
        self._departed.clear()
        return departed

    def take_restless(self) -> tuple[tuple[bytes, float], ...]:
        """Directories in which names may have come and gone unseen, and for how many seconds."""
        restless = tuple(self._restless)
        self._restless.clear()
        return restless

    @property
    def deadline(self) -> float | None:
        """When `expire` is to be called, since half a move waits for its partner until then."""
        return self._held.deadline

    def feed(
        self, records: Sequence[Record], now: float, *, is_part: bool = False
    ) -> list[Change | Overflowed]:
        """Read what one drain of the kernel's queue gave, nothing included.

        Of what comes in parts, only the last one is the end of a feed.
        """
        self._feeds += not is_part
        self._read(self._held.take(records, now))
        return self.expire(now)

    def expire(self, now: float) -> list[Change | Overflowed]:
        """Read on as far as no half of a move has to be held."""
        self._read(self._held.release(now, self._holders.get))
        if self._held.deadline is None:
            self._settled = self._feeds
            self._confirm()
        changes, self._changes = self._changes, []
        return changes

    def _confirm(self) -> None:
        """What enough feeds have not contradicted is beyond doubt."""
        while self._doubtful:
            node, stamp = next(iter(self._doubtful.items()))
            if stamp > self._settled - _CONFIRMING_FEEDS:
                break
            del self._doubtful[node]

    def _read(self, records: Iterable[Record]) -> None:
        find_holder, path_of = self._holders.get, self._tree.path
        for record in records:
            plain = _PLAIN.get(record.mask)
            if plain is None:
                (self._meet if record.mask == masks.MEET else self._read_closely)(record)
                continue
            node = find_holder(record.wd)
            if node is not None and record.name:
                if self._landing is not None:
                    self._forget_landing_at(record)
                etype, content = plain
                self._changes.append(Change(etype, path_of(node) + record.name, None, content))

    def _read_closely(self, record: Record) -> None:
        mask = record.mask
        arrives = bool(mask & masks.MOVED_TO) and self._held.fetch(record.cookie) is not None
        if mask & masks.Q_OVERFLOW:
            self._overflow()
        if mask & (_ENDING | masks.MOVE_SELF):
            self._note_departure(record.wd)
        if mask & _ENDING:
            self._end(record.wd)
        node = self._holders.get(record.wd)
        if node is None:
            return
        if not record.name:
            self._read_nameless(record, self._tree.path(node))
            return
        if arrives:
            self._arrive(record, node)
        self._change(record, node)
        if mask & masks.MOVED_FROM:
            self._depart(record, node)

    def _read_nameless(self, record: Record, path: bytes) -> None:
        if record.mask == masks.RESTLESS:
            self._restless.append((path, record.cookie / 1000))
        elif record.mask == masks.OWN_ATTRIB and path.rstrip(b"/") not in self._roots:
            self._report(EventType.ATTRIB, path)

    def _meet(self, record: Record) -> None:
        """Take the monitor's word: unlike a scan's it is of the time of the records around it."""
        base = self._holders.get(record.cookie)
        if base is None:
            self._give_up(record.wd)  # nobody would ever ask for its removal
            return
        node = self._tree.make(self._tree.path(base) + record.name)
        if node.wd is not None and node.wd != record.wd:  # it is introduced once more
            del self._holders[node.wd]
            self._give_up(node.wd)
        node.wd = record.wd
        self._holders[record.wd] = node

    def _change(self, record: Record, node: Node) -> None:
        self._forget_landing_at(record)
        if record.mask & _CREATING == _CREATING:
            child = node.children.get(record.name)
            if child is not None and child not in self._doubtful:
                self._uproot(child)  # its end was lost; a doubtful one is the new directory or a later one
        for bits, etype in _CHANGING:
            if record.mask & bits:
                is_bare = bool(record.mask & masks.BARE) and etype is EventType.CREATE
                self._changes.append(Change(etype, self._path(record, node), is_bare=is_bare))
        if record.mask & _DELETING == _DELETING:
            self._uproot_child(node, record.name)

    def _arrive(self, record: Record, node: Node) -> None:
        """Take a second half without its first: what moved came from where nothing is watched."""
        self._uproot_child(node, record.name)
        self._report(EventType.CREATE, self._path(record, node))
        self._landing = _Landing(None, (record.wd, record.name), record.cookie, _is_dir(record))

    def _depart(self, record: Record, node: Node) -> None:
        path = self._path(record, node)
        arrival = self._held.fetch(record.cookie)
        child = node.children.get(record.name) if _is_dir(record) else None
        if child is not None:
            child = self._without_doubt(child)
        target = None if arrival is None else self._holders.get(arrival.wd)
        if target is not None and child is not None and target.lies_in(child):
            target = None  # no tree does that: the book is wrong here, and forgets what it knows
        if arrival is None or target is None:
            self._leave(record, path, child)
        else:
            self._move(record, path, child, arrival, target)

    def _leave(self, record: Record, path: bytes, child: Node | None) -> None:
        """Take a first half without its second: what moved went where nothing is watched."""
        if child is not None:
            self._uproot(child)
        self._report(EventType.DELETE, path)
        landing = self._swap_begun(record, None)
        if landing is not None:
            self._landing = None
            self._report(EventType.CREATE, _spelt(path, is_dir=landing.is_dir))

    def _move(self, record: Record, path: bytes, child: Node | None, arrival: Record, target: Node) -> None:
        path2 = self._path(arrival, target)
        landing = self._swap_begun(record, arrival)
        # Even the way back of what looks like a swap may be the first half of a real one.
        place = (arrival.wd, arrival.name)
        self._landing = _Landing((record.wd, record.name), place, arrival.cookie, _is_dir(arrival))
        if child is not None:
            self._tree.detach(child)
        self._replace_child(target, arrival.name)
        if child is not None:
            self._tree.attach(child, target, arrival.name)
        if landing is not None:
            self._finish_swap(landing, path, path2)
            return
        self._report(EventType.MOVE, path, path2)

    def _swap_begun(self, record: Record, arrival: Record | None) -> _Landing | None:
        """Give the move before, if this one goes the same way back: RENAME_EXCHANGE swapped two names.

        A move there and back at once looks the same unless a file and a directory are swapped, so
        both are treated alike. Two files are not looked at: the book holds none.
        """
        landing = self._landing
        origin = None if arrival is None else (arrival.wd, arrival.name)
        if landing is None or (landing.place, landing.origin) != ((record.wd, record.name), origin):
            return None
        is_near = 0 < record.cookie - landing.cookie <= _SWAP_COOKIES
        return landing if is_near and (landing.is_dir or _is_dir(record)) else None

    def _forget_landing_at(self, record: Record) -> None:
        """A name that is created or deleted again is no part of a swap: the kernel locks both meanwhile."""
        landing = self._landing
        if landing is None or not record.mask & (masks.CREATE | masks.DELETE):
            return
        if (record.wd, record.name) in (landing.origin, landing.place):
            self._landing = None

    def _finish_swap(self, landing: _Landing, path: bytes, path2: bytes) -> None:
        """After `path2` moved to `path`, what was at `path` before turns up at `path2`.

        The end of a file whose place a directory has taken is told, too: the directory may go again
        before anybody looks, and its Create and Delete say nothing of a file.
        """
        if landing.is_dir:
            place = path if path.endswith(b"/") else path + b"/"
            self.drop(place)
            if place == path:
                self.drop(path2)
            self._report(EventType.DELETE, path)
            self._report(EventType.CREATE, place)
        self._report(EventType.CREATE, path2)

    def _note_departure(self, wd: int) -> None:
        """A root is not where it was; of any other directory its parent tells where it has gone."""
        node = self._holders.get(wd)
        if node is None:
            return
        path = self._tree.path(node)
        if path.rstrip(b"/") in self._roots:
            self._departed.append(path)

    def _end(self, wd: int) -> None:
        """Take note that the kernel has removed a watch; who claims it has been without one so far."""
        self._leaving.discard(wd)
        holder = self._holders.pop(wd, None)
        if holder is not None:
            holder.wd = None
            self._uproot(holder)  # what moves out of it now is in no record
        claimant = self._claimants.get(wd)
        if claimant is not None:
            self._report(EventType.CREATE, self._tree.path(claimant))
            self._withdraw_claim(claimant)
            self._tree.prune(claimant, self._claims)

    def _overflow(self) -> None:
        self._changes.append(Overflowed())
        self._leaving.clear()  # their IN_IGNORED may be among the records lost
        for claimant in tuple(self._claimants.values()):
            self._withdraw_claim(claimant)
            self._tree.prune(claimant, self._claims)

    def _may_watch(self, path: bytes, node: Node | None, parent: Node | None) -> bool:
        """Whether the book has room for a watch at `path`: its parent is watched, itself is not."""
        if node is not None and node.wd is not None:
            return False
        is_below = parent is not None and parent.wd is not None
        return is_below or path.rstrip(b"/") in self._roots

    def _claim(self, wd: int, node: Node) -> None:
        """Scan `node` again when `wd`, which was found there, has gone from where the book holds it.

        Needed for what was moved into a directory before that was watched: its arrival there is in
        no record.
        """
        former = self._claimants.get(wd)
        self._claimants[wd] = node
        self._claims[node] = wd
        if former is not None:
            del self._claims[former]
            self._tree.prune(former, self._claims)

    def _withdraw_claim(self, node: Node) -> None:
        wd = self._claims.pop(node, None)
        if wd is not None:
            del self._claimants[wd]

    def _without_doubt(self, top: Node) -> Node | None:
        """Forget what is doubtful at and below `top`; what is left of `top`.

        A scan may have found it before the record at hand or after: it may or may not move along.
        """
        waiting = [top] if self._doubtful else []
        while waiting:
            node = waiting.pop()
            if node in self._doubtful:
                self._uproot(node)
            else:
                waiting.extend(node.children.values())
        return None if top.parent is None else top

    def _replace_child(self, node: Node, name: bytes) -> None:
        """A rename takes the place of a directory, which is empty unless the two are swapped.

        Its end is told, since mv on a target would move into what is there.
        """
        child = node.children.get(name)
        if child is not None and child.wd is not None and child not in self._doubtful:
            self._report(EventType.DELETE, self._tree.path(child))
        self._uproot_child(node, name)

    def _uproot_child(self, node: Node, name: bytes) -> None:
        child = node.children.get(name)
        if child is not None:
            self._uproot(child)

    def _uproot(self, top: Node) -> None:
        parent = top.parent
        self._tree.detach(top)
        for node in walk(top):
            self._withdraw_claim(node)
            if node.wd is not None:
                del self._holders[node.wd]
                self._give_up(node.wd)
                node.wd = None
            self._doubtful.pop(node, None)
            node.be_alone()
        if parent is not None:
            self._tree.prune(parent, self._claims)

    def _give_up(self, wd: int) -> None:
        self._leaving.add(wd)
        self._stale.append(wd)

    def _path(self, record: Record, node: Node) -> bytes:
        return _spelt(self._tree.path(node) + record.name, is_dir=_is_dir(record))

    def _report(self, etype: EventType, path: bytes, path2: bytes | None = None) -> None:
        self._changes.append(Change(etype, path, path2))


def _is_dir(record: Record) -> bool:
    return bool(record.mask & masks.ISDIR)


def _spelt(path: bytes, *, is_dir: bool) -> bytes:
    return path.rstrip(b"/") + b"/" if is_dir else path.rstrip(b"/")
