"""Waiting for a condition, with a deadline; nothing in these tests sleeps for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable

_LOOK_AGAIN = 0.02  # seconds between two looks at the condition


class Impatient(Exception):  # noqa: N818 - reads as what happened, and is no defect of this program
    """The condition did not come true in time."""


def until(
    condition: Callable[[], bool], *, what: str, seconds: float = 15.0, every: float = _LOOK_AGAIN
) -> None:
    """Return as soon as the condition holds; `every`: seconds between two looks."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"waited {seconds} s in vain for {what}"
            raise Impatient(message)
        time.sleep(every)
