"""From the start of the daemon to a source that is watched, and to its first line."""

from __future__ import annotations

import os
import subprocess
import time
from functools import partial
from pathlib import Path

from bench import changes, configs
from bench.measurement import Measurement
from bench.stage import Stage
from e2e.waiting import Impatient

_FIRST_LINE = b"--- Startup ---"


def start_up(stage: Stage, size: int, *, settings: str = "") -> Measurement:
    """So many empty directories, in a tree that all daemons have read before."""
    source = tree_of(stage.shared, size)
    with stage.running(settings + configs.recording(stage.places, delay=1, source=source)) as live:
        live.rest()
        figures = live.figures()
        return {
            "ready": live.ready_after,
            "watches": live.daemon.watches(),
            "cpu": figures.cpu,
            "resident": figures.resident,
            "peak": figures.peak,
        }


fanotify = partial(start_up, settings='settings { monitor = "fanotify" }\n')
"""One mark in the place of all watches; only root may."""


def tree_of(shared: Path, size: int) -> Path:
    """A tree of so many directories, built once."""
    root = shared / f"directories{size}"
    if not root.exists():
        root.mkdir()
        changes.tree(root, size)
    return root


def start(stage: Stage, size: int) -> Measurement:
    """From exec to the first line of the log, so many times."""
    file = stage.places.home / "config.lua"
    file.write_text(configs.recording(stage.places, delay=1))
    begins = sorted(
        _first_line([*stage.contender.command, "-nodaemon", os.fspath(file)]) for _ in range(size)
    )
    return {"start": begins[len(begins) // 2] * 1e3, "fastest": begins[0] * 1e3}


def _first_line(command: list[str]) -> float:
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        told = b""
        for line in daemon.stdout or ():
            told += line
            if _FIRST_LINE in line:
                taken = time.monotonic() - begin
                daemon.kill()
                return taken
    raise Impatient(told.decode(errors="replace"))
