"""Files that are being written: what happened to them waits beside the queue until they settle (spec 6.2).

A file has settled when it was closed, or when nothing has been heard of it for so many seconds. What
waits here is not in the queue: nothing waits for it, it is not counted, and no action gets to see it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import Final

from attrs import define, evolve, frozen

from pylsyncd.core.collapse import BRINGING
from pylsyncd.core.delays import DelayQueue, Held, Outcome
from pylsyncd.core.model import Content, EventType
from pylsyncd.core.report import SettlingReport

_MOST_NAMED: Final = 20
"""Files that the status names."""


@frozen
class Event:
    """What happened, by paths below the source, and when it is due (monotonic seconds)."""

    etype: EventType
    path: bytes
    path2: bytes | None
    alarm: float


@define
class Hold:
    """What happened to one file while it was written, each type once and in order."""

    etypes: tuple[EventType, ...]
    alarm: float
    """When the first of it was due."""
    until: float
    """When it counts as settled if nothing more is heard of it."""


class Settling:
    """Stands before the queue of one sync; not asked where `seconds` is 0."""

    def __init__(self, queue: DelayQueue, seconds: float) -> None:
        self._queue = queue
        self._seconds = seconds
        self._holds: dict[bytes, Hold] = {}
        """By `until`, since each is put at the end whenever something is heard of its file."""
        self._order: list[bytes] = []
        """Their paths, so that what lies in one directory stands together."""

    @property
    def paths(self) -> tuple[bytes, ...]:
        """The files that are held, by name."""
        return tuple(self._order)

    def report(self) -> SettlingReport:
        """For the status."""
        return SettlingReport(len(self._order), tuple(self._order[:_MOST_NAMED]))

    @property
    def next_wakeup(self) -> float:
        """When `settle` has something to do; infinity: not before something happens."""
        return next((hold.until for hold in self._holds.values()), math.inf)

    def add(self, event: Event, content: Content, now: float) -> list[Outcome]:
        """Queue what may go now; hold what concerns a file that somebody may be writing."""
        if event.path.endswith(b"/"):
            self._note_directory(event)
        elif event.etype not in BRINGING:
            self._drop(event.path)
        elif self._is_to_wait(event, content):
            return [self._hold(event, content, now)]
        elif content is Content.CLOSED:
            return self._release(event.path, event)
        return self._pass_on(event)

    def follow(self, path: bytes, path2: bytes, now: float) -> None:
        """What has moved goes on waiting under its new name."""
        paths = [path] if path in self._holds else self._below(path) if path.endswith(b"/") else []
        moved = [(path2 + one[len(path) :], self._take(one)) for one in paths]
        self._forget(path2)
        for one, hold in moved:
            self._put(one, evolve(hold, until=now + self._seconds))

    def is_new(self, path: bytes) -> bool:
        """Whether a file that is held may not be at the target under any name."""
        return path in self._holds and EventType.CREATE in self._holds[path].etypes

    def hold_back(self, path: bytes) -> None:
        """A file that is held goes nowhere, not even if something else has queued it."""
        hold = self._holds.get(path)
        while hold is not None and (delay := self._queue.withdraw(path)):
            etypes = (delay.etype, *sorted(delay.swallowed, key=lambda one: one.value), *hold.etypes)
            hold.etypes = tuple(dict.fromkeys(etypes))
            hold.alarm = min(hold.alarm, delay.alarm)

    def settle(self, now: float) -> list[Outcome]:
        """Queue all that nothing has been heard of for long enough."""
        outcomes: list[Outcome] = []
        while self.next_wakeup <= now:
            outcomes += self._release(next(iter(self._holds)))
        return outcomes

    def release_all(self) -> None:
        """Queue all that is held."""
        for path in list(self._holds):
            self._release(path)

    def clear(self) -> None:
        """Forget all that is held: it is brought otherwise."""
        self._holds.clear()
        self._order.clear()

    # -- parts -----------------------------------------------------------------------------------

    def _is_to_wait(self, event: Event, content: Content) -> bool:
        if content is Content.CLOSED:
            return False
        is_news = event.etype is not EventType.ATTRIB and content is not Content.MOVED
        return is_news or event.path in self._holds

    def _hold(self, event: Event, content: Content, now: float) -> Held:
        hold = self._holds.get(event.path)
        if hold is None:
            self._put(event.path, Hold((event.etype,), event.alarm, now + self._seconds))
        else:
            hold.etypes = tuple(dict.fromkeys((*hold.etypes, event.etype)))
            if event.etype is not EventType.ATTRIB and content is not Content.MOVED:
                hold.until = now + self._seconds
                self._holds[event.path] = self._holds.pop(event.path)
        self.hold_back(event.path)
        return Held(event.etype, event.path)

    def _note_directory(self, event: Event) -> None:
        """There is no file of its name any more; and nothing in it where it has gone."""
        if event.etype is EventType.DELETE:
            self._forget(event.path)
        if event.etype is EventType.CREATE:
            self._drop(event.path[:-1])

    def _forget(self, path: bytes) -> None:
        """What was there is there no more, nor is what lay in it."""
        for one in self._below(path) if path.endswith(b"/") else ():
            self._take(one)
        self._drop(path.rstrip(b"/"))

    def _release(self, path: bytes, last: Event | None = None) -> list[Outcome]:
        hold = self._drop(path)
        etypes, alarm = ((), math.inf) if hold is None else (hold.etypes, hold.alarm)
        if last is not None:
            etypes, alarm = tuple(dict.fromkeys((*etypes, last.etype))), min(alarm, last.alarm)
        return [outcome for etype in etypes for outcome in self._pass_on(Event(etype, path, None, alarm))]

    def _pass_on(self, event: Event) -> list[Outcome]:
        return self._queue.add(event.etype, event.path, event.path2, event.alarm)

    def _put(self, path: bytes, hold: Hold) -> None:
        self._holds[path] = hold
        insort(self._order, path)

    def _drop(self, path: bytes) -> Hold | None:
        return self._take(path) if path in self._holds else None

    def _take(self, path: bytes) -> Hold:
        del self._order[bisect_left(self._order, path)]
        return self._holds.pop(path)

    def _below(self, directory: bytes) -> list[bytes]:
        start = bisect_left(self._order, directory)
        beyond = directory[:-1] + b"0"  # what follows the slash
        return self._order[start : bisect_left(self._order, beyond, start)]
