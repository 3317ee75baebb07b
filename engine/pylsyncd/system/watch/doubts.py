"""What one reading has told of names, and where that may be wrong, since the kernel merges events.

An event that is like one in the queue, of the same process, is merged with it, and so stands before others
that happened before it. So what was told of a name last need not be what happened last. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from pylsyncd.core import masks

Place = tuple[bytes, bytes]
"""A directory's handle, and a name in it."""


@define
class Told:
    """What was told of one name last."""

    place: Place
    is_there: bool
    bits: int
    """`ISDIR` or nothing."""
    times: int = 1
    is_suspect: bool = False
    """Something else may be there than what was told."""

    def amended(self, found: int | None) -> tuple[int, ...]:
        """The masks of the records to add; `found`: `ISDIR`, 0 for what is no directory, None for nothing."""
        is_other = self.is_there and found != self.bits
        end = (masks.DELETE | self.bits,) if is_other else ()
        is_new = is_other or self.is_suspect or not self.is_there
        return end if found is None or not is_new else (*end, masks.MOVED_TO | found)


@define
class Doubts:
    """The names of one reading, by place."""

    _names: dict[Place, Told] = field(factory=dict)
    _left: dict[bytes, dict[Place, None]] = field(factory=dict)
    """Places that something has been moved from, by its handle."""

    def tell(self, place: Place, *, is_there: bool, bits: int) -> None:
        """It was told that something has come to a place, or has left it."""
        known = self._names.get(place)
        if known is None:
            self._names[place] = Told(place, is_there, bits)
        else:
            known.is_there, known.bits = is_there, bits
            known.times += 1

    def tell_move(self, target: bytes, origin: Place, place: Place) -> None:
        """One that comes back to where it was may have moved away once more, which was merged then."""
        left = self._left.setdefault(target, {})
        left[origin] = None
        if place in left:
            for one in left:
                if one in self._names:
                    self._names[one].is_suspect = True

    def doubtful(self) -> Iterator[Told]:
        """Those that more than one thing was told of."""
        return (told for told in self._names.values() if told.times > 1)

    def clear(self) -> None:
        """All that has happened so far was read."""
        self._names.clear()
        self._left.clear()
