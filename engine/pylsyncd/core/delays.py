"""The queue of one sync: order, combining, blocking, and which delay is ready (spec 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from attrs import define

from pylsyncd.core.collapse import BARRIERS, BRINGING, UNIVERSAL, Ruling, is_weaker, judge, strongest, touch
from pylsyncd.core.model import DEFAULT_MAX_DELAYS, Delay, DelayStatus, EventType
from pylsyncd.core.pathindex import PathIndex, newer
from pylsyncd.core.queries import Selection, Test
from pylsyncd.core.waiting import Waiting

_WAIT, _ACTIVE, _BLOCK, _DONE = DelayStatus.WAIT, DelayStatus.ACTIVE, DelayStatus.BLOCK, DelayStatus.DONE
_ABSORB: Final = Ruling.ABSORB
_MOVE: Final = EventType.MOVE
_TAKE, _BREAK = Selection.TAKE, Selection.BREAK


@define
class Appended:
    """The event touched nothing in the queue."""

    delay: Delay


@define
class Absorbed:
    """The event was dropped; an older delay does its work."""

    etype: EventType
    path: bytes
    by: Delay


@define
class Replaced:
    """The event took an older delay's place."""

    delay: Delay
    old: Delay


@define
class Stacked:
    """The event waits for an older delay."""

    delay: Delay
    on: Delay


@define
class Turned:
    """An older Move became a Delete of its origin, and the event waits for that."""

    delay: Delay
    move: Delay
    on: Delay


@define
class SplitUp:
    """The Move became a Delete and a Create; their outcomes follow."""

    path: bytes
    path2: bytes
    on: Delay


@define
class Held:
    """The event waits until its file has settled; it is not in the queue yet."""

    etype: EventType
    path: bytes


Outcome = Appended | Absorbed | Replaced | Stacked | Turned | SplitUp | Held
_EMPTY: Final = "the queue is empty"


class DelayQueue:
    """The delays of one sync, oldest first.

    Invariant: a delay is `block` exactly when the one it waits for is in the queue, and that one
    is older. The cost of an event depends on the depth of its path, not on the queue's length.
    """

    def __init__(
        self, *, combine: bool = True, max_delays: int = DEFAULT_MAX_DELAYS, overtakes: bool = False
    ) -> None:
        self._combine = combine
        self._overtakes = overtakes
        """Lsyncd's way: what concerns all waits for the one event before it, and overtakes older ones."""
        self.max_delays = max_delays
        self._index = PathIndex()
        self._by_id: dict[int, Delay] = {}
        self._barriers: list[Delay] = []
        self._head: Delay | None = None
        self._tail: Delay | None = None
        self._last_id = 0
        self._last_position = 0
        self._waiting = Waiting()

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Delay]:
        delay = self._head
        while delay is not None:
            following = delay.after
            yield delay
            delay = following

    def get(self, number: int) -> Delay | None:
        """A queued delay by its id."""
        return self._by_id.get(number)

    @property
    def newest(self) -> Delay:
        """The delay that came last; the queue must not be empty."""
        if self._tail is None:
            raise IndexError(_EMPTY)
        return self._tail

    # -- new events ------------------------------------------------------------------------------

    def add(self, etype: EventType, path: bytes, path2: bytes | None, alarm: float) -> list[Outcome]:
        """Combine a new event with the queue; `alarm` is when it is due (monotonic seconds)."""
        on = self._decider(etype, path, path2)
        ruling = None if on is None else judge(on, etype, path, path2, combine=self._combine)
        if on is None or ruling is None:
            return [Appended(self._append(etype, path, path2, alarm, None))]
        if ruling is _ABSORB:
            return [self._absorb(on, etype, path)]
        match ruling:
            case Ruling.REPLACE:
                return [self._replace(on, etype, alarm)]
            case Ruling.STACK:
                return [Stacked(self._append(etype, path, path2, alarm, on), on)]
            case Ruling.TURN:
                turned = self._turn(on)
                return [Turned(self._append(etype, path, path2, alarm, turned), on, turned)]
            case Ruling.SPLIT:
                return self._split(on, path, path2 or b"", alarm)

    def _decider(self, etype: EventType, path: bytes, path2: bytes | None) -> Delay | None:
        """The newest queued delay that interacts with the event."""
        if etype in UNIVERSAL:
            return self._tail
        accept = None
        if not self._combine and etype is not _MOVE:
            accept = partial(self._interacts, etype, path)
        newest = self._index.newest_touching(path, accept)
        if path2 is not None:
            newest = newer(newest, self._index.newest_touching(path2))
        return newer(newest, self._barriers[-1]) if self._barriers else newest

    def _interacts(self, etype: EventType, path: bytes, old: Delay) -> bool:
        return judge(old, etype, path, None, combine=False) is not None

    def _absorb(self, by: Delay, etype: EventType, path: bytes) -> Absorbed:
        if etype not in by.swallowed and is_weaker(etype, by.etype):
            by.swallowed |= {etype}
        return Absorbed(etype, path, by)

    def _replace(self, old: Delay, etype: EventType, alarm: float) -> Replaced:
        # The earlier alarm stays: else a file that is replaced more often than `delay` never goes out.
        swallowed = frozenset(one for one in old.swallowed | {old.etype} if is_weaker(one, etype))
        new = self._substitute(old, etype, min(old.alarm, alarm), swallowed)
        return Replaced(new, old)

    def _turn(self, move: Delay) -> Delay:
        self._index.remove(move, move.path2 or b"")
        return self._substitute(move, EventType.DELETE, move.alarm, frozenset())

    def _split(self, on: Delay, path: bytes, path2: bytes, alarm: float) -> list[Outcome]:
        return [
            SplitUp(path, path2, on),
            *self.add(EventType.DELETE, path, None, alarm),
            *self.add(EventType.CREATE, path2, None, alarm),
        ]

    # -- life of a delay -------------------------------------------------------------------------

    def discard(self, delay: Delay) -> Delay | None:
        """Drop a waiting delay; the strongest event that it swallowed takes its place (spec 3.3)."""
        if not delay.swallowed:
            self.remove(delay)
            return None
        etype = strongest(delay.swallowed)
        return self._substitute(delay, etype, delay.alarm, delay.swallowed - {etype})

    def withdraw(self, path: bytes) -> Delay | None:
        """Take back what would send a file, the newest of it, unless a process works on that already."""
        delay = self._index.newest_of_file(path)
        if delay is None or delay.etype not in BRINGING or delay.status is _ACTIVE:
            return None
        self.remove(delay)
        return delay

    def activate(self, delay: Delay) -> None:
        """A process was spawned for it; what it swallowed is done with it."""
        delay.status = _ACTIVE
        delay.swallowed = frozenset()

    def retry(self, delay: Delay, alarm: float) -> None:
        """Its process failed: it waits again, in its old place, till `alarm`."""
        delay.tries += 1
        delay.alarm = alarm
        delay.doubt()
        self.put_back(delay)

    def put_back(self, delay: Delay) -> None:
        """Its process has changed nothing: it waits as before."""
        delay.status = _WAIT if delay.blocked_by is None else _BLOCK
        self._await(delay)

    def split(self, move: Delay) -> Delay:
        """Put a Delete of its origin and a Create of its destination in the place of a Move; give the latter.

        What waited for the Move waits for the half that it touches.
        """
        origin = Delay(self._next_id(), move.position - 1, EventType.DELETE, move.path, None, move.alarm)
        path2 = move.path2 or b""
        created = Delay(self._next_id(), move.position, EventType.CREATE, path2, None, move.alarm)
        origin.clearance = created.clearance = move.clearance
        self._link_in_place(move, origin)
        self._join(created, origin.after)
        self._join(origin, created)
        del self._by_id[move.id]
        for half in (origin, created):
            self._by_id[half.id] = half
            self._index.replace(move, half, half.path)
        self._share_blocks(move, origin, created)
        move.status = _DONE
        self._await(origin)
        self._await(created)
        return created

    def _share_blocks(self, move: Delay, origin: Delay, created: Delay) -> None:
        if move.blocked_by is not None:
            del move.blocked_by.blocks[move.position]
            self._block(origin, move.blocked_by)
            self._block(created, origin)
            move.blocked_by = None
        for blocked in move.blocks.values():
            is_of_both = blocked.etype in UNIVERSAL or touch(created.path, blocked.path)
            on = created if is_of_both else origin
            blocked.blocked_by = on
            on.blocks[blocked.position] = blocked
        move.blocks = {}

    def hurry(self, now: float) -> None:
        """Make due at `now` whatever would be later, what waits to be tried again too."""
        for delay in self:
            if delay.alarm > now:
                delay.alarm = now
                self._await(delay)

    def remove(self, delay: Delay) -> None:
        """It is done: it leaves the queue, and what waited for it may go."""
        delay.status = _DONE
        del self._by_id[delay.id]
        self._unlink(delay)
        self._unindex(delay)
        if delay.blocked_by is not None:
            del delay.blocked_by.blocks[delay.position]
            delay.blocked_by = None
        for blocked in delay.blocks.values():
            blocked.blocked_by = None
            if blocked.status is _BLOCK:
                self._free(blocked)
        delay.blocks = {}
        if not self._by_id:
            self._waiting.clear()

    def _free(self, delay: Delay) -> None:
        """What it waited for is done. What concerns all waits on, for whatever stands before it still.

        Else it overtakes what has failed and is tried again, such as a Delete, which then undoes what
        it brought.
        """
        if delay.etype in UNIVERSAL and delay.before is not None and not self._overtakes:
            self._block(delay, delay.before)
        else:
            delay.status = _WAIT
            self._await(delay)

    # -- what is ready ---------------------------------------------------------------------------

    def first_ready(self, now: float) -> Delay | None:
        """The first delay, in queue order, that waits and is due at `now`.

        With `maxDelays` or more all are ready, but not those whose process failed (spec 3.4, 6.1).
        """
        size = len(self._by_id)
        return self._waiting.first(now, is_crowded=size >= self.max_delays, size=size)

    def next_due(self) -> float:
        """When the next waiting delay is due; infinity if none waits."""
        return self._waiting.next_due(is_crowded=len(self._by_id) >= self.max_delays)

    def select(self, test: Test, now: float) -> list[Delay]:
        """All delays that `test` takes and that no active or refused one holds back (spec 3.4).

        They are of one company, so that what fails does not take along what is new.
        """
        chosen: list[Delay] = []
        held: set[int] = set()
        company: int | None = None
        for delay in self:
            blocker = delay.blocked_by
            if (
                delay.status is _ACTIVE
                or (delay.tries > 0 and delay.alarm > now)  # it backs off
                or (company is not None and delay.company != company)
                or (blocker is not None and blocker.id in held)
            ):
                held.add(delay.id)
                continue
            answer = test(delay)
            if answer is _TAKE:
                chosen.append(delay)
                company = delay.company
            elif answer is _BREAK:
                break
            else:
                held.add(delay.id)
        return chosen

    # -- the structures --------------------------------------------------------------------------

    def _append(
        self, etype: EventType, path: bytes, path2: bytes | None, alarm: float, on: Delay | None
    ) -> Delay:
        self._last_position += 1 if path2 is None else 2
        self._last_id = number = self._last_id + 1
        delay = Delay(number, self._last_position, etype, path, path2, alarm)
        self._by_id[number] = delay
        delay.before = last = self._tail
        if last is None:
            self._head = delay
        else:
            last.after = delay
        self._tail = delay
        if etype in UNIVERSAL:
            if etype in BARRIERS:
                self._barriers.append(delay)
        else:
            self._index.insert(delay, path)
            if path2 is not None:
                self._index.insert(delay, path2)
        if on is None:
            self._waiting.append(delay, len(self._by_id))
        else:
            self._block(delay, on)
        return delay

    def _block(self, delay: Delay, on: Delay) -> None:
        delay.status = _BLOCK
        delay.blocked_by = on
        on.blocks[delay.position] = delay

    def _substitute(
        self, old: Delay, etype: EventType, alarm: float, swallowed: frozenset[EventType]
    ) -> Delay:
        """Put a new delay, with a new id, exactly where `old` was: place, blocker, blocked ones."""
        new = Delay(self._next_id(), old.position, etype, old.path, None, alarm, old.status, swallowed)
        del self._by_id[old.id]
        self._by_id[new.id] = new
        self._index.replace(old, new, old.path)
        self._link_in_place(old, new)
        new.blocked_by, new.blocks = old.blocked_by, old.blocks
        if new.blocked_by is not None:
            new.blocked_by.blocks[new.position] = new
        for blocked in new.blocks.values():
            blocked.blocked_by = new
        old.status, old.blocked_by, old.blocks = DelayStatus.DONE, None, {}
        self._await(new)
        return new

    def _await(self, delay: Delay) -> None:
        if delay.status is _WAIT:
            self._waiting.add(delay, len(self._by_id))

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _link_in_place(self, old: Delay, new: Delay) -> None:
        new.before, new.after = old.before, old.after
        self._join(new.before, new)
        self._join(new, new.after)
        old.before = old.after = None

    def _unlink(self, delay: Delay) -> None:
        self._join(delay.before, delay.after)
        delay.before = delay.after = None

    def _join(self, before: Delay | None, after: Delay | None) -> None:
        if before is None:
            self._head = after
        else:
            before.after = after
        if after is None:
            self._tail = before
        else:
            after.before = before

    def _unindex(self, delay: Delay) -> None:
        if delay.etype in UNIVERSAL:
            if delay.etype in BARRIERS:
                self._barriers.remove(delay)
            return
        self._index.remove(delay, delay.path)
        if delay.path2 is not None:
            self._index.remove(delay, delay.path2)
