"""Small files written over and over at `delay = 0`: whether the daemon grows."""

from __future__ import annotations

import os

from bench import changes, configs
from bench.measurement import Measurement
from bench.record import Record
from bench.stage import Live, Stage

_FILES = 200
_LAST = b"/last"
_SHARE_TO_WARM_UP = 10


def soak(stage: Stage, size: int) -> Measurement:
    """Two hundred files, so many times each; the daemon catches up before the next time."""
    changes.directories(stage.places.source, _FILES)
    changes.make(stage.places.source, _FILES)
    record = Record(stage.places.record)
    with stage.running(configs.recording(stage.places, delay=0)) as live:
        live.rest()
        before = live.figures()
        resident = [_time(live, record) for _ in range(size)]
        after = live.figures()
    return {
        "growth": resident[-1] - resident[len(resident) // _SHARE_TO_WARM_UP],
        "resident": resident[-1],
        "peak": after.peak,
        "cpu per change": (after.cpu - before.cpu) / (size * (_FILES + 1)) * 1e6,
        "told": record.lines,
        "missed": record.misses({*changes.names(_FILES), _LAST}),
        **{f"resident at {tenth}0 %": _at(resident, tenth) for tenth in range(1, 10)},
    }


def _time(live: Live, record: Record) -> float:
    """All files once; the memory that the daemon has then."""
    changes.rewrite_all(live.places.source, _FILES, 1)
    record.paths.discard(_LAST)
    changes.rewrite(os.fsencode(live.places.source) + _LAST)
    live.wait(lambda: bool(record.follow()) and _LAST in record.paths, "end of a round")
    return live.figures().resident


def _at(resident: list[float], tenth: int) -> float:
    return resident[len(resident) * tenth // 10 - 1]
