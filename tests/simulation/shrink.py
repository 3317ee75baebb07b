"""Cuts a failing plan down: fewer acts, then simpler ones, as long as the run still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from attrs import evolve

from simulation import plan as p

T = TypeVar("T")
Fails = Callable[[p.Plan], bool]


def shrink(plan: p.Plan, fails: Fails) -> p.Plan:
    """The smallest plan found; deterministic, as the runs are."""
    while True:
        before = plan
        plan = _without_acts(plan, fails)
        for candidate in _simpler(plan):
            if fails(candidate):
                plan = candidate
                break
        if plan == before:
            return plan


def _without_acts(plan: p.Plan, fails: Fails) -> p.Plan:
    acts = _minimal(plan.acts, lambda some: fails(evolve(plan, acts=some)))
    plan = evolve(plan, acts=acts)
    given = _minimal(plan.given, lambda some: fails(evolve(plan, given=some)))
    return evolve(plan, given=given)


def _minimal(items: tuple[T, ...], fails: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """Delta debugging: leave out halves, quarters and so on, down to single items."""
    size = max(1, len(items) // 2)
    while items:
        shorter = next((rest for rest in _without_parts(items, size) if fails(rest)), None)
        if shorter is not None:
            items = shorter
        elif size == 1:
            break
        else:
            size //= 2
        size = max(1, min(size, len(items) // 2))
    return items


def _without_parts(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    for at in range(0, len(items), size):
        yield (*items[:at], *items[at + size :])


def _simpler(plan: p.Plan) -> Iterator[p.Plan]:
    """The same plan with one pause that is plainer."""
    for at, act in enumerate(plan.acts):
        for plainer in _plainer(act):
            yield evolve(plan, acts=(*plan.acts[:at], plainer, *plan.acts[at + 1 :]))


def _plainer(act: p.Act) -> Iterator[p.Act]:
    match act:
        case p.Turns(count) if count > 1:
            yield from (p.Turns(1), p.Turns(count - 1))
        case p.Wait(seconds) if seconds != 1:
            yield p.Wait(1)
        case p.Pace(seconds) if seconds != 0:
            yield from (p.Pace(one) for one in (0.0, 0.05) if one < seconds)
        case p.Doom(steps, code, signal) if steps:
            yield p.Doom(steps - 1, code, signal)
        case _:
            return
