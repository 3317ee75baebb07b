"""What the kernel counts about a process: its CPU time, its memory, how often it woke up."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from attrs import frozen

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROCESS_CLOCK: Final = 2
"""CPUCLOCK_SCHED: with the complement of a pid shifted by three it names the CPU clock of that process."""
_KIB: Final = 1024 / 1e6
_USER, _SYSTEM = 11, 12
"""Fields of /proc/PID/stat behind the name, which may hold anything (proc(5): 14 and 15)."""


@frozen
class Figures:
    """One look at a process. Its children count nowhere here."""

    cpu: float
    """Seconds, to the nanosecond: what /proc/PID/stat says in ticks is this, rounded."""
    ticks: int
    """User and system time as /proc/PID/stat has them, in hundredths of a second."""
    resident: float
    peak: float
    """In MB, of a million bytes."""
    wakeups: int
    """How often one of its threads has gone to sleep by itself, and thus was woken."""


def figures_of(pid: int) -> Figures:
    """Look at a process that runs; raises OSError if there is none."""
    status = Path(f"/proc/{pid}/status").read_text("latin-1")
    stat = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(") ")[2].split()
    return Figures(
        cpu_seconds(pid),
        (int(stat[_USER]) + int(stat[_SYSTEM])) * 100 // _TICKS,
        _number(status, "VmRSS:") * _KIB,
        _number(status, "VmHWM:") * _KIB,
        sum(
            _number(task.read_text("latin-1"), "\nvoluntary_ctxt_switches:")
            for task in Path(f"/proc/{pid}/task").glob("*/status")
        ),
    )


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process; raises OSError if there is none."""
    return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)


def children_of(pid: int) -> list[int]:
    """The children of its first thread, which starts all of them."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_asleep(pid: int) -> bool:
    """Whether it waits for something; one that waits for a core is at work."""
    return Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(") ")[2].startswith("S")


def _number(text: str, key: str) -> int:
    return int(text.partition(key)[2].split(maxsplit=1)[0])
