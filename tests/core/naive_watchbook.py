"""The rules of the watch book over plain dictionaries of paths: the twin of `watchbook.WatchBook`."""

from __future__ import annotations

from attrs import define, field, frozen

from pylsyncd.core import masks
from pylsyncd.core.model import Content, EventType, Record
from pylsyncd.core.watchbook import Change, Overflowed

NAMED = {
    masks.CREATE: EventType.CREATE,
    masks.MODIFY: EventType.MODIFY,
    masks.CLOSE_WRITE: EventType.MODIFY,
    masks.ATTRIB: EventType.ATTRIB,
    masks.DELETE: EventType.DELETE,
}

Name = tuple[int, bytes]


def _slash(is_dir: object) -> bytes:
    return b"/" if is_dir else b""


CONTENTS = {masks.MODIFY: Content.WRITTEN, masks.CLOSE_WRITE: Content.CLOSED}


@frozen
class Landing:
    origin: Name | None
    place: Name
    cookie: int
    is_dir: bool


@define
class NaiveWatchBook:
    """Everything is found by looking through everything; a record has one event bit."""

    roots: tuple[bytes, ...]
    watched: dict[bytes, int] = field(factory=dict)
    claims: dict[bytes, int] = field(factory=dict)
    stamps: dict[bytes, int] = field(factory=dict)
    leaving: set[int] = field(factory=set)
    stale: list[int] = field(factory=list)
    pending: list[tuple[Record, float]] = field(factory=list)
    paired: list[Record] = field(factory=list)
    landing: Landing | None = None
    changes: list[Change | Overflowed] = field(factory=list)
    feeds: int = 0
    settled: int = 0

    def add(self, path: bytes, wd: int) -> bool:
        if self.watched.get(path) == wd:
            return True
        free = wd not in self.watched.values() and wd not in self.leaving
        parent = path[: path.rstrip(b"/").rindex(b"/") + 1]
        if path in self.watched or (path not in self.roots and parent not in self.watched):
            if free:
                self._give_up(wd)
            return False
        self.stamps[path] = self.feeds
        self.claims.pop(path, None)
        if free:
            self.watched[path] = wd
            return True
        self.claims = {at: claim for at, claim in self.claims.items() if claim != wd} | {path: wd}
        self._forget_stamps()
        return False

    def drop(self, path: bytes) -> None:
        for at in [at for at in self.watched if at.startswith(path)]:
            self._give_up(self.watched.pop(at))
        self.claims = {at: claim for at, claim in self.claims.items() if not at.startswith(path)}
        self._forget_stamps()

    def take_stale(self) -> tuple[int, ...]:
        taken, self.stale = self.stale, []
        return tuple(taken)

    @property
    def deadline(self) -> float | None:
        return self.pending[0][1] + 0.05 if self.pending else None

    def feed(self, records: list[Record], now: float) -> list[Change | Overflowed]:
        self.feeds += 1
        self.pending += [(record, now) for record in records]
        return self.expire(now)

    def expire(self, now: float) -> list[Change | Overflowed]:
        self.changes = []
        while self.pending:
            record, since = self.pending[0]
            half = record.mask & masks.MOVED_FROM and self._path(record.wd) and not self._partner(record)
            if half and now < since + 0.05:
                return self.changes
            self._read(self.pending.pop(0)[0])
        self.settled = self.feeds
        return self.changes

    def _partner(self, record: Record) -> Record | None:
        found = None
        for other, _ in self.pending:
            if other.mask & masks.MOVED_TO and other.cookie == record.cookie:
                found = other
        return None if found is None or any(found is other for other in self.paired) else found

    def _read(self, record: Record) -> None:
        if record.mask & masks.Q_OVERFLOW:
            self.changes.append(Overflowed())
            self.leaving.clear()
            self.claims.clear()
            self._forget_stamps()
        if record.mask & (masks.IGNORED | masks.UNMOUNT):
            self._end(record.wd)
        parent = self._path(record.wd)
        if parent is not None and record.name:
            self._read_named(record, parent + record.name + _slash(record.mask & masks.ISDIR))

    def _read_named(self, record: Record, path: bytes) -> None:
        here = (record.wd, record.name)
        is_new_or_gone = record.mask & (masks.CREATE | masks.DELETE)
        if is_new_or_gone and self.landing and here in (self.landing.origin, self.landing.place):
            self.landing = None
        for bit, etype in NAMED.items():
            if record.mask & bit:
                self._change(etype, path, CONTENTS.get(record.mask, Content.UNKNOWN))
        if record.mask & masks.MOVED_TO and not any(record is other for other in self.paired):
            self.drop(path.rstrip(b"/") + b"/")
            self.changes.append(Change(EventType.CREATE, path))
            self.landing = Landing(None, (record.wd, record.name), record.cookie, path.endswith(b"/"))
        if record.mask & masks.MOVED_FROM:
            self._depart(record, path)

    def _change(self, etype: EventType, path: bytes, content: Content) -> None:
        if path.endswith(b"/") and etype is EventType.CREATE and not self._doubtful(path):
            self.drop(path)
        self.changes.append(Change(etype, path, None, content))
        if path.endswith(b"/") and etype is EventType.DELETE:
            self.drop(path)

    def _depart(self, record: Record, path: bytes) -> None:
        is_dir = path.endswith(b"/")
        partner = self._partner(record)
        if partner:
            self.paired.append(partner)
        for at in sorted([*self.watched, *self.claims]):
            if is_dir and at.startswith(path) and self._doubtful(at):
                self.drop(at)
        target = self._path(partner.wd) if partner else None
        if target and is_dir and target.startswith(path):
            target = None
        here = (record.wd, record.name)
        if partner is None or target is None:
            self._leave(path, self._swap(here, None, record.cookie, is_dir=is_dir))
            return
        there = (partner.wd, partner.name)
        path2 = target + partner.name + _slash(partner.mask & masks.ISDIR)
        swap = self._swap(here, there, record.cookie, is_dir=is_dir)
        self.landing = Landing(here, there, partner.cookie, path2.endswith(b"/"))
        replaced = path2.rstrip(b"/") + b"/"
        if replaced in self.watched and not self._doubtful(replaced):
            self.changes.append(Change(EventType.DELETE, replaced))
        self._move(path, path2)
        if swap:
            self._finish(swap, path, path2)
        else:
            self.changes.append(Change(EventType.MOVE, path, path2))

    def _swap(self, here: Name, there: Name | None, cookie: int, *, is_dir: bool) -> Landing | None:
        last = self.landing
        if last is None or last.origin != there or last.place != here:
            return None
        return last if last.cookie < cookie <= last.cookie + 16 and (last.is_dir or is_dir) else None

    def _leave(self, path: bytes, swap: Landing | None) -> None:
        if path.endswith(b"/"):
            self.drop(path)
        self.changes.append(Change(EventType.DELETE, path))
        if swap:
            self.landing = None
            self.changes.append(Change(EventType.CREATE, path.rstrip(b"/") + _slash(swap.is_dir)))

    def _finish(self, swap: Landing, path: bytes, path2: bytes) -> None:
        if swap.is_dir:
            directory = path.rstrip(b"/") + b"/"
            self.drop(directory)
            if path == directory:
                self.drop(path2)
            self.changes += [Change(EventType.DELETE, path), Change(EventType.CREATE, directory)]
        self.changes.append(Change(EventType.CREATE, path2))

    def _move(self, path: bytes, path2: bytes) -> None:
        """Rename by string prefix; what moves is set aside first, for it may come from below `path2`."""
        moving = []
        for table in (self.watched, self.claims, self.stamps):
            inside = [at for at in table if path.endswith(b"/") and at.startswith(path)]
            moving.append({path2 + at[len(path) :]: table.pop(at) for at in inside})
        self.drop(path2.rstrip(b"/") + b"/")
        self.watched |= moving[0]
        self.claims |= moving[1]
        self.stamps |= moving[2]

    def _end(self, wd: int) -> None:
        self.leaving.discard(wd)
        holder = self._path(wd)
        if holder is not None:
            del self.watched[holder]
            self.drop(holder)
        for at, claim in list(self.claims.items()):
            if claim == wd:
                self.changes.append(Change(EventType.CREATE, at))
                del self.claims[at]
        self._forget_stamps()

    def _path(self, wd: int) -> bytes | None:
        return next((at for at, watch in self.watched.items() if watch == wd), None)

    def _doubtful(self, path: bytes) -> bool:
        return self.stamps.get(path, -99) > self.settled - 2

    def _give_up(self, wd: int) -> None:
        self.leaving.add(wd)
        self.stale.append(wd)

    def _forget_stamps(self) -> None:
        known = [*self.watched, *self.claims]
        self.stamps = {at: stamp for at, stamp in self.stamps.items() if any(k.startswith(at) for k in known)}
