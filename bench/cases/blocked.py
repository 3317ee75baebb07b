"""Files created while the only process slot is taken: what one more event costs in a long queue."""

from __future__ import annotations

import os
import time
from itertools import islice

from bench import changes, configs
from bench.measurement import Measurement
from bench.record import Record
from bench.stage import Live, Stage
from bench.unread import inotify_of, unread

_DELAY = 0.0
_PART = 4_000
"""Files; the kernel's queue holds 16,384 events, and what is lost would cost nothing."""
_EVENTS_OF_A_FILE = 2
"""It was created, and closed after writing."""


def blocked(stage: Stage, size: int) -> Measurement:
    """So many paths wait in the end."""
    changes.directories(stage.places.source, size)
    os.mkfifo(stage.places.gate)
    with stage.running(configs.held(stage.places, delay=_DELAY)) as live:
        live.take_slot()
        before = live.figures()
        _fill(live, size)
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


def _fill(live: Live, size: int) -> None:
    """As fast as it can be done without an overflow."""
    names = changes.names(size)
    with inotify_of(live.pid) as descriptor:
        while part := list(islice(names, _PART)):
            changes.create(live.places.source, part)
            live.wait(lambda: unread(descriptor) == 0, "end of reading")
    live.rest(of_children=False)
