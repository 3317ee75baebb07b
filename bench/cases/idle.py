"""A daemon that has nothing to do."""

from __future__ import annotations

import time

from bench import configs
from bench.cases.startup import tree_of
from bench.measurement import Measurement
from bench.stage import Stage

_DIRECTORIES = 10_000


def idle(stage: Stage, size: int, *, directories: int = _DIRECTORIES) -> Measurement:
    """For so many seconds; voluntary context switches are what it woke up for."""
    source = tree_of(stage.shared, directories)
    with stage.running(configs.recording(stage.places, delay=1, source=source)) as live:
        live.rest(1)
        before = live.figures()
        time.sleep(size)
        after = live.figures()
        return {
            "wake-ups": after.wakeups - before.wakeups,
            "cpu ticks": after.ticks - before.ticks,
            "cpu": after.cpu - before.cpu,
            "resident": after.resident,
        }
