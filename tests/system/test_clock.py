"""Clocks are read in one place, and times are written as operators know them (spec 1.2)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pylsyncd.system.clock import Clock, ctime, iso8601, time_of_day

NOVEMBER_1 = 1793520303.25
"""2026-11-01 08:05:03.250 UTC."""


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_date_is_written_as_c_writes_it_with_the_day_padded_by_a_space() -> None:
    assert ctime(NOVEMBER_1) == b"Sun Nov  1 09:05:03 2026"


def test_a_time_of_day_is_local_and_padded_by_zeros() -> None:
    assert time_of_day(NOVEMBER_1) == b"09:05:03"


def test_an_iso_time_is_local_with_its_offset_and_milliseconds() -> None:
    assert iso8601(NOVEMBER_1) == "2026-11-01T09:05:03.250+01:00"


def test_an_iso_time_of_summer_has_the_offset_of_summer() -> None:
    assert iso8601(NOVEMBER_1 - 100 * 86400).endswith("+02:00")


def test_the_monotonic_clock_does_not_go_back() -> None:
    clock = Clock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


@pytest.mark.parametrize(("wall", "offset"), [(NOVEMBER_1, 3600), (NOVEMBER_1 - 100 * 86400, 7200)])
def test_the_offset_of_local_time_is_that_of_the_moment(
    wall: float, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(clock, "wall", lambda: wall)
    assert clock.wall_and_offset() == (wall, offset)


def test_the_wall_clock_counts_from_1970() -> None:
    before = time.time()
    assert before <= Clock().wall() <= time.time()
