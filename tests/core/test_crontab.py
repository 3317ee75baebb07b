"""Crontab rules: what they are, and when they match, against a walk through the calendar (spec 5.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core.crontab import DAY, CrontabError, month_and_day, next_match, parse, weekday

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(text: str) -> int:
    """Seconds since 1970 of a local time."""
    return int((datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH).total_seconds())


def shown(seconds: int | None) -> str:
    return "never" if seconds is None else (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")


MATCHES = [
    # rule, after, the next match
    ("* * * * * *", "2026-11-22 17:00:00", "2026-11-22 17:00:01"),
    ("0 * * * * *", "2026-11-22 17:00:00", "2026-11-22 17:01:00"),
    ("0 0 3 * * *", "2026-11-22 17:00:00", "2026-11-23 03:00:00"),
    ("0 0 3 * * *", "2026-11-22 03:00:00", "2026-11-23 03:00:00"),
    ("0 0 3 * * *", "2026-11-22 02:59:59", "2026-11-22 03:00:00"),
    ("5,35 59 23 31 DEC *", "2026-12-31 23:59:05", "2026-12-31 23:59:35"),
    ("5,35 59 23 31 DEC *", "2026-12-31 23:59:35", "2027-12-31 23:59:05"),
    ("0 0 0 * * SUN", "2026-11-22 00:00:00", "2026-11-29 00:00:00"),
    ("0 0 0 * * 0", "2026-11-22 00:00:00", "2026-11-29 00:00:00"),
    ("0 0 0 * * MON-FRI", "2026-11-20 12:00:00", "2026-11-23 00:00:00"),
    ("0 0 0 * * mon,wed", "2026-11-23 12:00:00", "2026-11-25 00:00:00"),
    ("0 0 12 1 JAN-mar *", "2026-11-22 00:00:00", "2027-01-01 12:00:00"),
    ("0 0 0 31 * *", "2026-03-31 00:00:00", "2026-05-31 00:00:00"),
    ("0 0 0 29 FEB *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
    ("0 0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00:00"),
    ("0 0 0 29 2 MON", "2026-01-01 00:00:00", "2044-02-29 00:00:00"),
    ("*/20 * * * * *", "2026-11-22 17:00:00", "2026-11-22 17:00:20"),
    ("50/5 * * * * *", "2026-11-22 17:00:55", "2026-11-22 17:01:50"),
    ("10-20/7 * * * * *", "2026-11-22 17:00:10", "2026-11-22 17:00:17"),
    ("0 0 0 */2 * *", "2026-12-30 00:00:00", "2026-12-31 00:00:00"),
    ("  0\t0 0 1 1 * ", "2026-11-22 00:00:00", "2027-01-01 00:00:00"),
]


@pytest.mark.parametrize(("rule", "after", "expected"), MATCHES)
def test_the_next_match_is_the_first_second_that_all_fields_allow(
    rule: str, after: str, expected: str
) -> None:
    assert shown(next_match(parse(rule.encode()), local(after))) == expected


def test_with_both_day_fields_given_both_must_match() -> None:
    friday_13 = parse(b"0 0 0 13 * FRI")
    assert shown(next_match(friday_13, local("2026-11-22 00:00:00"))) == "2027-08-13 00:00:00"


REFUSED = [
    ("", 'it has 0 fields, not the six "second minute hour day-of-month month day-of-week"'),
    ("* * * * *", 'it has 5 fields, not the six "second minute hour day-of-month month day-of-week"'),
    ("60 * * * * *", "the second 60 is not in 0-59"),
    ("* 60 * * * *", "the minute 60 is not in 0-59"),
    ("* * 24 * * *", "the hour 24 is not in 0-23"),
    ("* * * 0 * *", "the day of month 0 is not in 1-31"),
    ("* * * * 13 *", "the month 13 is not in 1-12"),
    ("* * * * * 7", "the day of week 7 is not in 0-6"),
    ("* * * * MON *", 'the month "MON" is none'),
    ("* JAN * * * *", 'the minute "JAN" is none'),
    ("* * 22-2 * * *", 'the hour "22-2" runs backwards; write two ranges with a comma'),
    ("1,,2 * * * * *", 'the second "" is none'),
    ("-5 * * * * *", 'the second "-5" is none'),
    ("1_0 * * * * *", 'the second "1_0" is none'),
    ("*/0 * * * * *", 'the step of the second "*/0" is 0'),
    ("** * * * * *", 'the second "**" is none'),
    ("\xb2 * * * * *", 'the second "\xb2" is none'),
    ("0 0 0 30 FEB *", "there is no such day in any year"),
]


@pytest.mark.parametrize(("rule", "message"), REFUSED)
def test_a_rule_that_cannot_be_read_is_refused_with_what_is_wrong(rule: str, message: str) -> None:
    with pytest.raises(CrontabError) as refused:
        parse(rule.encode("latin-1"))
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("hours", "names"), [("*", False), ("*/2", False), ("0-23", False), ("3", True), ("0-22", True)]
)
def test_a_rule_is_for_certain_hours_unless_its_hours_are_a_star_or_all(hours: str, names: bool) -> None:  # noqa: FBT001 - a table's column
    assert parse(f"0 0 {hours} * * *".encode()).names_hours is names


@given(st.dates(date(1970, 1, 1)))
def test_the_calendar_is_the_gregorian_one(day: date) -> None:
    number = (day - date(1970, 1, 1)).days
    assert month_and_day(number) == (day.month, day.day)
    assert weekday(number) == day.isoweekday() % 7


def lists_of(low: int, high: int) -> st.SearchStrategy[str]:
    """A field: a star, or up to three values."""
    values = st.lists(st.integers(low, high), min_size=1, max_size=3)
    return st.just("*") | values.map(lambda chosen: ",".join(map(str, chosen)))


RULES = st.tuples(
    lists_of(0, 59),
    lists_of(0, 59),
    lists_of(0, 23),
    lists_of(1, 28),
    lists_of(1, 12),
    lists_of(0, 6),
).map(lambda fields: " ".join(fields).encode())


def allows(field: bytes, value: int) -> bool:
    return field == b"*" or value in map(int, field.split(b","))


def walk(rule: bytes, after: int, days: int) -> int | None:
    """The naive twin: looks at one day after the other, then at its minutes, then at its seconds."""
    second, minute, hour, of_month, month, of_week = rule.split()
    for day in range(after // DAY, after // DAY + days):
        at = EPOCH + timedelta(days=day)
        if not (
            allows(of_month, at.day) and allows(month, at.month) and allows(of_week, at.isoweekday() % 7)
        ):
            continue
        for of_day in range(0, DAY, 60):
            if allows(hour, of_day // 3600) and allows(minute, of_day // 60 % 60):
                for last in range(60):
                    time = day * DAY + of_day + last
                    if time > after and allows(second, last):
                        return time
    return None


@given(RULES, st.integers(0, 4_000_000_000))
def test_the_next_match_is_that_of_a_walk_through_the_calendar(rule: bytes, after: int) -> None:
    days = 900
    expected = walk(rule, after, days)
    found = next_match(parse(rule), after)
    if expected is None:
        assert found is None or found >= (after // DAY + days) * DAY
    else:
        assert found == expected
