"""What a run was made on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from attrs import frozen


@frozen
class Machine:
    """Enough to know whether two runs can be compared."""

    processor: str
    cores: int
    memory: str
    kernel: str
    python: str
    load: float
    """The average of the last minute when the run began: who else was working."""


def this_machine() -> Machine:
    """As the kernel describes it."""
    return Machine(
        _value("/proc/cpuinfo", "model name"),
        len(os.sched_getaffinity(0)),
        _value("/proc/meminfo", "MemTotal"),
        platform.release(),
        platform.python_version(),
        os.getloadavg()[0],
    )


def _value(file: str, key: str) -> str:
    for line in Path(file).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown"
