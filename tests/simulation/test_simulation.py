"""When a tree comes to rest its target equals it, whatever happened in between: seeds decide what does."""

from __future__ import annotations

import pytest

from simulation import plan as p
from simulation.bugs import BUGS, Bug
from simulation.churn import KINDS
from simulation.churn import run as churned
from simulation.generate import generate
from simulation.run import failing, shortest, trouble
from simulation.verdict import differences, told
from simulation.world import World

SEEDS = 2000
PART = 50


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_every_target_equals_its_source_at_rest(first: int) -> None:
    assert [one for one in map(failing, range(first, first + PART)) if one] == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    assert any(failing(seed) for seed in range(SEEDS))


def test_the_same_seed_gives_the_same_steps() -> None:
    first, second = (_steps(11) for _ in range(2))
    assert first == second
    assert len(first) > 10


def _steps(seed: int) -> list[str]:
    steps: list[str] = []
    trouble(
        generate(seed),
        lambda world: setattr(
            world, "on_step", lambda _, happened, effects: steps.append(f"{happened} {effects}")
        ),
    )
    return steps


def test_a_failing_plan_is_cut_down_to_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    next(bug for bug in BUGS if "overflow" in bug.name).plant(monkeypatch)
    plan = p.Plan(
        CONFIG, (), (p.Write(b"/src/a"), p.Wait(5), p.Overflow(), p.Write(b"/src/b"), p.Touch(b"/src/a"))
    )
    assert shortest(plan).acts == (p.Wait(1), p.Overflow(), p.Write(b"/src/b"))


CONFIG = 'settings { insist = true }\nsync { default.rsync, source = "/src", target = "/tgt", delay = 1 }\n'


def test_a_transcript_says_what_happens_line_by_line() -> None:
    plan = p.Plan(
        CONFIG, (p.MakeDirectory(b"/src/d"),), (p.Wait(0.5), p.Move(b"/src/d", b"/src/e"), p.Doom(3, 12))
    )
    assert p.show(plan).splitlines()[2:] == [
        "",
        "given makedirectory /src/d",
        "start",
        "wait 0.5",
        "move /src/d /src/e",
        "doom 3 12 0",
    ]


@pytest.mark.parametrize("kind", ["rsync", "rsyncssh", "direct"])
def test_every_kind_of_sync_and_every_act_is_drawn(kind: str) -> None:
    plans = [generate(seed) for seed in range(400)]
    drawn = {type(act) for plan in plans if f"default.{kind}," in plan.config for act in plan.acts}
    wanted = set(p.Act.__args__)
    assert drawn == wanted


def test_what_the_target_misses_is_no_loss_where_the_status_names_it() -> None:
    given_up = [p.Doom(0, code=23)] * 20
    worlds: list[World] = []
    plan = p.Plan(CONFIG, (), (p.Wait(1), *given_up, p.Write(b"/src/a")))
    assert trouble(plan, worlds.append) is None
    assert [one.line for one in differences(worlds[0])] != []
    assert told(worlds[0]) == (b"/a",)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_grows_while_everything_changes(kind: str) -> None:
    found = churned(kind, 6)
    assert max(found.sizes[1:]) < 2 * found.sizes[0]
