"""Processes that do one piece of work together: how many are started, and what their ends say of the work."""

from __future__ import annotations

import math

import pytest

from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd
from pylsyncd.core.team import Team

COMMANDS = [Command((b"%d" % number,)) for number in range(3)]


def team() -> Team:
    return Team(list(COMMANDS))


@pytest.mark.parametrize(
    ("ends", "worst"),
    [
        ((Exited(0), Exited(0)), Exited(0)),
        ((Exited(24), Exited(0)), Exited(24)),
        ((Exited(24), Exited(23)), Exited(23)),
        ((Exited(23), Exited(24)), Exited(23)),
        ((Exited(12), Exited(23)), Exited(12)),
        ((Exited(23), Killed(9)), Killed(9)),
        ((Exited(255), Exited(1)), Exited(255)),
    ],
)
def test_the_worst_end_speaks_for_all_and_of_failures_the_first(
    ends: tuple[ProcessEnd, ...], worst: ProcessEnd
) -> None:
    one = team()
    for end in ends:
        one.leave(end)
    assert one.end == worst


@pytest.mark.parametrize(("room", "count"), [(math.inf, 3), (2, 2), (0, 1), (-1, 1)])
def test_as_many_are_started_as_there_is_room_for_and_one_if_none_runs(room: float, count: int) -> None:
    one = team()
    one.leave(Exited(0))
    assert one.take(room) == COMMANDS[:count]
    assert (one.waiting, one.running) == (COMMANDS[count:], count)


def test_where_others_run_none_is_started_without_room() -> None:
    assert team().take(0) == []


def test_failed_files_stop_nothing_but_a_failed_process_does() -> None:
    one = team()
    one.leave(Exited(23))
    assert one.waiting == COMMANDS
    one.leave(Exited(12))
    assert (one.waiting, one.is_cut_short) == ([], False)


def test_one_that_could_not_be_started_ends_the_work_without_a_verdict() -> None:
    one = team()
    one.lose()
    assert (one.running, one.waiting, one.is_cut_short, one.end) == (0, [], True, Exited(0))
