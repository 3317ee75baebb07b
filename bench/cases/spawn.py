"""One short process after another: what the daemon itself uses for each."""

from __future__ import annotations

import os
import time

from bench import configs
from bench.measurement import Measurement
from bench.stage import Live, Stage

_AT_ONCE = 100
"""Events that wait at most: this case is about processes, not about queues."""


def spawn(stage: Stage, size: int) -> Measurement:
    """So many of them."""
    with stage.running(configs.marking(stage.places)) as live:
        live.rest()
        before = live.figures()
        begin = time.monotonic()
        for number in range(0, size, _AT_ONCE):
            _some(live, range(number, min(number + _AT_ONCE, size)))
        end = time.monotonic()
        live.rest()
        after = live.figures()
        return {
            "cpu per process": (after.cpu - before.cpu) / size * 1e6,
            "seconds": end - begin,
            "missed": size - _marks(live),
            "wake-ups": after.wakeups - before.wakeups,
            "peak": after.peak,
        }


def _some(live: Live, numbers: range) -> None:
    for number in numbers:
        os.mknod(live.places.source / f"f{number}")
    live.wait(lambda: _marks(live) >= numbers.stop, "mark of each process")


def _marks(live: Live) -> int:
    return len(os.listdir(live.places.target))
