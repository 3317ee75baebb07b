"""All short sequences of changes, brought over in every allowed order: a search over all states of the real queue.

The tree is two names, `a` and `b`, each nothing, a file or a directory, and a file `c` in either directory. A state is
the source, the target, the queue, and what its processes have done. From each state everything that may happen next is
tried: the next change, the start of any delay that waits, what a process does, its end. States that were seen, or are
mirror images (`a` for `b`), are not searched again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final

from attrs import evolve, frozen

from pylsyncd.core.collapse import BARRIERS
from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Delay, DelayStatus, EventType, SyncConfig
from pylsyncd.core.queries import Selection
from pylsyncd.core.sync import Sync
from pylsyncd.core.watching import _creates

Tree = tuple[int, int, int, int]
"""What is at `a`, `b`, `a/c` and `b/c`: 0 nothing, -1 a directory, else the version of a file."""

_A, _B, _AC, _BC = range(4)
_NAMES: Final = (b"/a", b"/b", b"/a/c", b"/b/c")
_SLOTS: Final = {name: slot for slot, name in enumerate(_NAMES)}
_INNER: Final = {_A: _AC, _B: _BC}
_PARENT: Final = {_AC: _A, _BC: _B}
_DIRECTORY: Final = -1
_MIRROR: Final = (_B, _A, _BC, _AC)
_MIRRORED: Final = bytes.maketrans(b"ab", b"ba")

CREATE, MODIFY, ATTRIB = EventType.CREATE, EventType.MODIFY, EventType.ATTRIB
DELETE, MOVE = EventType.DELETE, EventType.MOVE
Event = tuple[EventType, bytes, bytes | None]


class Progress(enum.Enum):
    """How far a process has come with a delay; what it has done is known when it ends."""

    NONE = 0
    DONE = 1
    MISSED = 2
    """What was to be moved was not there."""


@frozen
class Waiting:
    """A delay in a state. `on` is the place in the queue of what it waits for, or -1."""

    etype: EventType
    path: bytes
    path2: bytes | None
    status: DelayStatus
    on: int
    swallowed: frozenset[EventType]
    job: int
    """The process that works on it, or 0."""
    progress: Progress


@frozen
class State:
    """All that matters; two states that are equal go on alike."""

    source: Tree
    target: Tree
    queue: tuple[Waiting, ...]


@frozen
class Rules:
    """How the sync works."""

    keeps_moves: bool
    is_list: bool
    """One process brings all that is free at once, as rsync does; else each delay has one."""
    processes: int


class LostError(AssertionError):
    """The target is not the source, and nothing is left to do."""


# -- trees -------------------------------------------------------------------------------------------


def _with(tree: Tree, slot: int, value: int) -> Tree:
    """The tree with something else at a slot; what was in a directory goes with it."""
    found = list(tree)
    found[slot] = value
    inner = _INNER.get(slot)
    if inner is not None:
        found[inner] = 0
    return found[0], found[1], found[2], found[3]


def _moved(tree: Tree, slot: int, slot2: int) -> Tree:
    inner = tree[_INNER[slot]] if slot in _INNER else 0
    gone = _with(_with(tree, slot2, tree[slot]), slot, 0)
    if not inner:
        return gone
    return _with(gone, _INNER[slot2], inner)


def _holds(tree: Tree, slot: int) -> bool:
    """Whether there is a directory for it to be in."""
    return slot not in _PARENT or tree[_PARENT[slot]] == _DIRECTORY


def _spelt(tree: Tree, slot: int) -> bytes:
    return _NAMES[slot] + b"/" * (tree[slot] == _DIRECTORY)


# -- changes of the source ----------------------------------------------------------------------------


def changes(tree: Tree, version: int) -> Iterator[tuple[Tree, tuple[Event, ...]]]:
    """All that can happen to the tree, with what the watches tell of it."""
    for slot, name in enumerate(_NAMES):
        if not _holds(tree, slot):
            continue
        if not tree[slot]:
            yield _with(tree, slot, version), ((CREATE, name, None), (MODIFY, name, None))
            if slot in _INNER:
                yield _with(tree, slot, _DIRECTORY), ((CREATE, name + b"/", None),)
            continue
        if tree[slot] != _DIRECTORY:
            yield _with(tree, slot, version), ((MODIFY, name, None),)
            yield _with(tree, slot, version), ((ATTRIB, name, None),)
        yield _with(tree, slot, 0), _deletes(tree, slot)
        for slot2 in range(4):
            if slot2 != slot and _may_move(tree, slot, slot2):
                yield _moved(tree, slot, slot2), ((MOVE, _spelt(tree, slot), _spelt_as(tree, slot, slot2)),)


def _deletes(tree: Tree, slot: int) -> tuple[Event, ...]:
    """As rm -r: what is in a directory goes first."""
    inner = _INNER.get(slot)
    first = ((DELETE, _NAMES[inner], None),) if inner is not None and tree[inner] else ()
    return (*first, (DELETE, _spelt(tree, slot), None))


def _spelt_as(tree: Tree, slot: int, slot2: int) -> bytes:
    return _NAMES[slot2] + b"/" * (tree[slot] == _DIRECTORY)


def _may_move(tree: Tree, slot: int, slot2: int) -> bool:
    """As rename(2) has it; only files are in directories here."""
    if not _holds(tree, slot2) or _PARENT.get(slot2) == slot:
        return False
    if tree[slot] != _DIRECTORY:
        return tree[slot2] != _DIRECTORY
    is_free = tree[slot2] == 0 or (tree[slot2] == _DIRECTORY and not tree[_INNER[slot2]])
    return slot2 in _INNER and is_free


# -- the queue of a state --------------------------------------------------------------------------------


def _sync_of(state: State, rules: Rules) -> tuple[Sync, list[Delay]]:
    """A real sync whose real queue is in that state."""
    sync = Sync(SyncConfig(0, b"S", b"/", keeps_moves=rules.keeps_moves, max_processes=rules.processes))
    delays: list[Delay] = []
    for one in state.queue:
        on = delays[one.on] if one.on >= 0 else None
        delay = sync.queue._append(one.etype, one.path, one.path2, 0.0, on)
        delay.status, delay.swallowed = one.status, one.swallowed
        delays.append(delay)
    return sync, delays


def _queue_of(queue: DelayQueue, jobs: dict[int, tuple[int, Progress]]) -> tuple[Waiting, ...]:
    places = {delay.id: place for place, delay in enumerate(queue)}
    return tuple(
        Waiting(
            one.etype,
            one.path,
            one.path2,
            one.status,
            -1 if one.blocked_by is None else places[one.blocked_by.id],
            one.swallowed,
            *jobs.get(one.id, (0, Progress.NONE)),
        )
        for one in queue
    )


def _jobs(state: State, delays: list[Delay]) -> dict[int, tuple[int, Progress]]:
    return {delay.id: (one.job, one.progress) for one, delay in zip(state.queue, delays, strict=True) if one.job}


def _tell(sync: Sync, source: Tree, event: Event) -> None:
    """Queue what the watches tell, and look into new directories as `core/watching.py` does."""
    etype, path, path2 = event
    outcomes = sync.observe(etype, path, path2, 0.0)
    place = path2 or path
    if _creates(outcomes, place, is_thorough=etype is MOVE):
        _look_into(sync, source, place)


def _look_into(sync: Sync, source: Tree, place: bytes) -> None:
    inner = _SLOTS[place + b"c"]
    if source[inner]:
        sync.observe(CREATE, _NAMES[inner], None, 0.0)


# -- what processes do ---------------------------------------------------------------------------------


def _bring(source: Tree, target: Tree, path: bytes) -> Tree:
    """Copy what is there now; what has left, or is of another kind, has other events to come."""
    slot = _SLOTS[path.rstrip(b"/")]
    there = source[slot] if _holds(source, slot) else 0
    is_of_kind = path.endswith(b"/") == (there == _DIRECTORY)
    if not there or not is_of_kind or not _holds(target, slot) or target[slot] == there:
        return target
    return _with(target, slot, there)


def _bring_in_line(source: Tree, target: Tree, one: Waiting) -> Tree:
    """As rsync with rules for a path and those above it; a Delete of a directory counts for all in it."""
    slot = _SLOTS[one.path.rstrip(b"/")]
    for place in (_PARENT.get(slot), slot):
        if place is not None and target[place] != source[place] and _holds(target, place):
            target = _with(target, place, source[place])
    inner = _INNER.get(slot)
    if inner is not None and one.etype is DELETE and target[slot] == _DIRECTORY and one.path.endswith(b"/"):
        target = _with(target, inner, source[inner])
    return target


def _done(source: Tree, target: Tree, one: Waiting, rules: Rules) -> tuple[Tree, Progress]:
    if rules.is_list:
        return _bring_in_line(source, target, one), Progress.DONE
    slot = _SLOTS[one.path.rstrip(b"/")]
    if one.etype is DELETE:
        return _with(target, slot, 0), Progress.DONE
    if one.etype is not MOVE or one.path2 is None:
        return _bring(source, target, one.path), Progress.DONE
    slot2 = _SLOTS[one.path2.rstrip(b"/")]
    is_there = target[slot] != 0 and (target[slot] == _DIRECTORY) == one.path.endswith(b"/")
    if not is_there or not _holds(target, slot2):
        return target, Progress.MISSED
    return _moved(target, slot, slot2), Progress.DONE


# -- the search ------------------------------------------------------------------------------------------


def following(state: State, rules: Rules) -> Iterator[State]:
    """All that may come next but for changes of the source."""
    jobs = {one.job for one in state.queue if one.job}
    if len(jobs) < rules.processes:
        yield from _starts(state, rules, min({1, 2} - jobs))
    for job in sorted(jobs):
        if any(one.job == job and one.progress is Progress.NONE for one in state.queue):
            yield _worked(state, rules, job)
        else:
            yield _ended(state, rules, job)


def _starts(state: State, rules: Rules, job: int) -> Iterator[State]:
    sync, delays = _sync_of(state, rules)
    if rules.is_list:
        chosen = [one.id for one in sync.queue.select(lambda _: Selection.TAKE, 0.0)]
        groups = [chosen] if chosen else []
    else:
        groups = [[one.id] for one in delays if one.status is DelayStatus.WAIT]
    for group in groups:
        sync, delays = _sync_of(state, rules)
        sync.start_job(job, tuple(group), is_list=rules.is_list)
        jobs = _jobs(state, delays) | dict.fromkeys(group, (job, Progress.NONE))
        yield State(state.source, state.target, _queue_of(sync.queue, jobs))


def _worked(state: State, rules: Rules, job: int) -> State:
    target = state.target
    queue = []
    for one in state.queue:
        if one.job != job:
            queue.append(one)
            continue
        target, progress = _done(state.source, target, one, rules)
        queue.append(evolve(one, progress=progress))
    return State(state.source, target, tuple(queue))


def _ended(state: State, rules: Rules, job: int) -> State:
    sync, delays = _sync_of(state, rules)
    jobs = _jobs(state, delays)
    for one, delay in zip(state.queue, delays, strict=True):
        if one.job != job:
            continue
        del jobs[delay.id]
        if one.progress is Progress.MISSED:
            created = sync.queue.split(delay)
            _look_into_if_directory(sync, state.source, created.path)
        else:
            sync.queue.remove(delay)
    return State(state.source, state.target, _queue_of(sync.queue, jobs))


def _look_into_if_directory(sync: Sync, source: Tree, path: bytes) -> None:
    if path.endswith(b"/"):
        _look_into(sync, source, path)


def changed(state: State, rules: Rules) -> Iterator[State]:
    """All states after one more change of the source."""
    version = max(0, *state.source, *state.target) + 1
    for source, events in changes(state.source, version):
        sync, delays = _sync_of(state, rules)
        jobs = _jobs(state, delays)
        for event in events:
            _tell(sync, source, event)
        yield State(source, state.target, _queue_of(sync.queue, jobs))


def canonical(state: State) -> State:
    """The one that stands for a state, its mirror image, and all with other numbers for the same contents."""
    return min(_renumbered(state), _renumbered(_mirrored(state)), key=_order)


def _order(state: State) -> tuple[Tree, Tree, list[bytes]]:
    return state.source, state.target, [one.path for one in state.queue]


def _mirrored(state: State) -> State:
    queue = tuple(
        evolve(
            one,
            path=one.path.translate(_MIRRORED),
            path2=None if one.path2 is None else one.path2.translate(_MIRRORED),
        )
        for one in state.queue
    )
    return State(_mirrored_tree(state.source), _mirrored_tree(state.target), queue)


def _mirrored_tree(tree: Tree) -> Tree:
    return tree[_B], tree[_A], tree[_BC], tree[_AC]


def _renumbered(state: State) -> State:
    numbers: dict[int, int] = {}
    for value in (*state.source, *state.target):
        if value > 0:
            numbers.setdefault(value, len(numbers) + 1)
    source, target = (
        (numbers.get(a, a), numbers.get(b, b), numbers.get(c, c), numbers.get(d, d))
        for a, b, c, d in (state.source, state.target)
    )
    return State(source, target, state.queue)


def search(rules: Rules, length: int) -> int:
    """Try everything with up to so many changes; the number of states. Raises LostError."""
    level = {canonical(State(tree, tree, ())): None for tree in _trees()}
    seen = 0
    for remaining in range(length, -1, -1):
        level = _closed(level, rules)
        seen += len(level)
        if remaining:
            level = {canonical(after): state for state in level for after in changed(state, rules)}
    return seen


def _trees() -> Iterator[Tree]:
    """All trees to begin with, each file another one."""
    halves = ((0, 0), (1, 0), (_DIRECTORY, 0), (_DIRECTORY, 1))
    for a, ac in halves:
        for b, bc in halves:
            yield a, b * 2 if b > 0 else b, ac * 3, bc * 4


def _closed(level: dict[State, object], rules: Rules) -> dict[State, object]:
    """All that can be reached from these states without another change."""
    reached = dict(level)
    waiting = list(level)
    while waiting:
        state = waiting.pop()
        nexts = [canonical(one) for one in following(state, rules)]
        if not nexts and (state.queue or state.source != state.target):
            raise LostError(state)
        fresh = [one for one in dict.fromkeys(nexts) if one not in reached]
        reached.update(dict.fromkeys(fresh, state))
        waiting += fresh
    return reached
