"""Plays the plans of many seeds: `python tests/simulation/simulate.py --seeds 10000`, or one, word by word."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress

from attrs import evolve

from simulation import plan as p
from simulation.verdict import judge
from simulation.world import World

Hook = Callable[[World], None]


def trouble(plan: p.Plan, prepare: Hook = lambda _: None) -> BaseException | None:
    """What is wrong with a run of the plan; None: nothing."""
    descriptor, name = tempfile.mkstemp(suffix=".lua")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(plan.config)
        world = World(plan, os.fsencode(name))
        prepare(world)
        world.play()
        judge(world)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return error
    finally:
        os.unlink(name)
    return None
