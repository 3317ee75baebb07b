"""One change at a time: from the close of a source file to an identical target."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

from inotify_simple import INotify, flags

from bench import changes, configs
from bench.configs import Places
from bench.measurement import Measurement
from bench.stage import Live, Stage
from e2e.waiting import Impatient

_FILES = 10
_WRITTEN = b"%09d"
"""Always the same size, so that no half of it is taken for the whole."""
_PAUSE = 0.02
"""Seconds between changes, in which the daemon hears that its process has ended."""
_PATIENCE = 30.0


def latency(stage: Stage, size: int, *, config: Callable[[Places], str]) -> Measurement:
    """So many changes of a few files."""
    for number in range(_FILES):
        for root in (stage.places.source, stage.places.target):
            changes.rewrite(_file(os.fsencode(root), number), _WRITTEN % 0)
    with stage.started(config(stage.places)) as live:
        live.daemon.wait_for_startup()
        live.rest()
        before = live.figures()
        times = sorted(_times(live, size))
        after = live.figures()
    return {
        "median": _quantile(times, 0.5),
        "p95": _quantile(times, 0.95),
        "p99": _quantile(times, 0.99),
        "cpu per event": (after.cpu - before.cpu) / size * 1e6,
        "peak": after.peak,
    }


direct = partial(latency, config=partial(configs.direct, delay=0))
direct_delayed = partial(latency, config=partial(configs.direct, delay=1))
command = partial(latency, config=partial(configs.command, delay=0))
command_delayed = partial(latency, config=partial(configs.command, delay=1))


def _times(live: Live, size: int) -> list[float]:
    with INotify() as target:
        target.add_watch(live.places.target, flags.CLOSE_WRITE | flags.MOVED_TO)
        return [_one(live, target, number) for number in range(1, size + 1)]


def _one(live: Live, target: INotify, number: int) -> float:
    """Milliseconds from the close of the source until the target is the same."""
    content = _WRITTEN % number
    name = number % _FILES
    changes.rewrite(_file(os.fsencode(live.places.source), name), content)
    begin = time.monotonic()
    copy = _file(os.fsencode(live.places.target), name)
    while _content(copy) != content:
        if not target.read(timeout=1000) and time.monotonic() - begin > _PATIENCE:
            message = f"change {number} did not arrive\n{live.daemon.report()}"
            raise Impatient(message)
    end = time.monotonic()
    time.sleep(_PAUSE)
    return (end - begin) * 1e3


def _file(root: bytes, number: int) -> bytes:
    return root + b"/f%d" % number


def _content(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
