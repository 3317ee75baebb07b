"""The trees of the exhaustive search, all that can happen to them, and what the watches tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pylsyncd.core.model import EventType

Tree = tuple[int, int, int, int]
"""What is at `a`, `b`, `a/c` and `b/c`: 0 nothing, -1 a directory, else the version of a file."""

A, B, AC, BC = range(4)
NAMES: Final = (b"/a", b"/b", b"/a/c", b"/b/c")
SLOTS: Final = {name: slot for slot, name in enumerate(NAMES)}
INNER: Final = {A: AC, B: BC}
PARENT: Final = {AC: A, BC: B}
DIRECTORY: Final = -1

CREATE, MODIFY, ATTRIB = EventType.CREATE, EventType.MODIFY, EventType.ATTRIB
DELETE, MOVE = EventType.DELETE, EventType.MOVE
Event = tuple[EventType, bytes, bytes | None]


# -- trees -------------------------------------------------------------------------------------------


def put(tree: Tree, slot: int, value: int) -> Tree:
    """The tree with something else at a slot; what was in a directory goes with it."""
    found = list(tree)
    found[slot] = value
    inner = INNER.get(slot)
    if inner is not None:
        found[inner] = 0
    return found[0], found[1], found[2], found[3]


def moved(tree: Tree, slot: int, slot2: int) -> Tree:
    inner = tree[INNER[slot]] if slot in INNER else 0
    gone = put(put(tree, slot2, tree[slot]), slot, 0)
    if not inner:
        return gone
    return put(gone, INNER[slot2], inner)


def inner_of(tree: Tree) -> tuple[int, ...]:
    """Whether there is something in either directory."""
    return int(tree[AC] != 0), int(tree[BC] != 0)


def has_place(tree: Tree, slot: int) -> bool:
    """Whether there is a directory for it to be in."""
    return slot not in PARENT or tree[PARENT[slot]] == DIRECTORY


def _spelt(tree: Tree, slot: int) -> bytes:
    return NAMES[slot] + b"/" * (tree[slot] == DIRECTORY)


# -- changes of the source ----------------------------------------------------------------------------


def changes(tree: Tree, version: int) -> Iterator[tuple[Tree, tuple[Event, ...]]]:
    """All that can happen to the tree, with what the watches tell of it."""
    for slot, name in enumerate(NAMES):
        if not has_place(tree, slot):
            continue
        if not tree[slot]:
            yield put(tree, slot, version), ((CREATE, name, None), (MODIFY, name, None))
            if slot in INNER:
                yield put(tree, slot, DIRECTORY), ((CREATE, name + b"/", None),)
            continue
        if tree[slot] != DIRECTORY:
            yield put(tree, slot, version), ((MODIFY, name, None),)
            yield put(tree, slot, version), ((ATTRIB, name, None),)
        yield put(tree, slot, 0), _deletes(tree, slot)
        for slot2 in range(4):
            if slot2 != slot and _may_move(tree, slot, slot2):
                yield moved(tree, slot, slot2), ((MOVE, _spelt(tree, slot), _spelt_as(tree, slot, slot2)),)


def _deletes(tree: Tree, slot: int) -> tuple[Event, ...]:
    """As rm -r: what is in a directory goes first."""
    inner = INNER.get(slot)
    first = ((DELETE, NAMES[inner], None),) if inner is not None and tree[inner] else ()
    return (*first, (DELETE, _spelt(tree, slot), None))


def _spelt_as(tree: Tree, slot: int, slot2: int) -> bytes:
    return NAMES[slot2] + b"/" * (tree[slot] == DIRECTORY)


def _may_move(tree: Tree, slot: int, slot2: int) -> bool:
    """As rename(2) has it; only files are in directories here."""
    if not has_place(tree, slot2) or PARENT.get(slot2) == slot:
        return False
    if tree[slot] != DIRECTORY:
        return tree[slot2] != DIRECTORY
    is_free = tree[slot2] == 0 or (tree[slot2] == DIRECTORY and not tree[INNER[slot2]])
    return slot2 in INNER and is_free
