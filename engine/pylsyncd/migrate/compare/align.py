"""Which call of one daemon is which of the other's, sync by sync. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from pylsyncd.migrate.compare.bursts import is_burst, unfolded
from pylsyncd.migrate.compare.log import Call
from pylsyncd.migrate.compare.plain import plain
from pylsyncd.migrate.compare.rewrites import explain
from pylsyncd.migrate.compare.rows import Row


@frozen
class Match:
    """Two calls that are the same, or differ by these rows."""

    theirs: Call
    ours: Call
    rows: tuple[Row, ...] = ()


@frozen
class Alignment:
    """The calls of one sync in one group of steps."""

    matches: tuple[Match, ...]
    """In Lsyncd's order."""
    ours_in_order: tuple[Call, ...]
    """Our calls of them, in our order."""
    only_theirs: tuple[Call, ...]
    only_ours: tuple[Call, ...]
    has_other_order: bool
    """Whether the calls that match come in another order, in a sync that runs one at a time."""
    has_burst: bool = False
    """Whether we have made several moves in one call, which brings them together."""


def align(theirs: Sequence[Call], ours: Sequence[Call]) -> Alignment:
    """Match each call at most once: with its equal, else with the first that it can be explained by."""
    left, right = [plain(call) for call in theirs], [plain(call) for call in unfolded(ours)]
    found: dict[int, tuple[int, tuple[Row, ...]]] = {}
    for is_equal_only in (True, False):
        for i, call in enumerate(left):
            if i not in found:
                taken = {j for j, _ in found.values()}
                candidates = ((j, one) for j, one in enumerate(right) if j not in taken)
                match = next(_matches(call, candidates, is_equal_only=is_equal_only), None)
                if match is not None:
                    found[i] = match
    order = [found[i][0] for i in sorted(found)]
    return Alignment(
        tuple(Match(left[i], right[j], rows) for i, (j, rows) in sorted(found.items())),
        tuple(right[j] for j in sorted(order)),
        tuple(call for i, call in enumerate(left) if i not in found),
        tuple(call for j, call in enumerate(right) if j not in set(order)),
        order != sorted(order) and all(call.lanes == 1 for call in (*left, *right)),
        any(map(is_burst, ours)),
    )


def _matches(
    call: Call, candidates: Iterator[tuple[int, Call]], *, is_equal_only: bool
) -> Iterator[tuple[int, tuple[Row, ...]]]:
    for j, one in candidates:
        if call == one:
            yield j, ()
        elif not is_equal_only:
            rows = explain(call, one)
            if rows is not None:
                yield j, rows


def by_origin(calls: Sequence[Call]) -> dict[bytes, list[Call]]:
    """The calls of each sync."""
    sorted_out: dict[bytes, list[Call]] = {}
    for call in calls:
        sorted_out.setdefault(call.origin, []).append(call)
    return sorted_out
