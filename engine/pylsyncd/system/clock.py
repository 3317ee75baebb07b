"""The only reader of clocks, and how a wall-clock time is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The clocks of this machine; tests hand over numbers instead (house rule 2)."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; its zero means nothing."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970 (UTC), as the operator has set them; may jump."""
        return time.time()

    def wall_and_offset(self) -> tuple[float, int]:
        """The same, and by how many seconds local time is ahead of UTC at that moment."""
        wall = self.wall()
        return wall, offset(wall)


def offset(wall: float) -> int:
    """By how many seconds local time is ahead of UTC at that moment."""
    return time.localtime(wall).tm_gmtoff


def ctime(wall: float) -> bytes:
    """Local time as C's `ctime` writes it, without the line feed: `Sun Nov  1 09:05:03 2026`."""
    return time.ctime(wall).encode("ascii")


def time_of_day(wall: float) -> bytes:
    """Local time of day as `HH:MM:SS`."""
    return time.strftime("%H:%M:%S", time.localtime(wall)).encode("ascii")


def iso8601(wall: float) -> str:
    """Local time with milliseconds and its offset from UTC: `2026-11-01T09:05:03.250+01:00`."""
    return datetime.fromtimestamp(wall, tz=UTC).astimezone().isoformat(timespec="milliseconds")
