"""Directories that cannot be watched: they are looked through every now and then (spec 6.2).

Each pass looks at all of them, parents first, a few at a time, and tries to watch them again. What has
changed since the last look is told as if the kernel had told it.
"""

from __future__ import annotations

import errno
import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, Protocol

from attrs import define

from pylsyncd.core.effects import Effect, Log, Look
from pylsyncd.core.listing import Listing, compare
from pylsyncd.core.model import Looked
from pylsyncd.core.report import UnwatchedReport
from pylsyncd.core.watchbook import Change

_BATCH: Final = 64
"""Directories in one `Look`: each of their entries costs a system call."""

_NAMED: Final = 10
"""Directories that the log names one by one; all are in the status."""

_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


@define
class Blind:
    """A directory that is not watched, and what it held at the last look."""

    errno: int
    is_told: bool
    """Whether what is found at the first look is told; a start-up brings it over otherwise."""
    entries: Listing | None = None


class Tree(Protocol):
    """What is watched, for those who look at what is not."""

    @property
    def is_surveying(self) -> bool:
        """Whether more directories may be found that cannot be watched."""

    def may_watch(self, path: bytes) -> bool:
        """Whether its watch can be told from others: its parent is watched, or it is a source."""

    def is_wanted(self, path: bytes) -> bool:
        """Whether any sync wants to know what happens in it."""

    def accept_watch(self, path: bytes, wd: int) -> bool:
        """It is watched now; False: the records to come contradict that."""

    def disown(self, wds: set[int]) -> None:
        """Nobody waits for these watches any more."""

    def sweep_below(self, paths: list[bytes]) -> None:
        """Watch directories whose content the start-up brings over."""

    def tell(self, change: Change) -> None:
        """Something has happened."""

    def lost(self, path: bytes) -> None:
        """It is not there any more."""

    def count_watches(self) -> int:
        """How many directories are watched."""


class Rescans:
    """All directories without a watch, by path."""

    def __init__(self, tree: Tree, emit: Callable[[Effect], None]) -> None:
        self._tree = tree
        self._emit = emit
        self.interval = 60.0
        self._blind: dict[bytes, Blind] = {}
        self._order: list[bytes] = []
        """Their paths, so that what lies in one stands together."""
        self._news: set[bytes] = set()
        """Those that have not been looked at yet."""
        self._pending: deque[bytes] = deque()
        self._under_way: tuple[bytes, ...] = ()
        self._next_pass = math.inf
        self._last_ticket = 0
        self._is_full = False
        """No watch was to be had in this pass: it makes no sense to ask for more."""
        self._limit: int | None = None
        self._named = 0
        self._is_shortage_told = False

    def __contains__(self, path: bytes) -> bool:
        return path in self._blind

    @property
    def next_wakeup(self) -> float:
        """When `advance` has something to do."""
        return self._next_pass

    @property
    def is_looking(self) -> bool:
        """Whether some have still to be looked at in this pass."""
        return bool(self._pending or self._under_way)

    @property
    def has_news(self) -> bool:
        """Whether some have not been looked at even once."""
        return bool(self._news)

    def errno_above(self, path: bytes) -> int:
        """Why the directory that one lies in is not watched; 0: it is no matter of ours."""
        parent = self._blind.get(path[: path.rfind(b"/", 0, -1) + 1])
        return 0 if parent is None else parent.errno

    def add(self, path: bytes, number: int, *, is_told: bool) -> None:
        """It could not be watched, for this errno."""
        if path not in self._blind:
            self._blind[path] = Blind(number, is_told)
            self._news.add(path)
            insort(self._order, path)
            self._pending.append(path)
            self._say_why(path, number)
            self._go_on()

    def forget(self, path: bytes) -> None:
        """It has gone, and all that lay in it."""
        for below in list(self._below(path)):
            self._drop(below)

    def forget_unwanted(self) -> None:
        """The syncs are others now, and may want less."""
        for path in [one for one in self._order if not self._tree.is_wanted(one)]:
            self._drop(path)

    def clear(self) -> None:
        """The whole tree is watched anew; what was asked for is of no use any more."""
        self._blind.clear()
        self._order.clear()
        self._news.clear()
        self._named, self._is_shortage_told = 0, False
        self._pending.clear()
        self._under_way = ()

    def try_now(self, path: bytes) -> None:
        """It has changed in itself: it may be possible to watch it now."""
        self._is_full = False
        self._pending.appendleft(path)
        self._go_on()

    def advance(self, now: float) -> None:
        """Begin a pass when it is due, and plan the next one."""
        if self.is_looking or self._tree.is_surveying:
            return
        self._say_what_is_needed()
        if not self._blind:
            self._next_pass = math.inf
            self._say_all_is_well()
        elif self._next_pass == math.inf:
            self._next_pass = now + self.interval
        elif now >= self._next_pass:
            self._next_pass = math.inf
            self._is_full = False
            self._pending.extend(self._blind)  # in the order of discovery, parents first
            self._go_on()

    def looked(self, ticket: int, results: tuple[Looked, ...], limit: int | None) -> None:
        """The answer to a `Look`; `limit` is how many watches the kernel grants."""
        if ticket != self._last_ticket or not self._under_way:
            self._tree.disown({result.wd for result in results if result.wd is not None})
            return
        for result in results:
            if result.path in self._blind:
                self._take(result, self._blind[result.path])
            elif result.wd is not None:
                self._tree.disown({result.wd})
        self._under_way = ()
        self._limit = limit
        self._go_on()

    def report(self, source: bytes, most: int) -> UnwatchedReport:
        """How many directories below a source, and the first so many of them."""
        found = islice(self._below(source), most)
        named = tuple((path, _name(self._blind[path].errno).decode()) for path in found)
        return UnwatchedReport(self._count_below(source), named)

    # -- a pass ----------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Ask for the next few; all of them are to be watched, or none is."""
        if self._under_way:
            return
        batch: list[bytes] = []
        is_watching = False
        while self._pending and len(batch) < _BATCH:
            path = self._pending[0]
            is_possible = not self._is_full and self._tree.may_watch(path)
            if batch and is_possible != is_watching:
                break
            is_watching = is_possible
            self._pending.popleft()
            if path in self._blind:
                batch.append(path)
        if batch:
            self._last_ticket += 1
            self._under_way = tuple(batch)
            self._emit(Look(self._last_ticket, self._under_way, watch=is_watching))

    def _take(self, result: Looked, blind: Blind) -> None:
        self._is_full |= result.errno == errno.ENOSPC
        blind.errno = result.errno or blind.errno
        self._news.discard(result.path)
        if result.errno in _GONE:
            self.forget(result.path)
            self._tree.lost(result.path)
        elif result.entries is None:
            blind.is_told |= blind.entries is None
        else:
            self._compare(result, blind, {entry.name: entry for entry in result.entries})

    def _compare(self, result: Looked, blind: Blind, entries: Listing) -> None:
        before, blind.entries = blind.entries, entries
        is_watched = result.wd is not None and self._tree.accept_watch(result.path, result.wd)
        if is_watched:
            self._drop(result.path)
        if before is None and not blind.is_told:
            self._look_below(result.path, entries, blind.errno, is_watched=is_watched)
        else:
            for change in compare(result.path, before or {}, entries):
                self._tree.tell(change)

    def _look_below(self, path: bytes, entries: Listing, number: int, *, is_watched: bool) -> None:
        below = [path + name + b"/" for name, entry in entries.items() if entry.is_directory]
        wanted = [one for one in below if self._tree.is_wanted(one)]
        if is_watched:
            self._tree.sweep_below(wanted)
            return
        for one in wanted:
            self.add(one, number, is_told=False)

    # -- by path ---------------------------------------------------------------------------------

    def _below(self, path: bytes) -> Iterator[bytes]:
        for index in range(bisect_left(self._order, path), len(self._order)):
            if not self._order[index].startswith(path):
                return
            yield self._order[index]

    def _count_below(self, path: bytes) -> int:
        beyond = path[:-1] + bytes([path[-1] + 1])  # the slash at its end, and what follows a slash
        return bisect_left(self._order, beyond) - bisect_left(self._order, path)

    def _drop(self, path: bytes) -> None:
        del self._blind[path]
        self._news.discard(path)
        del self._order[bisect_left(self._order, path)]

    # -- words -----------------------------------------------------------------------------------

    def _say_why(self, path: bytes, number: int) -> None:
        self._named += 1
        if number == errno.ENOSPC:
            return  # of them it is said together how many there are
        if self._named <= _NAMED:
            line = b"Cannot watch %s (%s): it is tried again every %g s."
            self._emit(Log("Error", line % (path, _name(number), self.interval)))
        elif self._named == _NAMED + 1:
            self._emit(Log("Error", b"More directories cannot be watched: the status file names them."))

    def _say_what_is_needed(self) -> None:
        if self._is_shortage_told or not self._blind:
            return
        short = sum(blind.errno == errno.ENOSPC for blind in self._blind.values())
        if not short:
            return
        self._is_shortage_told = True
        watched, limit = self._tree.count_watches(), self._limit
        needed = watched + short
        granted = b"unknown" if limit is None else b"%d" % limit
        others = 0 if limit is None else max(0, limit - watched)
        self._emit(
            Log(
                "Error",
                b"Out of inotify watches: at least %d directories need one, %d have one, the limit for all "
                b"that this user runs is %s. The others are looked through every %g s instead. Raise the "
                b"limit: sysctl fs.inotify.max_user_watches=%d"
                % (needed, watched, granted, self.interval, 1 << (needed + others).bit_length()),
            )
        )

    def _say_all_is_well(self) -> None:
        if self._named:
            self._named, self._is_shortage_told = 0, False
            self._emit(Log("Normal", b"All directories are watched again."))


def _name(number: int) -> bytes:
    return errno.errorcode.get(number, str(number)).encode()
