"""The processes that a daemon has started, as the kernel knows them."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Children, their children, and so on."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:  # it has ended
        return []
    return [int(word) for word in text.split()]


def kill(pids: list[int], sign: signal.Signals) -> None:
    """Send a signal to those that still run."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, sign)


def has_ended(pid: int) -> bool:
    """Whether it is gone, or waits only to be told of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True


def catches(pid: int, sign: signal.Signals) -> bool:
    """Whether a process has a handler for that signal, or is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    caught = status.partition("SigCgt:")[2].split()[0]
    return bool(int(caught, 16) >> (sign - 1) & 1)
