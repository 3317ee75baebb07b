"""Files created as fast as possible: what the daemon uses for each, and whether it tells of all."""

from __future__ import annotations

import time

from bench import changes, configs
from bench.measurement import Measurement
from bench.record import Record
from bench.stage import Stage

_DELAY = 1.0


def burst(stage: Stage, size: int) -> Measurement:
    """One sync with the default `maxDelays`."""
    changes.directories(stage.places.source, size)
    return _measured(
        stage, configs.recording(stage.places, delay=_DELAY), [Record(stage.places.record)], size
    )


def fan_out(stage: Stage, size: int, *, syncs: int = 20) -> Measurement:
    """The same with many syncs on one source."""
    changes.directories(stage.places.source, size)
    config = configs.fan_out(stage.places, delay=_DELAY, syncs=syncs)
    return _measured(stage, config, [Record(file) for file in configs.records(stage.places, syncs)], size)


def _measured(stage: Stage, config: str, records: list[Record], size: int) -> Measurement:
    with stage.running(config) as live:
        live.rest()
        before = live.figures()
        begin = time.monotonic()
        changes.create(stage.places.source, size)
        made = time.monotonic()
        end = live.hand_over(records, size, delay=_DELAY)
        after = live.figures()
        handed = sum(len(record.paths) for record in records)
        cpu = after.cpu - before.cpu
        return {
            "cpu per file": cpu / max(handed, 1) * 1e6,
            "cpu": cpu,
            "seconds": end - begin,
            "seconds of the load": made - begin,
            "missed": size * len(records) - handed,
            "told twice": sum(record.lines for record in records) - handed,
            "wake-ups": after.wakeups - before.wakeups,
            "overflows": live.overflows(),
            "peak": after.peak,
        }
