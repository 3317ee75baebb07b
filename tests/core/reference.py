"""The plain twin of the delay queue: a list, scanned from the newest to the oldest (spec 3.3).

Written from the specification alone, with its own table: it shares no code with the product but
the names of event types.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

GRID = """
         Attrib   Modify   Create   Delete
Attrib   absorb   replace  replace  replace
Modify   absorb   absorb   replace  replace
Create   absorb   absorb   absorb   replace
Delete   absorb   absorb   special  absorb
"""
"""Rows: the old event; columns: the new one; as printed in spec 3.3."""

_HEADER, *_ROWS = [line.split() for line in GRID.strip().splitlines()]
TABLE = {(row[0], new): word for row in _ROWS for new, word in zip(_HEADER, row[1:], strict=True)}
ORDER = ["Attrib", "Modify", "Create"]
"""From the weakest to the strongest."""


@define(eq=False)
class Plain:
    """A queued event; `blocker` is another one that it waits for."""

    etype: str
    path: bytes
    path2: bytes | None
    alarm: float
    status: str = "wait"
    blocker: Plain | None = None
    swallowed: set[str] = field(factory=set)
    tries: int = 0
    company: int = 0


class PlainQueue:
    """What `DelayQueue` must be indistinguishable from."""

    def __init__(self, *, combine: bool, max_delays: int) -> None:
        self.combine = combine
        self.max_delays = max_delays
        self.delays: list[Plain] = []

    def add(self, etype: str, path: bytes, path2: bytes | None, alarm: float) -> None:
        new = Plain(etype, path, path2, alarm)
        if etype in {"Init", "Blanket", "Full"}:
            self._append(new, self.delays[-1] if self.delays else None)
            return
        for old in reversed(self.delays):
            verdict = self._verdict(old, new)
            if verdict:
                self._follow(verdict, old, new)
                return
        self._append(new, None)

    def _follow(self, verdict: str, old: Plain, new: Plain) -> None:
        if verdict == "absorb":
            if _weaker(new.etype, old.etype):
                old.swallowed.add(new.etype)
        elif verdict == "replace":
            new.swallowed = {one for one in {*old.swallowed, old.etype} if _weaker(one, new.etype)}
            new.alarm = min(new.alarm, old.alarm)
            self._put_in_place(old, new)
        elif verdict == "stack":
            self._append(new, old)
        elif verdict == "turn":
            turned = Plain("Delete", old.path, None, old.alarm)
            self._put_in_place(old, turned)
            self._append(new, turned)
        elif verdict == "split":
            self.add("Delete", new.path, None, new.alarm)
            self.add("Create", new.path2 or b"", None, new.alarm)

    def _verdict(self, old: Plain, new: Plain) -> str | None:  # noqa: PLR0911 - the rules in their order
        if old.etype in {"Init", "Blanket"}:
            return "stack"
        if old.etype == "Full":
            return None
        if new.etype == "Move":
            pairs = [(a, b) for a in (old.path, old.path2) for b in (new.path, new.path2) if a and b]
            return "split" if any(_related(a, b) for a, b in pairs) else None
        if old.etype == "Move":
            return _against_move(old, new)
        if old.path == new.path:
            return self._same_path(old, new)
        if _nested(old.path, new.path):
            return "stack"
        return "stack" if self.combine and old.path.rstrip(b"/") == new.path.rstrip(b"/") else None

    def _same_path(self, old: Plain, new: Plain) -> str | None:
        if old.status == "active":
            return "stack"
        is_directory = new.path.endswith(b"/")
        if not self.combine:
            if is_directory:
                return "stack"
            return "replace" if (old.etype, new.etype) == ("Delete", "Create") else None
        verdict = TABLE[old.etype, new.etype]
        if verdict == "special":
            return "stack" if is_directory else "replace"
        return verdict

    def _append(self, new: Plain, blocker: Plain | None) -> None:
        new.blocker = blocker
        new.status = "block" if blocker else "wait"
        self.delays.append(new)

    def _put_in_place(self, old: Plain, new: Plain) -> None:
        new.status, new.blocker = old.status, old.blocker
        self.delays[self.delays.index(old)] = new
        for one in self.delays:
            if one.blocker is old:
                one.blocker = new

    def activate(self, delay: Plain) -> None:
        delay.status = "active"
        delay.swallowed = set()

    def remove(self, delay: Plain) -> None:
        self.delays.remove(delay)
        for place, one in enumerate(self.delays):
            if one.blocker is delay:
                one.blocker = None
                if one.status == "block" and one.etype in {"Init", "Blanket", "Full"} and place:
                    one.blocker = self.delays[place - 1]
                elif one.status == "block":
                    one.status = "wait"

    def retry(self, delay: Plain, alarm: float) -> None:
        delay.tries += 1
        delay.alarm = alarm
        delay.status = "block" if delay.blocker else "wait"

    def split(self, move: Plain) -> None:
        origin = Plain("Delete", move.path, None, move.alarm, blocker=move.blocker)
        created = Plain("Create", move.path2 or b"", None, move.alarm)
        created.blocker = origin if move.blocker else None
        for half in (origin, created):
            half.status = "block" if half.blocker else "wait"
        place = self.delays.index(move)
        self.delays[place : place + 1] = [origin, created]
        for one in self.delays:
            if one.blocker is move:
                touches = one.etype in {"Init", "Blanket", "Full"} or _related(created.path, one.path)
                one.blocker = created if touches else origin

    def discard(self, delay: Plain) -> None:
        if not delay.swallowed:
            self.remove(delay)
            return
        etype = max(delay.swallowed, key=ORDER.index)
        rest = delay.swallowed - {etype}
        self._put_in_place(delay, Plain(etype, delay.path, None, delay.alarm, swallowed=rest))

    def first_ready(self, now: float) -> Plain | None:
        crowded = len(self.delays) >= self.max_delays
        for one in self.delays:
            if one.status == "wait" and (one.alarm <= now or (crowded and one.tries == 0)):
                return one
        return None

    def next_due(self, now: float) -> float | None:
        """When something that waits is ready; None: nothing waits."""
        if self.first_ready(now):
            return now
        return min((one.alarm for one in self.delays if one.status == "wait"), default=None)

    def select(self, test: Callable[[str, bytes], str], now: float) -> list[Plain]:
        chosen: list[Plain] = []
        held: list[Plain] = []
        for one in self.delays:
            backing_off = one.tries > 0 and one.alarm > now
            is_stranger = bool(chosen) and chosen[0].company != one.company
            if (
                one.status == "active"
                or backing_off
                or is_stranger
                or any(one.blocker is other for other in held)
            ):
                held.append(one)
                continue
            answer = test(one.etype, one.path)
            if answer == "break":
                break
            (chosen if answer == "take" else held).append(one)
        return chosen


def _weaker(one: str, other: str) -> bool:
    return one in ORDER and other in ORDER and ORDER.index(one) < ORDER.index(other)


def _nested(one: bytes, other: bytes) -> bool:
    return (one.endswith(b"/") and other.startswith(one)) or (other.endswith(b"/") and one.startswith(other))


def _related(one: bytes, other: bytes) -> bool:
    return one.rstrip(b"/") == other.rstrip(b"/") or _nested(one, other)


def _against_move(old: Plain, new: Plain) -> str | None:
    destination = old.path2 or b""
    if _related(old.path, new.path):
        return "stack"
    if destination == new.path and old.status != "active" and new.etype in {"Create", "Delete"}:
        return "turn"
    return "stack" if _related(destination, new.path) else None
