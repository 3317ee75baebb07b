"""What a case gives, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Measurement = Mapping[str, float]
"""Numbers by the names below."""

UNITS: Final[Mapping[str, str]] = {
    "cpu per change": "us",
    "cpu per event": "us",
    "cpu per process": "us",
    "cpu": "s",
    "cpu ticks": "",
    "seconds": "s",
    "seconds of the load": "s",
    "ready": "s",
    "cpu of the rest": "s",
    "start": "ms",
    "fastest": "ms",
    "median": "ms",
    "p95": "ms",
    "p99": "ms",
    "pause": "ms",
    "pause when filling": "ms",
    "pause when full": "ms",
    "pause when handing over": "ms",
    "missed": "",
    "told": "",
    "wake-ups": "",
    "overflows": "",
    "watches": "",
    "resident": "MB",
    "peak": "MB",
    "growth": "MB",
    **{f"resident at {tenth}0 %": "MB" for tenth in range(1, 10)},
}
"""Every number that a case may give, and its unit."""


_THREE_DIGITS: Final = 100


def written(name: str, value: float) -> str:
    """With its unit, to three digits."""
    unit = UNITS[name]
    return f"{rounded(value)} {unit}".rstrip()


def rounded(value: float) -> str:
    """Whole numbers and large ones in full, others to three digits."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.3g}" if abs(value) < _THREE_DIGITS else f"{value:,.0f}"
