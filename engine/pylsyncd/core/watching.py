"""Which directories are watched: sweeps at start, explores what is created, routes changes to syncs."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from attrs import define, frozen

from pylsyncd.core.delays import Absorbed, Held, Outcome, SplitUp
from pylsyncd.core.effects import Effect, RemoveWatches, Scan
from pylsyncd.core.model import Content, EventType, Listed, Looked, Record, ScanFailed, ScanResult
from pylsyncd.core.rescans import Rescans
from pylsyncd.core.sync import Sync
from pylsyncd.core.watchbook import Change, Overflowed, WatchBook

_SWEEP_BATCH: Final = 256
"""Directories in one `Scan`: large enough to cost little, small enough not to hold up the loop."""

_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""Whatever was there has left again; the records to come tell the rest."""


@define
class Sweep:
    """Watches a tree breadth first, without telling anybody what is in it."""

    pending: list[bytes]
    sources: tuple[bytes, ...] = ()
    """Those that are looked through as a whole."""


@frozen
class Check:
    """Sees whether a source still is the directory that is watched."""

    source: bytes


@define
class Frame:
    """A directory being explored: what is left of its listing, last name first, and for whom."""

    path: bytes
    entries: list[tuple[bytes, bool]]
    syncs: Sequence[Sync]


@define
class Exploration:
    """Walks a new directory depth first, since Lsyncd's rules come in that order (spec 3.1)."""

    frames: list[Frame]
    syncs: Sequence[Sync]
    """For whom the directory that is being scanned right now is explored."""
    is_thorough: bool
    """Look also into directories whose Create was absorbed: a moved tree brings its own content."""


class Observer(Protocol):
    """What `Watching` tells its owner."""

    def changed(self, sync: Sync, change: Change) -> list[Outcome]:
        """Queue a change for a sync; returns what became of it."""

    def file_changed(self, change: Change) -> None:
        """Queue a change of one file for all syncs that it concerns."""

    def overflowed(self) -> bool:
        """Records were lost; says whether the tree is watched anew at once."""

    def left(self, path: bytes) -> None:
        """A directory has gone from where it was, and all that was in it."""

    def restless(self, path: bytes, seconds: float) -> None:
        """Names may have come and gone in a directory, in so many seconds, that nobody has told of."""

    def watched(self, sources: tuple[bytes, ...]) -> None:
        """The watches in these sources have been set, as far as that was possible."""

    def scan_failed(self, failure: ScanFailed) -> bool:
        """A directory that is there could not be watched; says whether to go on without its watch."""


class Watching:
    """Holds the watch book and all unfinished scans; effects go out through `emit`."""

    def __init__(self, syncs: Sequence[Sync], emit: Callable[[Effect], None], observer: Observer) -> None:
        self._syncs = syncs
        self._emit = emit
        self._observer = observer
        self.book = self._new_book()
        self._tickets: dict[int, Sweep | Exploration | Check] = {}
        self._last_ticket = 0
        self._orphans: set[int] = set()
        self.rescans = Rescans(self, emit)

    @property
    def is_sweeping(self) -> bool:
        """Whether directories found by a sweep are not all watched, or at least looked at, yet."""
        return any(isinstance(survey, Sweep) for survey in self._tickets.values()) or self.rescans.has_news

    @property
    def next_wakeup(self) -> float:
        """When `on_time` has something to do; infinity: not before something happens."""
        deadline = math.inf if self.book.deadline is None else self.book.deadline
        return min(deadline, self.rescans.next_wakeup)

    @property
    def is_exploring(self) -> bool:
        """Whether changes are still to be told: of new directories, or held back for half a move."""
        is_held = self.book.deadline is not None
        return is_held or any(isinstance(survey, Exploration) for survey in self._tickets.values())

    def start(self) -> None:
        """Watch the sources of all syncs, but for those that are away."""
        self._sweep(*sorted({sync.config.source for sync in self._syncs if not sync.is_away}))

    def watch_source(self, source: bytes) -> None:
        """Watch a source that has been away."""
        self._sweep(source)

    def look_for_more(self, sync: Sync) -> None:
        """Watch also what its filter has hidden so far; what it no longer wants loses its watch."""
        if not sync.is_away and not sync.config.as_lsyncd:
            self.sweep_below([sync.config.source])

    def check_source(self, source: bytes) -> None:
        """See whether a source is gone although no record has told.

        The kernel tells when the last one lets go of a removed directory, and of a parent's new name only
        those who watch that one.
        """
        check = Check(source)
        if self.book.is_watched(source) and check not in self._tickets.values():
            ticket = self._new_ticket()
            self._tickets[ticket] = check
            self._emit(Scan(ticket, (source,), files=False))

    def forget(self, path: bytes) -> None:
        """A directory is not there any more."""
        self.book.drop(path)
        self.rescans.forget(path)
        self._remove_stale()

    def start_over(self) -> None:
        """Records were lost, so the book is not to be trusted: build it anew from the tree."""
        self._orphans |= {wd for wd, _ in self.book.watches()}
        self.book = self._new_book()
        self._tickets.clear()
        self.rescans.clear()
        self.start()

    def replace(self, syncs: Sequence[Sync], heirs: Mapping[Sync, Sequence[Sync]]) -> None:
        """Work for other syncs, without a gap; `heirs` take the place of one that is not there any more.

        The book stays, so that nothing goes unnoticed meanwhile. What the new ones want beyond it is watched.
        """
        self._syncs = syncs
        self.book.keep((sync.config.source for sync in syncs), self.is_wanted)
        self.rescans.forget_unwanted()
        self._remove_stale()
        for survey in self._tickets.values():
            if isinstance(survey, Exploration):
                survey.syncs = _inherited(survey.syncs, heirs)
                for frame in survey.frames:
                    frame.syncs = _inherited(frame.syncs, heirs)
        self._sweep(*sorted({sync.config.source for sync in syncs if sync.is_unwatched and not sync.is_away}))

    def _new_book(self) -> WatchBook:
        return WatchBook(sync.config.source for sync in self._syncs)

    def on_records(self, records: Sequence[Record], now: float, *, is_part: bool) -> None:
        """Interpret what the kernel told."""
        self._tell(self.book.feed(records, now, is_part=is_part))

    def look_into(self, sync: Sync, path: bytes) -> None:
        """Tell a sync again what a directory holds: it is to be brought over after all."""
        if path.endswith(b"/"):
            self._explore(path, (sync,), is_thorough=True)

    def on_time(self, now: float) -> None:
        """Release a half of a move whose other half did not come."""
        deadline = self.book.deadline
        if deadline is not None and deadline <= now:
            self._tell(self.book.expire(now))
        self.rescans.advance(now)

    def on_scanned(self, ticket: int, results: Iterable[ScanResult]) -> None:
        """Go on with the survey that asked for this scan."""
        match self._tickets.get(ticket):
            case Sweep() as sweep:
                self._swept(ticket, sweep, results)
            case Exploration() as exploration:
                self._explored(ticket, exploration, results)
            case Check():
                self._checked(ticket, results)
            case None:
                # Given up by `start_over`: what it watched is watched again, or an orphan.
                self._orphans |= {one.wd for one in results if isinstance(one, Listed)}
        self._remove_stale()

    def on_looked(self, ticket: int, results: tuple[Looked, ...], limit: int | None) -> None:
        """What is in directories that are not watched."""
        self.rescans.looked(ticket, results, limit)
        self._remove_stale()

    def _checked(self, ticket: int, results: Iterable[ScanResult]) -> None:
        """To watch a directory again gives the descriptor that it has, another one is of another one."""
        del self._tickets[ticket]
        for result in results:
            match result:
                case ScanFailed(path, number) if number in _GONE:
                    self._observer.left(path)
                case Listed(path, wd) if self.book.path_of(wd) != path:
                    self.disown({wd})
                    self._observer.left(path)
                case _:  # it is there
                    continue

    # -- changes ---------------------------------------------------------------------------------

    def _tell(self, changes: Iterable[Change | Overflowed]) -> None:
        self._remove_stale()  # before any scan: it would find the old watch still there
        tell = self.tell
        for change in changes:
            if isinstance(change, Change):
                tell(change)
            elif self._observer.overflowed():
                break  # what comes after it in this batch is seen by the new sweep
        for path, seconds in self.book.take_restless():
            self._observer.restless(path, seconds)
        for source in self.book.take_departed():
            self._observer.left(source)

    def tell(self, change: Change) -> None:
        """Tell the syncs of a change, and see to what it means for the watches."""
        if change.path2 is None and not change.path.endswith(b"/"):
            self._observer.file_changed(change)
            return
        is_move = change.etype is EventType.MOVE
        if change.path.endswith(b"/") and change.etype in _DEPARTURES:
            self.rescans.forget(change.path)
            self._observer.left(change.path)
        place = change.path2 if change.path2 is not None else change.path
        # What the book does not know may hold anything, even where its Create is absorbed.
        is_unknown = is_move or not self.book.is_watched(place)
        curious = [
            sync
            for sync in self._syncs
            if _creates(self._observer.changed(sync, change), place, is_thorough=is_unknown)
        ]
        if not place.endswith(b"/"):
            return
        if change.etype is EventType.ATTRIB and place in self.rescans:
            self.rescans.try_now(place)
        if change.etype in _ARRIVALS:
            self._look_around(change, place, curious)

    def _look_around(self, change: Change, place: bytes, curious: Sequence[Sync]) -> None:
        """See to a directory that has come: watch it, and find what it contains."""
        is_move = change.etype is EventType.MOVE
        if not self.is_wanted(place):
            self.book.drop(place)
            self._remove_stale()
        elif change.is_bare:
            return
        elif (number := self.rescans.errno_above(place)) and not self._is_source(place):
            self.rescans.add(place, number, is_told=True)
        elif not self.book.is_watched(place):
            # For a moved tree: its watches are gone, so what changed in it since would go unseen.
            self._explore(place, self._syncs if is_move else curious, is_thorough=is_move)
        elif curious:
            self._explore(place, curious, is_thorough=is_move)
        elif is_move:
            # The scan may have been ahead of the records: make sure that all of it is watched.
            self.sweep_below([place])

    def is_wanted(self, path: bytes) -> bool:
        """Whether any sync wants to know what happens in it."""
        return any(sync.wants_watch(path) for sync in self._syncs)

    # -- sweeps ----------------------------------------------------------------------------------

    def _sweep(self, *sources: bytes) -> None:
        self._begin(Sweep(list(sources), sources))

    def sweep_below(self, paths: list[bytes]) -> None:
        """Watch directories, and all below them, without telling anybody."""
        self._begin(Sweep(paths))

    def _begin(self, sweep: Sweep) -> None:
        ticket = self._new_ticket()
        self._tickets[ticket] = sweep
        self._sweep_on(ticket, sweep)

    def _sweep_on(self, ticket: int, sweep: Sweep) -> None:
        if not sweep.pending:
            del self._tickets[ticket]
            self._forget_orphans()
            self._observer.watched(sweep.sources)
            return
        batch = tuple(sweep.pending[-_SWEEP_BATCH:])
        del sweep.pending[-_SWEEP_BATCH:]
        self._emit(Scan(ticket, batch, files=False))

    def _swept(self, ticket: int, sweep: Sweep, results: Iterable[ScanResult]) -> None:
        for result in results:
            listed = self._accept(result, is_told=False)
            if listed is not None:
                sweep.pending += self._wanted_below(listed)
        self._remove_stale()
        self._sweep_on(ticket, sweep)

    # -- explorations ----------------------------------------------------------------------------

    def _explore(self, path: bytes, syncs: Sequence[Sync], *, is_thorough: bool) -> None:
        ticket = self._new_ticket()
        self._tickets[ticket] = Exploration([], syncs, is_thorough)
        self._emit(Scan(ticket, (path,), files=True))

    def _explored(self, ticket: int, survey: Exploration, results: Iterable[ScanResult]) -> None:
        for result in results:
            listed = self._accept(result, is_told=True)
            if listed is not None:
                self._wanted_below(listed)
                survey.frames.append(Frame(listed.path, _last_first(listed), survey.syncs))
        self._remove_stale()
        while survey.frames:
            frame = survey.frames[-1]
            if not frame.entries:
                survey.frames.pop()
                continue
            name, is_directory = frame.entries.pop()
            if self._found(survey, frame, frame.path + name + b"/" * is_directory):
                self._emit(Scan(ticket, (frame.path + name + b"/",), files=True))
                return
        del self._tickets[ticket]

    def _found(self, survey: Exploration, frame: Frame, path: bytes) -> bool:
        """Tell the syncs of something found; whether it is a directory to look into."""
        content = Content.MOVED if survey.is_thorough else Content.UNKNOWN
        change = Change(EventType.CREATE, path, None, content)
        survey.syncs = [
            sync
            for sync in frame.syncs
            if _creates(self._observer.changed(sync, change), path, is_thorough=survey.is_thorough)
        ]
        if not path.endswith(b"/") or not self.is_wanted(path):
            return False
        return bool(survey.syncs) or survey.is_thorough or not self.book.is_watched(path)

    # -- common to both --------------------------------------------------------------------------

    def _wanted_below(self, listed: Listed) -> list[bytes]:
        """The directories to watch below one that was scanned; the book forgets the others.

        A directory may have moved along with its parent to where a filter hides it.
        """
        below = [b"%s%s/" % (listed.path, name) for name in listed.directories]
        if not below or any(sync.wants_all_in(listed.path) for sync in self._syncs):
            return below
        wanted = []
        for path in below:
            if self.is_wanted(path):
                wanted.append(path)
            else:
                self.book.drop(path)
        return wanted

    def _accept(self, result: ScanResult, *, is_told: bool) -> Listed | None:
        match result:
            case ScanFailed(path, number):
                is_there = number not in _GONE or self._is_source(path)
                if is_there and self._observer.scan_failed(result):
                    self.rescans.add(path, number, is_told=is_told)
                return None
            case Listed(path, wd):
                self._orphans.discard(wd)
                # Refused: the scan is ahead of the records, and those to come lead to another one.
                return result if self.book.add(path, wd, is_whole=result.is_whole) else None

    # -- what cannot be watched (rescans.Tree) ---------------------------------------------------

    @property
    def is_surveying(self) -> bool:
        """Whether scans are under way."""
        return bool(self._tickets)

    def may_watch(self, path: bytes) -> bool:
        """Whether its watch can be told from others: its parent is watched, or it is a source."""
        parent = path[: path.rfind(b"/", 0, -1) + 1]
        return self.book.is_watched(parent) or self._is_source(path)

    def accept_watch(self, path: bytes, wd: int) -> bool:
        """It is watched now; False: the records to come contradict that."""
        self._orphans.discard(wd)
        is_accepted = self.book.add(path, wd, is_whole=not wd)
        self._remove_stale()
        return is_accepted

    def disown(self, wds: set[int]) -> None:
        """Nobody waits for these watches any more."""
        self._orphans |= {wd for wd in wds if self.book.path_of(wd) is None}

    def lost(self, path: bytes) -> None:
        """A source that is not watched is gone; of any other directory its parent tells."""
        self._observer.left(path)

    def count_watches(self) -> int:
        """How many directories are watched."""
        return len(self.book)

    def _is_source(self, path: bytes) -> bool:
        return any(path == sync.config.source for sync in self._syncs)

    def _new_ticket(self) -> int:
        self._last_ticket += 1
        return self._last_ticket

    def _forget_orphans(self) -> None:
        """Watches from before an overflow whose directories are in no source any more."""
        if self._orphans and not self.is_sweeping:
            self._emit(RemoveWatches(tuple(sorted(self._orphans))))
            self._orphans.clear()

    def _remove_stale(self) -> None:
        stale = self.book.take_stale()
        if stale:
            self._emit(RemoveWatches(stale))


_ARRIVALS: Final = frozenset({EventType.CREATE, EventType.MOVE})
_DEPARTURES: Final = frozenset({EventType.DELETE, EventType.MOVE})


def _inherited(syncs: Sequence[Sync], heirs: Mapping[Sync, Sequence[Sync]]) -> list[Sync]:
    return [heir for sync in syncs for heir in heirs.get(sync, ())]


def _last_first(listed: Listed) -> list[tuple[bytes, bool]]:
    entries = [(name, False) for name in listed.files]
    entries += [(name, True) for name in listed.directories]
    if listed.walk:
        rank = {name: number for number, name in enumerate(listed.walk)}
        return sorted(entries, key=lambda entry: rank[entry[0]], reverse=True)
    return sorted(entries, reverse=True)


def _creates(outcomes: list[Outcome], path: bytes, *, is_thorough: bool) -> bool:
    """Whether a directory's Create was queued, so that what it contains is to be found too."""
    if not path.endswith(b"/"):
        return False
    for outcome in outcomes:
        if isinstance(outcome, Absorbed):
            if is_thorough and outcome.etype is EventType.CREATE:
                return True
        elif not isinstance(outcome, SplitUp | Held) and outcome.delay.etype is EventType.CREATE:
            return True
    return False
