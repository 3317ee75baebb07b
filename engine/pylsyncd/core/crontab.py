"""Crontab rules: six fields, and the next second of the local wall clock that matches (spec 5.2).

Local times are whole seconds since 1970-01-01 00:00:00 as the wall clock shows it: plain numbers
without time zone, so that the core needs no clock to reckon with them (`timetable` has one read).
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

DAY: Final = 86_400
_CALENDAR: Final = 146_097
"""Days after which the Gregorian calendar repeats, weekdays included: a rule matches by then or never."""
_SHORTEST_MONTH: Final = 28
_HOURS: Final = 24

_SHAPE: Final = '"second minute hour day-of-month month day-of-week"'
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_PART: Final = re.compile(r"(?:(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


class CrontabError(ValueError):
    """A rule that cannot be read; the text says what is wrong with it."""


@frozen
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()
    """Names of the values, the lowest first."""


_FIELDS: Final = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 6, _WEEKDAYS),
)


@frozen
class Rule:
    """What a time has to be to match: each field in one of its values, in rising order."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    """0 is Sunday. Both this and the day of the month have to match (in cron: either)."""
    names_hours: bool
    """Whether it is meant for certain hours: its hour field has no `*` and leaves hours out."""


def parse(text: bytes) -> Rule:
    """Read `sec min hour day-of-month month day-of-week`.

    A field is `*`, or a list of values and ranges, each with a step if need be: `1,10-20,30-59/5`.
    `5/10` is 5 and every 10 from there. Raises CrontabError, for a rule that no day matches too.
    """
    words = text.decode("latin-1").split()
    if len(words) != len(_FIELDS):
        message = f"it has {len(words)} fields, not the six {_SHAPE}"
        raise CrontabError(message)
    seconds, minutes, hours, days, months, weekdays = (
        _values(field, word) for field, word in zip(_FIELDS, words, strict=True)
    )
    names_hours = not words[2].startswith("*") and len(hours) < _HOURS
    rule = Rule(seconds, minutes, hours, days, months, weekdays, names_hours)
    if next_match(rule, 0) is None:
        message = "there is no such day in any year"
        raise CrontabError(message)
    return rule


def _values(field: _Field, word: str) -> tuple[int, ...]:
    return tuple(sorted({value for part in word.split(",") for value in _part(field, part)}))


def _part(field: _Field, part: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        message = f'the {field.name} "{part}" is none'
        raise CrontabError(message)
    step = int(match["step"] or 1)
    if step == 0:
        message = f'the step of the {field.name} "{part}" is 0'
        raise CrontabError(message)
    low, high = _bounds(field, match)
    if low > high:
        message = f'the {field.name} "{part}" runs backwards; write two ranges with a comma'
        raise CrontabError(message)
    return range(low, high + 1, step)


def _bounds(field: _Field, match: re.Match[str]) -> tuple[int, int]:
    if match["all"]:
        return field.lowest, field.highest
    low = _value(field, match["low"])
    if match["high"]:
        return low, _value(field, match["high"])
    return low, field.highest if match["step"] else low


def _value(field: _Field, word: str) -> int:
    if word.upper() in field.words:
        return field.lowest + field.words.index(word.upper())
    if not word.isdigit():
        message = f'the {field.name} "{word}" is none'
        raise CrontabError(message)
    if not field.lowest <= int(word) <= field.highest:
        message = f"the {field.name} {word} is not in {field.lowest}-{field.highest}"
        raise CrontabError(message)
    return int(word)


def next_match(rule: Rule, after: int) -> int | None:
    """The first local time later than `after` that matches; None if there is none at all."""
    day, second = divmod(after + 1, DAY)
    if _matches(rule, day):
        time = _first_time(rule, second)
        if time is not None:
            return day * DAY + time
    later = _first_day(rule, day + 1)
    return None if later is None else later * DAY + (_first_time(rule, 0) or 0)


def _first_time(rule: Rule, second: int) -> int | None:
    """The first matching second of a day that is not before this one."""
    times = (
        start + last
        for hour in rule.hours
        if hour * 3600 + 3599 >= second
        for start in (hour * 3600 + minute * 60 for minute in rule.minutes)
        if start + 59 >= second
        for last in rule.seconds
        if start + last >= second
    )
    return next(times, None)


def _first_day(rule: Rule, day: int) -> int | None:
    """The first matching day, by its number since 1970-01-01, that is not before this one."""
    end = day + _CALENDAR
    while day < end:
        if _matches(rule, day):
            return day
        month, of_month = month_and_day(day)
        # of the days in a month that is not meant only the last few are looked at one by one
        day += 1 if month in rule.months else max(1, _SHORTEST_MONTH + 1 - of_month)
    return None


def _matches(rule: Rule, day: int) -> bool:
    month, of_month = month_and_day(day)
    return month in rule.months and of_month in rule.days and weekday(day) in rule.weekdays


def weekday(day: int) -> int:
    """Day of the week, Sunday 0, of a day since 1970-01-01, which was a Thursday."""
    return (day + 4) % 7


def month_and_day(day: int) -> tuple[int, int]:
    """Month and day of the month of a day since 1970-01-01, in the Gregorian calendar.

    Reckoned in years that begin in March, so that the leap day is the last of a year; 719,468 days
    lie between 0000-03-01 and 1970-01-01, and 153 in any five months from March on.
    """
    of_era = (day + 719_468) % _CALENDAR
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return (month + 2) % 12 + 1, of_year - (153 * month + 2) // 5 + 1
