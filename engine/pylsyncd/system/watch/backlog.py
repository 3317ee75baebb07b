"""What was read of a watch descriptor and not told yet: told in parts, lest all else wait for long."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from attrs import define, field, frozen

from pylsyncd.core.model import Record

_PART: Final = 512
"""Records told in one go: a few milliseconds of work for one sync."""


@frozen
class Part:
    """Of what one drain gave."""

    records: tuple[Record, ...]
    is_followed: bool
    """Whether it is not the last one."""


@define(eq=False)
class Backlog:
    """In the order in which it happened: records, and what is to be called once those before it are told."""

    _parts: deque[Part | Callable[[], object]] = field(factory=deque)
    _records: int = 0
    """How many of the parts hold records."""

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def has_records(self) -> bool:
        """Whether there are records, or only calls."""
        return self._records > 0

    def add(self, records: tuple[Record, ...]) -> None:
        """All that one drain gave."""
        for end in range(_PART, len(records) + _PART, _PART):
            self._parts.append(Part(records[end - _PART : end], end < len(records)))
            self._records += 1

    def call_after(self, function: Callable[[], object]) -> None:
        """Have it called when all that is here now is told."""
        self._parts.append(function)

    def take(self) -> Part | None:
        """The next part, once what was to be called before it has been; None if there is none."""
        while self._parts:
            part = self._parts.popleft()
            if isinstance(part, Part):
                self._records -= 1
                return part
            part()
        return None
