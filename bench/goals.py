"""What must be shown: a limit and an aim a case, and whether a run has kept them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import frozen

from bench.contenders import OURS
from bench.summary import Summary

Value = Callable[[Summary, str], float | None]
"""What is judged; its second argument is the peer."""


@frozen
class Goal:
    """`limit` must be kept, `aim` would be well; both of them included."""

    about: str
    value: Value
    limit: float
    aim: float
    unit: str = ""


@frozen
class Judged:
    """A goal in the light of a run."""

    goal: Goal
    value: float | None

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.value is None:
            return "not run"
        if self.value > self.goal.limit:
            return "MISS"
        return "pass, aim too" if self.value <= self.goal.aim else "pass"


def judged(summary: Summary, peer: str) -> list[Judged]:
    """All goals."""
    return [Judged(goal, goal.value(summary, peer)) for goal in GOALS]


def _worst_ratio(case: str, number: str, *, least: int = 0, most: int | None = None) -> Value:
    """The largest ratio of all sizes within bounds that both were measured in."""

    def value(summary: Summary, peer: str) -> float | None:
        sizes = [size for size in summary.sizes(case) if least <= size and (most is None or size <= most)]
        ratios = [summary.ratio(case, size, number, peer) for size in sizes]
        return max((ratio for ratio in ratios if ratio is not None), default=None)

    return value


def _worst(case: str, number: str, *, least: int = 0, most: int | None = None) -> Value:
    """The largest of ours of all sizes within bounds."""

    def value(summary: Summary, _: str) -> float | None:
        sizes = [size for size in summary.sizes(case) if least <= size and (most is None or size <= most)]
        values = [summary.value(case, size, number) for size in sizes]
        return max((one for one in values if one is not None), default=None)

    return value


def _sum(*values: Value) -> Value:
    """All together; None if one was not measured."""

    def value(summary: Summary, peer: str) -> float | None:
        each = [one(summary, peer) for one in values]
        return None if None in each else sum(one for one in each if one is not None)

    return value


def _growth(case: str, number: str, *, to: int) -> Value:
    """The exponent, if the largest size was large enough to tell."""

    def value(summary: Summary, _: str) -> float | None:
        return summary.growth(case, number) if max(summary.sizes(case, OURS), default=0) >= to else None

    return value


GOALS: Final[tuple[Goal, ...]] = (
    Goal(
        "burst, 1,000 to 50,000 files: CPU per file",
        _worst_ratio("burst", "cpu per change", least=1_000, most=50_000),
        0.06,
        0.03,
    ),
    Goal(
        "burst of 200,000 files: missed and overflows",
        _sum(_worst("burst", "missed", least=200_000), _worst("burst", "overflows", least=200_000)),
        0,
        0,
    ),
    Goal(
        "blocked, 5,000 paths: CPU per event",
        _worst_ratio("blocked", "cpu per event", least=5_000, most=5_000),
        0.015,
        0.006,
    ),
    Goal(
        "blocked, 1,000 to 200,000 paths: exponent of CPU per event",
        _growth("blocked", "cpu per event", to=200_000),
        0.1,
        0.0,
    ),
    Goal("rewrite of one file: CPU per change", _worst_ratio("rewrite-one", "cpu per change"), 0.1, 0.03),
    Goal("rewrite of many files: CPU per change", _worst_ratio("rewrite-many", "cpu per change"), 0.1, 0.03),
    Goal("delete: CPU per change", _worst_ratio("delete", "cpu per change"), 0.1, 0.03),
    Goal("fan-out to 20 syncs: CPU per change", _worst_ratio("fan-out", "cpu per change"), 0.1, 0.03),
    Goal(
        "start-up, 100,000 directories: time to ready",
        _worst_ratio("start-up", "ready", least=100_000, most=100_000),
        1.5,
        0.9,
    ),
    Goal(
        "start-up with fanotify, 100,000 directories",
        _worst("start-up-fanotify", "ready", least=100_000),
        0.3,
        0.2,
        "s",
    ),
    Goal(
        "resident memory with 100,000 directories",
        _worst("start-up", "resident", least=100_000, most=100_000),
        70,
        50,
        "MB",
    ),
    Goal("latency, direct, delay 0: median", _worst_ratio("latency-direct", "median"), 1.3, 1.0),
    Goal("latency, direct, delay 0: p99", _worst_ratio("latency-direct", "p99"), 1.5, 1.0),
    Goal("soak, 200,000 changes: growth of RSS", _worst("soak", "growth", least=1_000), 2, 0, "MB"),
    Goal("idle, 60 s, 10,000 directories: wake-ups", _worst("idle", "wake-ups", least=60), 0, 0),
    Goal("idle, 60 s, 10,000 directories: CPU ticks", _worst("idle", "cpu ticks", least=60), 0, 0),
    Goal("exec to the first line", _worst("start", "start"), 200, 100, "ms"),
    Goal("longest pause with 100,000 delays", _worst("pause", "pause", least=100_000), 50, 10, "ms"),
)
