"""Lists that fail fall into halves, until what fails is alone (spec 6.1: the other files go on arriving)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import define, field

from pylsyncd.core.finished import finish
from pylsyncd.core.model import Delay, EventType, SyncConfig, Verdict
from pylsyncd.core.queries import Selection
from pylsyncd.core.sync import Sync


@define
class Driven:
    """A sync that brings over all that is ready in one process, each of which takes no time."""

    fails: Callable[[bytes], bool]
    sync: Sync = field(factory=lambda: Sync(SyncConfig(1, b"Sync1", b"/s/", retries=2, has_init=False)))
    runs: list[tuple[float, int]] = field(factory=list)
    """When each process ran, and for how many files."""
    arrived: dict[bytes, float] = field(factory=dict)
    given_up: list[bytes] = field(factory=list)

    def create(self, *numbers: int, now: float = 0.0) -> None:
        for number in numbers:
            self.sync.observe(EventType.CREATE, b"/s/%d" % number, None, now)

    def go_on(self, until: float, verdict: Verdict) -> None:
        """Let it work until that time; what fails ends with the verdict."""
        while self.sync.next_wakeup() <= until:
            now = max(self.sync.next_wakeup(), self.runs[-1][0] if self.runs else 0.0)
            delays = self.sync.queue.select(lambda _: Selection.TAKE, now)
            self._run(delays, verdict, now)

    def _run(self, delays: list[Delay], verdict: Verdict, now: float) -> None:
        paths = [one.path for one in delays]
        self.sync.start_job(1, tuple(one.id for one in delays), is_list=True)
        self.runs.append((now, len(delays)))
        is_failing = any(map(self.fails, paths))
        settled = finish(self.sync, 1, verdict if is_failing else Verdict.DONE, now)
        self.given_up += [one.path for one in settled.given_up]
        if not is_failing:
            self.arrived.update(dict.fromkeys(paths, now))


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_one_file_that_does_not_fit_delays_the_others_by_seconds(count: int) -> None:
    driven = Driven(lambda path: path == b"/0")
    driven.create(*range(count))
    driven.go_on(11.0, Verdict.APART)
    assert len(driven.arrived) == count - 1
    driven.create(5000, now=11.0)
    driven.go_on(11.0, Verdict.APART)
    assert driven.arrived.get(b"/5000") == 11.0, "what is new is not taken along"
    driven.go_on(3000.0, Verdict.APART)
    [before, last] = driven.runs[-2:]
    assert last[0] - before[0] >= 300, "alone it is tried ever more rarely"
    driven.fails = lambda _: False
    driven.go_on(6000.0, Verdict.APART)
    assert len(driven.arrived) == count + 1


def test_where_nothing_fits_the_processes_are_few() -> None:
    driven = Driven(lambda _: True)
    driven.create(*range(1000))
    driven.go_on(20.0, Verdict.APART)
    assert len(driven.runs) < 200
    for now in range(100, 200):
        driven.create(now + 1000, now=float(now))
        driven.go_on(float(now), Verdict.APART)
    assert len({one.company for one in driven.sync.queue}) <= 32
    last = len(driven.runs)
    driven.go_on(driven.runs[-1][0] + 3000.0, Verdict.APART)
    assert len(driven.runs) - last < 32 * (3000 / 300)
    driven.fails = lambda _: False
    driven.go_on(driven.runs[-1][0] + 400.0, Verdict.APART)
    assert len(driven.arrived) == 1100


def test_what_fails_in_part_is_given_up_alone() -> None:
    driven = Driven(lambda path: path == b"/3")
    driven.create(*range(10))
    driven.go_on(1000.0, Verdict.PARTIAL)
    assert driven.given_up == [b"/3"]
    assert len(driven.arrived) == 9
