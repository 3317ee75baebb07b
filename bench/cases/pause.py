"""How long the daemon leaves its descriptor unread while it works on a long queue."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Final

from bench import changes, configs
from bench.measurement import Measurement
from bench.record import Record
from bench.stage import Stage
from bench.unread import Pauses, inotify_of, watched_while

_PAUSE: Final = 0.0002
"""Seconds between files: slow enough that the queue of the kernel does not run over."""
_TRICKLE: Final = 0.001
"""Seconds between files while the queue is full; a pause that is shorter is none."""
_FULL: Final = 2000
"""Files of the trickle before the gate is opened."""


def pause(stage: Stage, size: int) -> Measurement:
    """So many paths come one by one, wait, and are handed over while more come."""
    changes.directories(stage.places.source, size)
    os.mkfifo(stage.places.gate)
    with stage.running(configs.held(stage.places, delay=0)) as live, inotify_of(live.pid) as descriptor:
        live.take_slot()
        root = os.fsencode(live.places.source)
        more = (b"/more%d" % number for number in count())
        filling = _longest(descriptor, (root + name for name in changes.names(size)), _PAUSE)
        full = _longest(descriptor, (root + next(more) for _ in range(_FULL)), _TRICKLE)
        live.open_gate()
        record = Record(live.places.record)
        handing_over = _longest(descriptor, _until(lambda: _has(record, size), root, more), _TRICKLE)
        return {
            "pause": max(filling, full, handing_over),
            "pause when filling": filling,
            "pause when full": full,
            "pause when handing over": handing_over,
            "overflows": live.overflows(),
            "peak": live.figures().peak,
        }


def _longest(descriptor: int, paths: Iterable[bytes], seconds: float) -> float:
    """Milliseconds; makes a file, looks for so long, and makes the next."""
    pauses = Pauses()
    for path in paths:
        os.mknod(path)
        watched_while(descriptor, seconds, pauses)
    return pauses.longest * 1e3


def _until(condition: Callable[[], bool], root: bytes, names: Iterator[bytes]) -> Iterator[bytes]:
    while not condition():
        yield root + next(names)


def _has(record: Record, size: int) -> bool:
    record.follow()
    return len(record.paths) >= size  # those of the trickle are told later than those that waited
