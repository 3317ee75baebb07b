"""What the bench makes of what it has measured."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from inotify_simple import INotify, flags

from bench.arguments import plan
from bench.catalogue import CASES
from bench.contenders import OURS, peer
from bench.figures import cpu_seconds, figures_of
from bench.goals import Goal, Judged, judged
from bench.record import Record
from bench.rounds import Sample
from bench.summary import summary_of
from bench.table import results, verdicts
from bench.unread import Pauses, inotify_of, unread


def sample(size: int, contender: str, cost: float, case: str = "burst") -> Sample:
    return Sample(case, size, contender, {"cpu per change": cost})


def test_medians_of_rounds_are_compared() -> None:
    rounds = [sample(1000, OURS, cost) for cost in (1.0, 9.0, 2.0)]
    summary = summary_of([*rounds, sample(1000, "old", 8.0)])
    assert summary.value("burst", 1000, "cpu per change") == 2.0
    assert summary.ratio("burst", 1000, "cpu per change", "old") == 0.25


def test_what_nobody_has_measured_has_no_ratio() -> None:
    summary = summary_of([sample(1000, OURS, 1.0), sample(2000, "old", 1.0), sample(3000, "old", 0.0)])
    assert [summary.ratio("burst", size, "cpu per change", "old") for size in (1000, 2000, 3000)] == [
        None
    ] * 3


def test_growth_is_the_exponent_from_the_smallest_to_the_largest_size() -> None:
    summary = summary_of([sample(size, OURS, float(size * size)) for size in (10, 1000, 100)])
    assert summary.growth("burst", "cpu per change") == pytest.approx(2.0)
    assert summary_of([sample(10, OURS, 1.0)]).growth("burst", "cpu per change") is None


def test_the_worst_size_within_the_bounds_of_a_goal_is_judged() -> None:
    samples = [
        sample(size, name, cost)
        for size, ours, other in ((1000, 1.0, 100.0), (50_000, 5.0, 100.0), (200_000, 90.0, 100.0))
        for name, cost in ((OURS, ours), ("old", other))
    ]
    first = judged(summary_of(samples), "old")[0]
    assert (first.value, first.verdict) == (0.05, "pass")


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(None, "not run"), (1.0, "pass, aim too"), (1.5, "pass"), (2.0, "pass"), (2.1, "MISS")],
)
def test_a_limit_must_be_kept_and_an_aim_may(value: float | None, verdict: str) -> None:
    assert Judged(Goal("any", lambda *_: value, 2.0, 1.0), value).verdict == verdict


def test_a_failure_stands_in_the_table_in_the_place_of_numbers() -> None:
    table = results(summary_of([Sample("burst", 5, OURS, {}, "no start-up\nexit code 255")]))
    assert "1 failed: no start-up |" in table


def test_every_goal_stands_in_the_table_of_a_run_of_nothing() -> None:
    table = verdicts(judged(summary_of([]), "old"), "old").splitlines()[2:]
    assert table
    assert all(row.endswith("| not run |") for row in (line.rstrip() for line in table))


def test_sizes_and_rounds_of_the_command_line_take_the_place_of_those_of_the_case() -> None:
    asked = plan(["--case", "burst", "--size", "7", "--rounds", "2", "--no-lsyncd", "--peer", "old=a b"])
    assert [(one.case.name, one.size, one.rounds) for one in asked.series] == [("burst", 7, 2)]
    assert [(one.name, one.command) for one in asked.contenders][1:] == [("old", ("a", "b"))]


def test_quick_is_one_round_of_every_case_in_small() -> None:
    asked = plan(["--quick", "--no-lsyncd"])
    assert {one.case.name for one in asked.series} == {case.name for case in CASES}
    assert {one.rounds for one in asked.series} == {1}


@pytest.mark.parametrize("text", ["", "name", "name=", "=command", f"{OURS}=command"])
def test_a_peer_needs_a_name_of_its_own_and_a_command(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        peer(text)


def test_a_record_is_followed_as_it_grows_and_half_a_line_is_none(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    assert record.follow() == 0
    with record.file.open("wb", buffering=0) as file:
        file.write(b"/a\n/b")
        assert record.follow() == 1
        file.write(b"c\n/a\n")
        assert record.follow() == 2
    assert (record.paths, record.lines) == ({b"/a", b"/bc"}, 3)
    assert record.misses({b"/a", b"/b"}) == 1


def test_a_pause_lasts_until_fewer_bytes_wait() -> None:
    pauses = Pauses()
    for now, waiting in ((0.0, 0), (1.0, 16), (2.0, 32), (3.0, 16), (4.0, 0), (7.0, 0), (8.0, 16)):
        pauses.look(waiting, now)
    assert pauses.longest == 1.0


def test_the_unread_bytes_of_a_process_are_seen_without_reading_them(tmp_path: Path) -> None:
    with INotify() as watching, inotify_of(os.getpid()) as seen:
        watching.add_watch(tmp_path, flags.CREATE)
        assert unread(seen) == 0
        (tmp_path / "a").touch()
        assert unread(seen) == unread(watching.fileno()) == 32


def test_the_clock_of_a_process_runs_while_it_works() -> None:
    before, begin = figures_of(os.getpid()), time.process_time()
    sum(range(1_000_000))
    used = cpu_seconds(os.getpid()) - before.cpu
    assert used >= time.process_time() - begin - 0.01
    assert 0 < before.resident <= before.peak
    assert before.ticks <= cpu_seconds(os.getpid()) * 100 + 1
