"""Values of options that several sub-commands have: seconds, times, numbers."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Final

DEFAULT_START: Final = "2026-01-05T00:00:00"
"""When a simulated daemon starts: a Monday, so that results do not depend on the day they are made on."""


def seconds(word: str) -> float:
    """Seconds from 0 on."""
    try:
        number = float(word)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        message = f"{word!r} is not a number of seconds, 0 or more"
        raise ArgumentTypeError(message)
    return number


def time_of(word: str) -> float:
    """A local time, as seconds since 1970."""
    try:
        return datetime.fromisoformat(word).timestamp()
    except ValueError:
        message = f"{word!r} is not a time such as {DEFAULT_START}"
        raise ArgumentTypeError(message) from None


def count(word: str) -> int:
    """A whole number from 0 on."""
    if not word.isdigit():
        message = f"{word!r} is not a whole number, 0 or more"
        raise ArgumentTypeError(message)
    return int(word)
