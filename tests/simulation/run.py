"""One run of a plan, and what is wrong with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable

from simulation import plan as p
from simulation.generate import generate
from simulation.shrink import shrink
from simulation.verdict import judge
from simulation.world import World

Hook = Callable[[World], None]


def _nothing(_: World) -> None:
    """Nobody looks."""


def trouble(plan: p.Plan, prepare: Hook = _nothing, kind: type[World] = World) -> Exception | None:
    """What is wrong with a run of the plan; None: nothing. `prepare` is shown the world before it."""
    descriptor, name = tempfile.mkstemp(suffix=".lua")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(plan.config)
        world = kind(plan, os.fsencode(name))
        prepare(world)
        world.play()
        judge(world)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return error
    finally:
        os.unlink(name)
    return None


def failing(seed: int, kind: type[World] = World) -> str | None:
    """What is wrong with a seed, in one line; None: nothing."""
    error = trouble(generate(seed), kind=kind)
    return None if error is None else f"seed {seed}: {type(error).__name__}: {error}"


def shortest(plan: p.Plan) -> p.Plan:
    """The plan cut down to what it takes to fail in this way."""
    kind = type(trouble(plan))
    return shrink(plan, lambda shorter: type(trouble(shorter)) is kind)
