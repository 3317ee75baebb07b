"""What was read and is not told yet: in parts, and in the order in which it happened."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core import masks
from pylsyncd.core.model import Record
from pylsyncd.system.watch.backlog import Backlog, Part

MOST = 512


def records(first: int, count: int) -> tuple[Record, ...]:
    return tuple(Record(1, masks.CREATE, 0, b"%d" % number) for number in range(first, first + count))


def test_an_empty_backlog_gives_nothing() -> None:
    backlog = Backlog()
    backlog.add(())
    assert not backlog
    assert backlog.take() is None


def test_a_call_waits_for_all_that_was_there_before_it() -> None:
    backlog, called = Backlog(), []
    backlog.add(records(0, MOST + 1))
    backlog.call_after(lambda: called.append("ended"))
    backlog.add(records(MOST + 1, 1))

    assert backlog.take() == Part(records(0, MOST), is_followed=True)
    assert backlog.take() == Part(records(MOST, 1), is_followed=False)
    assert (called, backlog.has_records) == ([], True)
    assert backlog.take() == Part(records(MOST + 1, 1), is_followed=False)
    assert (called, backlog.has_records) == (["ended"], False)


def test_a_call_behind_the_last_record_is_made_all_the_same() -> None:
    backlog, called = Backlog(), []
    backlog.call_after(lambda: called.append("ended"))
    assert backlog
    assert backlog.take() is None
    assert called == ["ended"]
    assert not backlog


@given(st.lists(st.one_of(st.integers(0, 2000), st.none()), max_size=8))
def test_nothing_is_lost_or_changes_its_place(happenings: list[int | None]) -> None:
    backlog = Backlog()
    expected: list[Record | int] = []
    told: list[Record | int] = []
    for number, count in enumerate(happenings):
        if count is None:
            backlog.call_after(_noting(told, number))
            expected.append(number)
        else:
            backlog.add(records(len(expected), count))
            expected += records(len(expected), count)
    while backlog:
        part = backlog.take()
        assert part is None or 0 < len(part.records) <= MOST
        told += part.records if part else ()
    assert told == expected


def _noting(told: list[Record | int], number: int) -> Callable[[], None]:
    return lambda: told.append(number)
