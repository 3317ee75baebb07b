"""The verdict table, row by row as the specification prints it (spec 3.3)."""

from __future__ import annotations

import pytest

from core.reference import GRID
from pylsyncd.core.collapse import SAME_DIRECTORY, SAME_FILE, Ruling, is_weaker, judge, strongest
from pylsyncd.core.model import Delay, DelayStatus, EventType

CREATE, MODIFY, DELETE = EventType.CREATE, EventType.MODIFY, EventType.DELETE
ATTRIB, MOVE, FULL = EventType.ATTRIB, EventType.MOVE, EventType.FULL


def queued(
    etype: EventType, path: bytes, path2: bytes | None = None, status: DelayStatus = DelayStatus.WAIT
) -> Delay:
    return Delay(1, 1, etype, path, path2, 0.0, status)


def ruling(old: Delay, etype: EventType, path: bytes, path2: bytes | None = None) -> Ruling | None:
    return judge(old, etype, path, path2, combine=True)


def grid(table: dict[tuple[EventType, EventType], Ruling], special: str) -> str:
    types = [ATTRIB, MODIFY, CREATE, DELETE]
    lines = ["         " + "".join(f"{new.value:<9}" for new in types)]
    for old in types:
        words = [special if (old, new) == (DELETE, CREATE) else table[old, new].value for new in types]
        lines.append(f"{old.value:<9}" + "".join(f"{word:<9}" for word in words))
    return "\n".join(line.rstrip() for line in lines)


def test_the_table_is_the_one_of_the_specification() -> None:
    assert grid(dict(SAME_FILE), "special") == GRID.strip("\n")
    assert grid(dict(SAME_DIRECTORY), "special") == GRID.strip("\n")


def test_a_file_made_again_replaces_its_delete_but_a_directory_waits_for_it() -> None:
    assert ruling(queued(DELETE, b"/f"), CREATE, b"/f") is Ruling.REPLACE
    assert ruling(queued(DELETE, b"/d/"), CREATE, b"/d/") is Ruling.STACK


@pytest.mark.parametrize("old", [ATTRIB, MODIFY, CREATE, DELETE])
@pytest.mark.parametrize("new", [ATTRIB, MODIFY, CREATE, DELETE])
def test_an_active_delay_neither_absorbs_nor_is_replaced(old: EventType, new: EventType) -> None:
    assert ruling(queued(old, b"/f", status=DelayStatus.ACTIVE), new, b"/f") is Ruling.STACK


RELATED = [
    (b"/d/", b"/d/f"),
    (b"/d/e/f", b"/d/"),
    (b"/d", b"/d/"),
    (b"/d/", b"/d"),
    (b"/d/", b"/d/e/"),
]
STRANGERS = [(b"/d", b"/d/f"), (b"/d/", b"/dd"), (b"/a", b"/b"), (b"/a/b", b"/b"), (b"/d/f", b"/d/g")]


@pytest.mark.parametrize(("one", "other"), RELATED)
def test_what_lies_above_or_below_is_waited_for(one: bytes, other: bytes) -> None:
    assert ruling(queued(MODIFY, one), MODIFY, other) is Ruling.STACK


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_paths_that_do_not_touch_do_not_interact(one: bytes, other: bytes) -> None:
    assert ruling(queued(MODIFY, one), DELETE, other) is None
    assert ruling(queued(MOVE, one, b"/elsewhere"), DELETE, other) is None
    assert ruling(queued(MODIFY, one), MOVE, other, b"/elsewhere") is None


AGAINST_A_MOVE = [
    (b"/o", DELETE, Ruling.STACK),
    (b"/o", CREATE, Ruling.STACK),
    (b"/n", DELETE, Ruling.TURN),
    (b"/n", CREATE, Ruling.TURN),
    (b"/n", ATTRIB, Ruling.STACK),
    (b"/n", MODIFY, Ruling.STACK),
    (b"/n/", CREATE, Ruling.STACK),
]


@pytest.mark.parametrize(("path", "etype", "expected"), AGAINST_A_MOVE)
def test_what_happens_at_the_ends_of_a_waiting_move(path: bytes, etype: EventType, expected: Ruling) -> None:
    assert ruling(queued(MOVE, b"/o", b"/n"), etype, path) is expected


def test_below_the_ends_of_a_moved_directory_everything_waits() -> None:
    for path in (b"/o/f", b"/n/f"):
        assert ruling(queued(MOVE, b"/o/", b"/n/"), DELETE, path) is Ruling.STACK


def test_a_move_under_way_is_not_turned() -> None:
    active = queued(MOVE, b"/o", b"/n", DelayStatus.ACTIVE)
    assert ruling(active, DELETE, b"/n") is Ruling.STACK


@pytest.mark.parametrize("old", [b"/o", b"/n", b"/", b"/o/", b"/n/"])
def test_a_move_that_touches_anything_is_split(old: bytes) -> None:
    assert ruling(queued(MODIFY, old), MOVE, b"/o", b"/n") is Ruling.SPLIT
    assert ruling(queued(MOVE, b"/x", old), MOVE, b"/o", b"/n") is Ruling.SPLIT


@pytest.mark.parametrize("barrier", [EventType.INIT, EventType.BLANKET])
def test_everything_waits_for_a_barrier(barrier: EventType) -> None:
    assert ruling(queued(barrier, b""), CREATE, b"/f") is Ruling.STACK
    assert ruling(queued(barrier, b""), MOVE, b"/f", b"/g") is Ruling.STACK


def test_a_full_transfer_affects_nothing() -> None:
    assert ruling(queued(FULL, b"/"), CREATE, b"/f") is None


@pytest.mark.parametrize("etype", [EventType.INIT, EventType.BLANKET, EventType.FULL])
def test_what_concerns_all_waits_for_whatever_is_last(etype: EventType) -> None:
    assert ruling(queued(FULL, b"/"), etype, b"") is Ruling.STACK
    assert ruling(queued(CREATE, b"/f"), etype, b"") is Ruling.STACK


def test_in_releases_2_2_and_later_files_combine_only_when_made_again() -> None:
    found = {(old, new): judge(queued(old, b"/f"), new, b"/f", None, combine=False) for old, new in SAME_FILE}
    assert {pair: word for pair, word in found.items() if word} == {(DELETE, CREATE): Ruling.REPLACE}


def test_in_releases_2_2_and_later_directories_always_wait() -> None:
    found = {judge(queued(old, b"/d/"), new, b"/d/", None, combine=False) for old, new in SAME_DIRECTORY}
    assert found == {Ruling.STACK}
    assert judge(queued(DELETE, b"/d"), CREATE, b"/d/", None, combine=False) is None


def test_create_is_stronger_than_modify_and_modify_than_attrib() -> None:
    assert is_weaker(ATTRIB, MODIFY)
    assert is_weaker(MODIFY, CREATE)
    assert not is_weaker(MODIFY, MODIFY)
    assert not is_weaker(DELETE, CREATE)
    assert not is_weaker(ATTRIB, DELETE)
    assert strongest(frozenset({ATTRIB, MODIFY})) is MODIFY
