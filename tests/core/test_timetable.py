"""When crontabs are due while the wall clock goes on, jumps and changes its offset (spec 5.2)."""

from __future__ import annotations

import math
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from pylsyncd.core.crontab import next_match, parse
from pylsyncd.core.model import SyncConfig
from pylsyncd.core.timetable import Timetable

HOUR = 3600
SPRING = 1774746000
"""2026-03-29 01:00 UTC: in Berlin the clock goes from 02:00 to 03:00."""
AUTUMN = 1792890000
"""2026-10-25 01:00 UTC: in Berlin it goes from 03:00 back to 02:00."""

Offset = Callable[[float], int]
"""By how much local time is ahead of UTC, at a time in UTC."""


def berlin(epoch: float) -> int:
    return 2 * HOUR if SPRING <= epoch < AUTUMN else HOUR


def sync(number: int, *rules: bytes) -> SyncConfig:
    return SyncConfig(number, b"S", b"/s/", crontab=rules)


def follow(table: Timetable, start: float, seconds: float, offset: Offset) -> list[tuple[int, float]]:
    """Read the clock whenever it is asked for; gives who was due, and at which time in UTC."""
    now, due = 0.0, []
    while now < seconds:
        epoch = start + now
        due += [(number, epoch) for number in table.read(now, epoch, offset(epoch))]
        assert table.next_reading > now
        now = table.next_reading
    return due


def times(rule: bytes, start: float, seconds: float, offset: Offset) -> list[float]:
    """When one sync with one rule is due, in seconds after the start."""
    return [epoch - start for _, epoch in follow(Timetable([sync(1, rule)]), start, seconds, offset)]


def test_without_rules_the_clock_is_never_read() -> None:
    assert Timetable([sync(1)]).next_reading == math.inf


def test_the_first_reading_is_wanted_at_once_and_nothing_is_due_by_it() -> None:
    table = Timetable([sync(1, b"* * * * * *")])
    assert table.next_reading == -math.inf
    assert table.read(5.0, SPRING, 0) == ()


def test_no_further_reading_is_wanted_while_one_is_on_its_way() -> None:
    table = Timetable([sync(1, b"* * * * * *")])
    table.asked()
    assert table.next_reading == math.inf


def test_the_clock_is_read_at_each_match_and_at_least_once_a_minute() -> None:
    table = Timetable([sync(1, b"30 * * * * *")])
    table.read(100.0, 0.25, 0)
    assert table.next_reading == 129.75
    daily = Timetable([sync(1, b"0 0 12 * * *")])
    daily.read(100.0, 0.25, 0)
    assert daily.next_reading == 160.0


def test_a_reading_that_comes_a_little_early_is_repeated_soon() -> None:
    table = Timetable([sync(1, b"30 * * * * *")])
    table.read(0.0, 0.0, 0)
    assert table.read(30.0, 29.9999, 0) == ()
    assert table.next_reading == 30.01
    assert table.read(30.01, 30.0099, 0) == (1,)


def test_syncs_are_due_by_their_own_rules() -> None:
    table = Timetable([sync(1, b"10 * * * * *", b"20 * * * * *"), sync(2, b"20 * * * * *"), sync(3)])
    assert follow(table, 0.0, 30, lambda _: 0) == [(1, 10.0), (1, 20.0), (2, 20.0)]


def test_a_rule_means_local_time() -> None:
    start = SPRING + 9 * HOUR - 30  # 11:59:30 in Berlin
    assert times(b"0 0 12 * * *", start, 60, berlin) == [30.0]


def test_what_clocks_skip_in_spring_is_due_right_behind_the_gap_once() -> None:
    start = SPRING - 100
    [due] = times(b"0 30 2 * * *", start, 3 * HOUR, berlin)
    assert 100 <= due <= 160
    [due] = times(b"0 * 2 * * *", start, 3 * HOUR, berlin)
    assert 100 <= due <= 160


def test_an_hour_that_comes_twice_in_autumn_counts_once() -> None:
    start = AUTUMN - HOUR - 100  # 01:58:20 in Berlin
    assert times(b"0 30 2 * * *", start, 4 * HOUR, berlin) == [100 + 1800]
    assert times(b"0 0 3 * * *", start, 4 * HOUR, berlin) == [100 + 2 * HOUR]


def test_a_rule_for_every_hour_goes_on_evenly_through_both() -> None:
    for change in (SPRING, AUTUMN):
        start = change - 2 * HOUR - 100
        expected = [100.0 + n * 1800 for n in range(9)]
        assert times(b"0 0,30 * * * *", start, 4 * HOUR + 200, berlin) == expected


def test_what_a_sleeping_machine_missed_is_due_once() -> None:
    table = Timetable([sync(1, b"0 * * * * *"), sync(2, b"0 0 12 * * *")])
    table.read(0.0, 11 * HOUR, 0)
    assert table.read(5.0, 14 * HOUR + 30, 0) == (1, 2)
    assert table.read(6.0, 14 * HOUR + 31, 0) == ()


def test_a_clock_that_is_set_back_a_little_repeats_nothing() -> None:
    table = Timetable([sync(1, b"0 0 12 * * *")])
    table.read(0.0, 12 * HOUR - 1, 0)
    assert table.read(1.0, 12 * HOUR, 0) == (1,)
    assert table.read(2.0, 12 * HOUR - 5, 0) == ()
    assert table.read(7.0, 12 * HOUR, 0) == ()


def test_after_a_clock_is_set_back_far_it_counts_anew() -> None:
    table = Timetable([sync(1, b"0 0 12 * * *")])
    table.read(0.0, 13 * HOUR, 0)
    assert table.read(1.0, 11 * HOUR, 0) == ()
    assert table.read(2.0, 12 * HOUR, 0) == (1,)


RULES = st.sampled_from([
    b"0 * * * * *", b"*/7 0-3 * * * *", b"30 15 */2 * * *",
    b"0 30 2 * * *", b"10,50 0,59 1-3 * * *", b"0 0 0 * * *",
])  # fmt: skip


@settings(max_examples=40)  # each looks at the clock some thousand times
@given(RULES, st.integers(-HOUR, 2 * HOUR), st.sampled_from([-1, 0, 1]), st.floats(0, 0.99))
def test_it_agrees_with_looking_at_the_clock_every_second(
    rule: bytes, change: int, jump: int, fraction: float
) -> None:
    base, length = 277 * 24 * HOUR, 2 * HOUR

    def offset(epoch: float) -> int:
        return HOUR + (jump * HOUR if epoch >= base + change else 0)

    found = [
        round(due + fraction, 3) for due in times(rule, base + fraction, length - fraction - 0.5, offset)
    ]
    expected = look_every_second(rule, base, length, offset)
    for second in expected:  # a jump is noticed within a minute
        late = 60 if 0 <= second - change <= 60 else 0.02
        is_over = second + late >= length - 1  # before it had to be noticed
        assert is_over or any(second <= due <= second + late for due in found)
    for due in found:  # and until then times count that the clock has jumped over
        assert 0 <= due - change <= 60 or any(second <= due <= second + 60 for second in expected)


def look_every_second(rule: bytes, start: int, length: int, offset: Offset) -> list[int]:
    """The naive twin: seconds after the start at which the rule is due."""
    parsed = parse(rule)
    due, latest = [], start + offset(start)
    for second in range(1, length):
        local = start + second + offset(start + second)
        since = latest if parsed.names_hours else local - 1
        match = next_match(parsed, since)
        if match is not None and match <= local:
            due.append(second)
        latest = max(latest, local)
    return due
