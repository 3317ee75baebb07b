"""Steps in groups."""

from __future__ import annotations

from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare.plan import plan


def lines_and_waits(text: str) -> list[tuple[list[int], float]]:
    groups = plan(s.parse(text, "f")).groups
    return [([one.line for one in group.steps], group.seconds) for group in groups]


def test_what_is_there_before_the_start_is_no_group() -> None:
    found = plan(s.parse("have a\nhave b/\nstart\n", "f"))

    assert [one.line for one in found.before] == [1, 2]
    assert [group.steps for group in found.groups] == [()]


def test_a_group_ends_with_a_wait() -> None:
    assert lines_and_waits("create a\nwrite a\nwait 5\ndelete a\nwait 1\n") == [
        ([], 0.0),
        ([1, 2], 5.0),
        ([4], 1.0),
    ]


def test_waits_in_a_row_add_up_and_those_at_the_start_are_the_starts() -> None:
    assert lines_and_waits("wait 1\nwait 2\ncreate a\nwait 3\nwait 4\n") == [([], 3.0), ([3], 7.0)]


def test_what_comes_behind_the_last_wait_is_a_group_too() -> None:
    assert lines_and_waits("create a\n") == [([], 0.0), ([1], 0.0)]


def test_a_group_begins_where_its_first_step_stands() -> None:
    start, first = plan(s.parse("\n\ncreate a\n", "f")).groups

    assert (start.line, first.line) == (0, 3)
