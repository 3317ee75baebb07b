"""Files created while the only process slot is taken: what one more event costs in a long queue."""

from __future__ import annotations

import os
import time

from bench import changes, configs
from bench.measurement import Measurement
from bench.record import Record
from bench.stage import Stage

_DELAY = 0.0
_EVENTS_OF_A_FILE = 2
"""It was created, and closed after writing."""


def blocked(stage: Stage, size: int) -> Measurement:
    """So many paths wait in the end."""
    changes.directories(stage.places.source, size)
    os.mkfifo(stage.places.gate)
    with stage.running(configs.held(stage.places, delay=_DELAY)) as live:
        live.take_slot()
        before = live.figures()
        changes.create(stage.places.source, size)
        live.rest(of_children=False)
        filled = live.figures()
        begin = time.monotonic()
        live.open_gate()
        record = Record(stage.places.record)
        end = live.hand_over([record], delay=_DELAY)
        after = live.figures()
        cpu = filled.cpu - before.cpu
        return {
            "cpu per event": cpu / (size * _EVENTS_OF_A_FILE) * 1e6,
            "cpu": cpu,
            "cpu of the rest": after.cpu - filled.cpu,
            "seconds": end - begin,
            "missed": record.misses(set(changes.names(size))),
            "overflows": live.overflows(),
            "peak": after.peak,
        }
