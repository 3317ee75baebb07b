"""All short sequences of changes, in every allowed order: a search over all states of the real queue.

The tree is two names, `a` and `b`, each nothing, a file or a directory, and a file `c` in either
directory. A state is the source, the target, the queue, and what its processes have done. From each
state everything that may happen next is tried: the next change, the start of any delay that waits, what
a process does, its end. States that were seen, or are mirror images (`a` for `b`), are not searched again.

Behind the last change a process is started, works and ends in one step: the tree stands still then, and
the order of the steps of two processes comes to the order of what they do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from typing import Final, NamedTuple

from attrs import frozen

from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Delay, DelayStatus, SyncConfig
from pylsyncd.core.queries import Selection
from pylsyncd.core.sync import Sync
from pylsyncd.core.watching import _creates
from simulation.small_trees import (
    AC,
    ATTRIB,
    BC,
    CREATE,
    DELETE,
    DIRECTORY,
    INNER,
    MODIFY,
    MOVE,
    NAMES,
    PARENT,
    SLOTS,
    A,
    B,
    Event,
    Tree,
    changes,
    has_place,
    inner_of,
    moved,
    put,
)

_MIRROR: Final = (B, A, BC, AC, -1)

_ETYPES: Final = (CREATE, MODIFY, ATTRIB, DELETE, MOVE)
_NUMBER_OF: Final = {etype: number for number, etype in enumerate(_ETYPES)}
_WAIT, _BLOCK, _ACTIVE = range(3)
_STATUS: Final = (DelayStatus.WAIT, DelayStatus.BLOCK, DelayStatus.ACTIVE)
_STATUS_OF: Final = {status: number for number, status in enumerate(_STATUS)}
_UNTOUCHED, _DONE, _MISSED = range(3)
"""How far a process has come with a delay. Missed: what was to be moved was not there."""


class Waiting(NamedTuple):
    """A delay in a state, as numbers that are quick to compare; see the tables above."""

    etype: int
    slot: int
    slot2: int
    """Of a Move's destination, else -1."""
    is_directory: bool
    status: int
    on: int
    """The place in the queue of what it waits for, or -1."""
    swallowed: tuple[int, ...]
    job: int
    """The process that works on it, or 0."""
    progress: int


Queue = tuple[Waiting, ...]


class State(NamedTuple):
    """All that matters; two states that are equal go on alike."""

    source: Tree
    target: Tree
    queue: Queue


@frozen
class Rules:
    """How the sync works."""

    keeps_moves: bool
    is_list: bool
    """One process brings all that is free at once, as rsync does; else each delay has one."""
    processes: int


RULES: Final = (
    Rules(keeps_moves=True, is_list=False, processes=1),
    Rules(keeps_moves=True, is_list=False, processes=2),
    Rules(keeps_moves=False, is_list=False, processes=1),
    Rules(keeps_moves=False, is_list=False, processes=2),
    Rules(keeps_moves=False, is_list=True, processes=1),
    Rules(keeps_moves=False, is_list=True, processes=2),
)


class LostError(AssertionError):
    """The target is not the source, and nothing is left to do."""


# -- the queue of a state --------------------------------------------------------------------------------


def _sync_of(state: Queue, rules: Rules) -> tuple[Sync, list[Delay]]:
    """A real sync whose real queue is in that state."""
    sync = _SYNCS[rules]
    sync.queue, sync.jobs = DelayQueue(), {}
    delays: list[Delay] = []
    for one in state:
        slash = b"/" * one.is_directory
        path2 = None if one.slot2 < 0 else NAMES[one.slot2] + slash
        on = delays[one.on] if one.on >= 0 else None
        delay = sync.queue._append(_ETYPES[one.etype], NAMES[one.slot] + slash, path2, 0.0, on)
        delay.status = _STATUS[one.status]
        delay.swallowed = frozenset(_ETYPES[number] for number in one.swallowed)
        delays.append(delay)
    return sync, delays


_SYNCS: Final = {
    rules: Sync(SyncConfig(0, b"S", b"/", keeps_moves=rules.keeps_moves, max_processes=rules.processes))
    for rules in RULES
}


def _queue_of(queue: DelayQueue, works: dict[int, tuple[int, int]]) -> Queue:
    """The queue as it is now; `works` holds job and progress by delay."""
    places = {delay.id: place for place, delay in enumerate(queue)}
    return tuple(
        Waiting(
            _NUMBER_OF[one.etype],
            SLOTS[one.path.rstrip(b"/")],
            -1 if one.path2 is None else SLOTS[one.path2.rstrip(b"/")],
            one.path.endswith(b"/"),
            _STATUS_OF[one.status],
            -1 if one.blocked_by is None else places[one.blocked_by.id],
            tuple(sorted(_NUMBER_OF[etype] for etype in one.swallowed)) if one.swallowed else (),
            *works.get(one.id, (0, _UNTOUCHED)),
        )
        for one in queue
    )


def _works(state: Queue, delays: list[Delay]) -> dict[int, tuple[int, int]]:
    return {delay.id: (one.job, one.progress) for one, delay in zip(state, delays, strict=True) if one.job}


def _tell(sync: Sync, inner: tuple[int, ...], event: Event) -> None:
    """Queue what the watches tell, and look into new directories as `core/watching.py` does."""
    etype, path, path2 = event
    outcomes = sync.observe(etype, path, path2, 0.0)
    place = path2 or path
    if _creates(outcomes, place, is_thorough=etype is MOVE):
        _look_into(sync, inner, place)


def _look_into(sync: Sync, inner: tuple[int, ...], place: bytes) -> None:
    slot = SLOTS[place + b"c"]
    if inner[slot - AC]:
        sync.observe(CREATE, NAMES[slot], None, 0.0)


# -- what processes do ---------------------------------------------------------------------------------


def _bring(source: Tree, target: Tree, one: Waiting) -> Tree:
    """Copy what is there now; what has left, or is of another kind, has other events to come."""
    there = source[one.slot] if has_place(source, one.slot) else 0
    is_of_kind = one.is_directory == (there == DIRECTORY)
    if not there or not is_of_kind or not has_place(target, one.slot) or target[one.slot] == there:
        return target
    return put(target, one.slot, there)


def _bring_in_line(source: Tree, target: Tree, one: Waiting) -> Tree:
    """As rsync with rules for a path and those above it; a Delete of a directory counts for all in it."""
    slot = one.slot
    for place in (PARENT.get(slot), slot):
        if place is not None and target[place] != source[place] and has_place(target, place):
            target = put(target, place, source[place])
    inner = INNER.get(slot)
    if inner is not None and _ETYPES[one.etype] is DELETE and target[slot] == DIRECTORY and one.is_directory:
        target = put(target, inner, source[inner])
    return target


def _done(source: Tree, target: Tree, one: Waiting, rules: Rules) -> tuple[Tree, int]:
    """The target after a process has worked on a delay, and how far it came."""
    etype = _ETYPES[one.etype]
    if rules.is_list:
        return _bring_in_line(source, target, one), _DONE
    if etype is DELETE:
        return put(target, one.slot, 0), _DONE
    if etype is not MOVE:
        return _bring(source, target, one), _DONE
    is_there = target[one.slot] != 0 and (target[one.slot] == DIRECTORY) == one.is_directory
    if not is_there or not has_place(target, one.slot2):
        return target, _MISSED
    return moved(target, one.slot, one.slot2), _DONE


# -- what may come next --------------------------------------------------------------------------------


def following(state: State, rules: Rules, *, is_over: bool) -> Iterator[State]:
    """All that may come next but for changes of the source; `is_over`: there are none to come."""
    jobs = {one.job for one in state.queue if one.job}
    if len(jobs) < rules.processes:
        job = 2 if 1 in jobs else 1
        for started in _starts(state, rules, job):
            yield _ended(_worked(started, rules, job), rules, job) if is_over else started
    for job in sorted(jobs):
        is_untouched = any(one.job == job and one.progress == _UNTOUCHED for one in state.queue)
        after = _worked(state, rules, job) if is_untouched else state
        yield _ended(after, rules, job) if is_over or not is_untouched else after


def _starts(state: State, rules: Rules, job: int) -> Iterator[State]:
    for places in _groups(state, rules):
        queue = tuple(
            one._replace(status=_ACTIVE, swallowed=(), job=job) if place in places else one
            for place, one in enumerate(state.queue)
        )
        yield State(state.source, state.target, queue)


def _groups(state: State, rules: Rules) -> Iterable[tuple[int, ...]]:
    """The places of the delays that a process may take."""
    if rules.is_list:
        return _selected(state.queue, rules)
    return [(place,) for place, one in enumerate(state.queue) if one.status == _WAIT]


@cache
def _selected(queue: Queue, rules: Rules) -> list[tuple[int, ...]]:
    sync, delays = _sync_of(queue, rules)
    chosen = {one.id for one in sync.queue.select(lambda _: Selection.TAKE, 0.0)}
    return [tuple(place for place, one in enumerate(delays) if one.id in chosen)] if chosen else []


def _worked(state: State, rules: Rules, job: int) -> State:
    target = state.target
    queue = []
    for one in state.queue:
        if one.job == job:
            target, progress = _done(state.source, target, one, rules)
            queue.append(one._replace(progress=progress))
        else:
            queue.append(one)
    return State(state.source, target, tuple(queue))


def _ended(state: State, rules: Rules, job: int) -> State:
    return State(
        state.source, state.target, _queue_after_end(state.queue, rules, job, inner_of(state.source))
    )


@cache
def _queue_after_end(before: Queue, rules: Rules, job: int, inner: tuple[int, ...]) -> Queue:
    """The queue when a process has ended. It depends on nothing else; `inner`: what directories hold."""
    sync, delays = _sync_of(before, rules)
    works = _works(before, delays)
    for one, delay in zip(before, delays, strict=True):
        if one.job != job:
            continue
        del works[delay.id]
        if one.progress == _MISSED:
            created = sync.queue.split(delay)
            if one.is_directory:
                _look_into(sync, inner, created.path)
        else:
            sync.queue.remove(delay)
    return _queue_of(sync.queue, works)


def changed(state: State, rules: Rules) -> Iterator[State]:
    """All states after one more change of the source."""
    version = max(0, *state.source, *state.target) + 1
    for source, events in changes(state.source, version):
        yield State(source, state.target, _queue_after_events(state.queue, rules, events, inner_of(source)))


@cache
def _queue_after_events(
    before: Queue, rules: Rules, events: tuple[Event, ...], inner: tuple[int, ...]
) -> Queue:
    sync, delays = _sync_of(before, rules)
    works = _works(before, delays)
    for event in events:
        _tell(sync, inner, event)
    return _queue_of(sync.queue, works)


# -- states that are alike -------------------------------------------------------------------------------


def canonical(state: State) -> State:
    """The one that stands for a state, its mirror image, and all with other numbers for the same contents."""
    return min(_renumbered(state), _renumbered(_mirrored(state)))


def _mirrored(state: State) -> State:
    queue = tuple(one._replace(slot=_MIRROR[one.slot], slot2=_MIRROR[one.slot2]) for one in state.queue)
    (a, b, ac, bc), (a2, b2, ac2, bc2) = state.source, state.target
    return State((b, a, bc, ac), (b2, a2, bc2, ac2), queue)


def _renumbered(state: State) -> State:
    numbers = {0: 0, DIRECTORY: DIRECTORY}
    for value in (*state.source, *state.target):
        if value not in numbers:
            numbers[value] = len(numbers) - 1
    (a, b, ac, bc), (a2, b2, ac2, bc2) = state.source, state.target
    source = numbers[a], numbers[b], numbers[ac], numbers[bc]
    return State(source, (numbers[a2], numbers[b2], numbers[ac2], numbers[bc2]), state.queue)


# -- the search ------------------------------------------------------------------------------------------


def search(rules: Rules, length: int) -> int:
    """Try everything with up to so many changes; the number of states. Raises LostError."""
    for known in (_selected, _queue_after_end, _queue_after_events):
        known.cache_clear()
    level = {canonical(State(tree, tree, ())) for tree in _trees()}
    seen = 0
    for remaining in range(length, -1, -1):
        _check(level, rules)
        if remaining:
            level = _closed(level, rules)
            seen += len(level)
            level = {canonical(after) for state in level for after in changed(state, rules)}
    return seen


def _trees() -> Iterator[Tree]:
    """All trees to begin with, each file another one."""
    halves = ((0, 0), (1, 0), (DIRECTORY, 0), (DIRECTORY, 1))
    for a, ac in halves:
        for b, bc in halves:
            yield a, b * 2 if b > 0 else b, ac * 3, bc * 4


def _closed(level: set[State], rules: Rules) -> set[State]:
    """All that can be reached from these states without another change."""
    reached, waiting = set(level), list(level)
    while waiting:
        for after in map(canonical, following(waiting.pop(), rules, is_over=False)):
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    return reached


def _check(level: set[State], rules: Rules) -> None:
    """Let it all come to rest. Raises LostError."""
    reached, waiting = set(level), list(level)
    while waiting:
        state = waiting.pop()
        afters = [canonical(after) for after in following(state, rules, is_over=True)]
        if not afters and (state.queue or state.source != state.target):
            raise LostError(state)
        fresh = set(afters) - reached
        reached |= fresh
        waiting += fresh


def main(length: int) -> None:
    """Search for all kinds of syncs, two at a time."""
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        for rules, states in zip(RULES, pool.map(partial(search, length=length), RULES), strict=True):
            seconds = time.monotonic() - began
            sys.stdout.write(f"{rules}: {states} states, all come to rest ({seconds:.0f} s)\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
