"""Many changes as fast as possible: what the daemon uses for each, and whether it tells of all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bench import changes, configs
from bench.measurement import Measurement
from bench.record import Record
from bench.stage import Live, Stage

_DELAY = 1.0
_SYNCS = 20
_REWRITTEN = 1000
_OFTEN = 100


def burst(stage: Stage, size: int) -> Measurement:
    """So many files are created."""
    changes.directories(stage.places.source, size)
    return _of_one_sync(
        stage, lambda: changes.create(stage.places.source, changes.names(size)), paths=size, events=size
    )


def delete(stage: Stage, size: int) -> Measurement:
    """So many files are deleted."""
    changes.directories(stage.places.source, size)
    changes.make(stage.places.source, size)
    return _of_one_sync(stage, lambda: changes.remove(stage.places.source, size), paths=size, events=size)


def rewrite_one(stage: Stage, size: int) -> Measurement:
    """One file is written so often."""
    return _rewritten(stage, files=1, times=size)


def rewrite_many(stage: Stage, size: int) -> Measurement:
    """So many files are written in turn, a hundred times each."""
    return _rewritten(stage, files=size, times=_OFTEN)


def fan_out(stage: Stage, size: int) -> Measurement:
    """So many files are created in the source of twenty syncs; each has to tell of all."""
    changes.directories(stage.places.source, size)
    config = configs.fan_out(stage.places, delay=_DELAY, syncs=_SYNCS)
    records = [Record(file) for file in configs.records(stage.places, _SYNCS)]
    with stage.running(config) as live:
        return _measured(
            live, lambda: changes.create(stage.places.source, changes.names(size)), records, (size, size)
        )


def _rewritten(stage: Stage, *, files: int, times: int) -> Measurement:
    changes.directories(stage.places.source, files)
    changes.make(stage.places.source, files)
    return _of_one_sync(
        stage,
        lambda: changes.rewrite_all(stage.places.source, files, times),
        paths=files,
        events=files * times,
    )


def _of_one_sync(stage: Stage, load: Callable[[], None], *, paths: int, events: int) -> Measurement:
    """With the default `maxDelays`."""
    with stage.running(configs.recording(stage.places, delay=_DELAY)) as live:
        return _measured(live, load, [Record(stage.places.record)], (paths, events))


def _measured(
    live: Live, load: Callable[[], None], records: Sequence[Record], counts: tuple[int, int]
) -> Measurement:
    """`counts`: how many paths each record is to have, and how many changes there are."""
    paths, changed = counts
    live.rest()
    before = live.figures()
    begin = time.monotonic()
    load()
    made = time.monotonic()
    end = live.hand_over(records, delay=_DELAY)
    after = live.figures()
    expected = set(changes.names(paths))
    missed = sum(record.misses(expected) for record in records)
    return {
        "cpu per change": (after.cpu - before.cpu)
        / _handled(changed, 1 - missed / (paths * len(records)))
        * 1e6,
        "cpu": after.cpu - before.cpu,
        "seconds": end - begin,
        "seconds of the load": made - begin,
        "missed": missed,
        "told": sum(record.lines for record in records),
        "wake-ups": after.wakeups - before.wakeups,
        "overflows": live.overflows(),
        "peak": after.peak,
    }


def _handled(changed: int, share: float) -> float:
    """Of how many changes the daemon has told: what an overflow has lost was no work for it."""
    return max(changed * share, 1)
