"""Which watch descriptor a directory has been given, by its file handle."""

from __future__ import annotations

from typing import Final

from attrs import define, field

_MOST_STRANGERS: Final = 65_536
"""Handles of some 80 bytes each."""


@define(eq=False)
class Handles:
    """Descriptors by handle and back; no descriptor is given twice."""

    _wds: dict[bytes, tuple[int, int]] = field(factory=dict)
    """Each with the age in which it was given."""
    _handles: dict[int, bytes] = field(factory=dict)
    _strangers: set[bytes] = field(factory=set)
    """Directories that lie in no source."""
    _last: int = 0
    _age: int = 0

    def __len__(self) -> int:
        return len(self._wds)

    def wd(self, handle: bytes) -> int | None:
        """What it was given; 0: it lies in no source; None: it has to be introduced, maybe once more."""
        wd, age = self._wds.get(handle, _NOTHING)
        if age >= self._age:
            return wd
        return 0 if handle in self._strangers or not handle else None

    def give(self, handle: bytes, *, for_good: bool = False) -> int:
        """Its descriptor, a new one if it has to be introduced; `for_good`: whatever is doubted."""
        wd, age = self._wds.get(handle, _NOTHING)
        if age < self._age:
            self._handles.pop(wd, None)
            wd = self._last = self._last + 1
            self._handles[wd] = handle
            self._strangers.discard(handle)
        self._wds[handle] = wd, _FOR_GOOD if for_good else self._age
        return wd

    def doubt(self) -> None:
        """The tree has changed in a way in which it is not clear whom the book has forgotten.

        Each directory is introduced once more before it is told of; sources have their watches for good.
        """
        self._age += 1

    def take(self, wd: int) -> bool:
        """Forget one; whether it was given at any time."""
        handle = self._handles.pop(wd, None)
        if handle is not None:
            del self._wds[handle]
        return 0 < wd <= self._last

    def handle(self, wd: int) -> bytes | None:
        """The other way round."""
        return self._handles.get(wd)

    def leave_out(self, handle: bytes) -> None:
        """It lies in no source."""
        if len(self._strangers) >= _MOST_STRANGERS:
            self._strangers.clear()
        self._strangers.add(handle)

    def doubt_strangers(self) -> None:
        """A directory has come from elsewhere, maybe with others in it."""
        self._strangers.clear()


_NOTHING: Final = (0, -1)
_FOR_GOOD: Final = 1 << 62
