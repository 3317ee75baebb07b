"""What differs between two daemons, and by which row of `docs/differences.md`. Pure.

With default settings pylsyncd combines events, which no look at a call can tell. So it runs a second time
with `collapse = false`, as a witness: a difference that the witness does not show is due to combining.
"""

from __future__ import annotations

import enum
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from pylsyncd.migrate.compare.align import Alignment, align, by_origin
from pylsyncd.migrate.compare.log import Call, SideLog
from pylsyncd.migrate.compare.plan import Group
from pylsyncd.migrate.compare.rows import Row
from pylsyncd.migrate.steps import Create, Delete, Exit, Kill, Move, Signal, Touch

_RSYNC_IN_PART: Final = 23
EXIT_FAILURE: Final = 255
"""How both daemons end when they give up."""


class Kind(enum.Enum):
    """What sort of difference it is."""

    OTHER = "called otherwise"
    ONLY_LSYNCD = "Lsyncd only"
    ONLY_PYLSYNCD = "pylsyncd only"
    ORDER = "another order"
    END = "the daemon's end"


@frozen
class Difference:
    """Something that the daemons did not do alike. Without rows it is unexplained."""

    group: int
    kind: Kind
    origin: bytes
    theirs: tuple[Call, ...]
    ours: tuple[Call, ...]
    rows: tuple[Row, ...]
    note: str = ""


@frozen
class Verdict:
    """All differences, and how much was alike."""

    alike: int
    differences: tuple[Difference, ...]

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Those without a row."""
        return tuple(one for one in self.differences if not one.rows)


@frozen
class _Scene:
    """One group of steps, and all that went before."""

    number: int
    groups: Sequence[Group]

    @property
    def steps(self) -> list[object]:
        """What happens in it."""
        return [one.step for one in self.groups[self.number].steps]

    @property
    def failures(self) -> list[Exit | Kill]:
        """How processes were made to fail so far."""
        return [
            one.step
            for group in self.groups[: self.number + 1]
            for one in group.steps
            if isinstance(one.step, Kill) or (isinstance(one.step, Exit) and one.step.code)
        ]

    @property
    def is_reloading(self) -> bool:
        """Whether the daemons read their configuration anew in it."""
        return Signal(signal.SIGHUP) in self.steps

    def takes_away(self, path: bytes) -> bool:
        """Whether that, or what it lies in, leaves its place."""
        return self._names(path, Delete, Move)

    def touches(self, path: bytes) -> bool:
        """Whether that, or what it lies in, gets other attributes."""
        return self._names(path, Touch)

    def _names(self, path: bytes, *kinds: type[Delete | Move | Touch]) -> bool:
        plain = path.replace(b"//", b"/").rstrip(b"/") + b"/"
        named = [step.path for step in self.steps if isinstance(step, kinds)]
        return any(os.path.join(b"/", one, b"") in plain for one in named)


def judge(theirs: SideLog, ours: SideLog, witness: SideLog | None, groups: Sequence[Group]) -> Verdict:
    """Compare two logs of the same groups of steps."""
    alike = 0
    differences: list[Difference] = []
    for number in range(len(groups)):
        if theirs.is_over(number) or ours.is_over(number):
            break
        scene = _Scene(number, groups)
        sides = [by_origin(log.groups[number]) for log in (theirs, ours)]
        seen = None if witness is None else by_origin(witness.groups[number])
        for origin in sorted({*sides[0], *sides[1]}):
            first, second = (side.get(origin, []) for side in sides)
            alignment = align(first, second)
            control = None if seen is None else align(first, seen.get(origin, []))
            alike += sum(not match.rows for match in alignment.matches)
            differences += _differences(scene, origin, alignment, control)
    return Verdict(alike, (*differences, *_end(theirs, ours, groups)))


def _differences(
    scene: _Scene, origin: bytes, found: Alignment, control: Alignment | None
) -> Iterator[Difference]:
    for match in found.matches:
        if match.rows:
            pair = (match.theirs,), (match.ours,)
            yield Difference(scene.number, Kind.OTHER, origin, *pair, match.rows)
    if found.has_other_order:
        all_calls = tuple(match.theirs for match in found.matches), found.ours_in_order
        rows = _rows_of_order(scene, control) or _rows_of_bursts(found)
        yield Difference(scene.number, Kind.ORDER, origin, *all_calls, rows)
    yield from _paired(_alone(scene, origin, found, control))


def _alone(scene: _Scene, origin: bytes, found: Alignment, control: Alignment | None) -> Iterator[Difference]:
    """Calls that have no partner. What the witness has no trouble with is due to combining.

    Unless something has failed before: then the witness goes on in its own way too.
    """
    has_failed = bool(scene.failures)
    burst = _rows_of_bursts(found)
    spare, extra = (control or found).only_theirs, (control or found).only_ours
    for call in found.only_theirs:
        rows = _rows_of_theirs(scene, call) or burst if has_failed or call in spare else (Row.COMBINING,)
        yield Difference(scene.number, Kind.ONLY_LSYNCD, origin, (call,), (), rows)
    for call in found.only_ours:
        rows = _rows_of_ours(scene, call) or burst if has_failed or call in extra else (Row.COMBINING,)
        yield Difference(scene.number, Kind.ONLY_PYLSYNCD, origin, (), (call,), rows)


def _paired(differences: Iterable[Difference]) -> list[Difference]:
    """Unexplained calls of one program, one on either side, are shown as one difference."""
    result: list[Difference] = []
    for one in differences:
        partner = next((i for i, other in enumerate(result) if _are_partners(other, one)), None)
        if partner is None:
            result.append(one)
        else:
            result[partner] = evolve(result[partner], kind=Kind.OTHER, ours=one.ours)
    return result


def _are_partners(first: Difference, second: Difference) -> bool:
    if (first.kind, second.kind) != (Kind.ONLY_LSYNCD, Kind.ONLY_PYLSYNCD) or first.rows or second.rows:
        return False
    return os.path.basename(first.theirs[0].argv[0]) == os.path.basename(second.ours[0].argv[0])


def _rows_of_order(scene: _Scene, control: Alignment | None) -> tuple[Row, ...]:
    if control is not None and not control.has_other_order:
        return (Row.COMBINING,)
    if any(isinstance(step, Create | Move) and step.path.endswith(b"/") for step in scene.steps):
        return (Row.NEW_DIRECTORY, Row.LISTING_ORDER)
    return _rows_of_failures(scene)


def _rows_of_bursts(found: Alignment) -> tuple[Row, ...]:
    """Moves that go together pass by what stands between them, which then goes together too."""
    return (Row.RSYNCSSH_BURST,) if found.has_burst else ()


def _rows_of_theirs(scene: _Scene, call: Call) -> tuple[Row, ...]:
    program = os.path.basename(call.argv[0])
    if program == b"cp" and scene.takes_away(call.argv[-2]):
        return (Row.DIRECT_LEFT,)
    return (Row.HUP,) if scene.is_reloading else _rows_of_failures(scene)


def _rows_of_ours(scene: _Scene, call: Call) -> tuple[Row, ...]:
    if call.argv[:2] == (b"sh", b"-c") and b"--reference=" in call.argv[2]:
        return (Row.DIRECT_ATTRIBUTES,)
    if call.argv[0] in {b"cp", b"mkdir"} and scene.touches(call.argv[-2]):
        return (Row.DIRECT_ATTRIBUTES,)
    has_moved = any(isinstance(step, Move) for step in scene.steps)
    if has_moved and call.argv[0] in {b"cp", b"rm", b"mkdir"}:
        return (Row.DIRECT_FAILING,)
    return _rows_of_failures(scene)


def _rows_of_failures(scene: _Scene) -> tuple[Row, ...]:
    """Once a process has failed, the daemons go on in their own ways."""
    failures = scene.failures
    if not failures:
        return ()
    if any(isinstance(one, Kill) for one in failures):
        return (Row.KILLED,)
    if any(one == Exit(_RSYNC_IN_PART, one.program) for one in failures):
        return (Row.PARTIAL_FAILURE,)
    return (Row.FAILING_EVENT, Row.PAUSES)


def _end(theirs: SideLog, ours: SideLog, groups: Sequence[Group]) -> Iterator[Difference]:
    if theirs.ended == ours.ended:
        return
    number = min(log.ended[0] for log in (theirs, ours) if log.ended)
    note = f"Lsyncd {_shown(theirs)}; pylsyncd {_shown(ours)}"
    yield Difference(number, Kind.END, b"", (), (), _rows_of_end(theirs, ours, _Scene(number, groups)), note)


def _rows_of_end(theirs: SideLog, ours: SideLog, scene: _Scene) -> tuple[Row, ...]:
    if ours.ended is None and "Queue is broken" in theirs.last_words:
        return (Row.QUEUE_BROKEN,)
    return (Row.DIE, Row.UNLISTED_CODE) if scene.failures else ()


def failed_by_itself(log: SideLog, groups: Sequence[Group]) -> bool:
    """Whether a daemon gave up although no process was made to fail, and no signal was sent."""
    if log.ended is None or log.ended[1] != EXIT_FAILURE or "Queue is broken" in log.last_words:
        return False
    return not _Scene(log.ended[0], groups).failures


def _shown(log: SideLog) -> str:
    if log.ended is None:
        return "goes on"
    words = f": {log.last_words}" if log.ended[1] == EXIT_FAILURE else ""
    return f"ends with exit code {log.ended[1]}{words}"
