"""How often the watch descriptor is read."""

from __future__ import annotations

from pylsyncd.system.watch.pace import PAUSE, Pace


def test_changes_that_come_one_by_one_are_read_at_once() -> None:
    pace = Pace()
    assert {pace.pause_after(number * 0.001, 2) for number in range(100)} == {0.0}


def test_in_a_rush_there_is_a_pause_between_reads() -> None:
    pace = Pace()
    pauses = [pace.pause_after(number * 0.0001, 2) for number in range(20)]
    assert pauses == [0.0] * 15 + [PAUSE] * 5


def test_the_rush_is_over_when_a_read_finds_nothing() -> None:
    pace = Pace()
    for number in range(16):
        pace.pause_after(number * 0.0001, 2)
    assert pace.pause_after(0.1, 1) == PAUSE
    assert pace.pause_after(0.2, 0) == 0.0
    assert pace.pause_after(0.3, 1) == 0.0
