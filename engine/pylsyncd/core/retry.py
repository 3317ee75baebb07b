"""Back-off: how long a failed delay, or a sync whose target is away, waits (spec 6.1)."""

from __future__ import annotations

from typing import Final
from zlib import crc32

_JITTER: Final = 0.1
"""Largest part of a pause that is added, so that many syncs do not come back in step."""
_LONGEST_DOUBLING: Final = 30


def pause(tries: int, *, delay: float, retry_max: float, seed: bytes) -> float:
    """Seconds to wait before try number `tries` + 1, where `tries` failures lie behind.

    The first pause is exactly `max(delay, 1)`, as Lsyncd's; then it doubles, up to `retry_max`.
    The jitter is drawn from `seed` and `tries` alone, so that a replay waits alike.
    """
    first = max(delay, 1.0)
    if tries <= 1:
        return first
    doubled = first * 2.0 ** min(tries - 1, _LONGEST_DOUBLING)
    limited = min(doubled, max(retry_max, first))
    return limited * (1.0 + _JITTER * crc32(b"%s/%d" % (seed, tries)) / 0xFFFF_FFFF)
