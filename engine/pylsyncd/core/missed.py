"""What a sync was done with a moment ago though it may not have been found, since it has moved."""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import define, field

from pylsyncd.core.collapse import touch

_NEWS: Final = 2.0
"""Seconds in which the record of a Move that was made before somebody looked is sure to be read."""


@define(eq=False)
class Missed:
    """Paths that an action gave up, or that a process did not bring, and until when that may tell of a Move.

    What moves such a path on the target would move what it has had before.
    """

    _paths: deque[tuple[float, bytes]] = field(factory=deque)

    def note(self, path: bytes, now: float) -> None:
        """Remember a path for a while; the empty one stands for all."""
        self._forget(now)
        self._paths.append((now + _NEWS, path))

    def concerns(self, origin: bytes, now: float) -> bool:
        """Whether something at, above or below the origin of a Move is among them."""
        self._forget(now)
        return any(not path or touch(path, origin) for _, path in self._paths)

    def _forget(self, now: float) -> None:
        while self._paths and self._paths[0][0] < now:
            self._paths.popleft()
