"""Medians of samples, ratios of medians, and how a cost grows with the size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from attrs import frozen

from bench.contenders import OURS
from bench.measurement import Measurement
from bench.rounds import Sample


@frozen
class Row:
    """The median round of one daemon in one case and size."""

    case: str
    size: int
    contender: str
    rounds: int
    medians: Measurement
    failures: tuple[str, ...]


@frozen
class Summary:
    """What a run has shown."""

    rows: tuple[Row, ...]

    def row(self, case: str, size: int, contender: str) -> Row | None:
        """Of that daemon; None: it was not measured."""
        wanted = (case, size, contender)
        return next((row for row in self.rows if (row.case, row.size, row.contender) == wanted), None)

    def sizes(self, case: str, contender: str = OURS) -> list[int]:
        """In which sizes it was measured."""
        return sorted(row.size for row in self.rows if (row.case, row.contender) == (case, contender))

    def value(self, case: str, size: int, number: str, contender: str = OURS) -> float | None:
        """A median; None: not measured."""
        row = self.row(case, size, contender)
        return row.medians.get(number) if row else None

    def ratio(self, case: str, size: int, number: str, peer: str) -> float | None:
        """Ours to the peer's; None where one is missing, or is nothing."""
        mine, other = self.value(case, size, number), self.value(case, size, number, peer)
        return mine / other if mine is not None and other else None

    def growth(self, case: str, number: str) -> float | None:
        """The exponent by which ours grows from the smallest to the largest size."""
        sizes = self.sizes(case)
        if len(sizes) < 2:  # noqa: PLR2004 - a line needs two points
            return None
        first, last = (self.value(case, size, number) for size in (sizes[0], sizes[-1]))
        if not first or not last:
            return None
        return math.log(last / first) / math.log(sizes[-1] / sizes[0])


def summary_of(samples: Sequence[Sample]) -> Summary:
    """One row for each case, size and daemon, in the order of the samples."""
    groups: dict[tuple[str, int, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.case, sample.size, sample.contender), []).append(sample)
    return Summary(tuple(_row(*key, group) for key, group in groups.items()))


def _row(case: str, size: int, contender: str, group: list[Sample]) -> Row:
    good = [sample.measurement for sample in group if sample.failure is None]
    names = good[0] if good else ()
    return Row(
        case,
        size,
        contender,
        len(group),
        {name: median(one[name] for one in good) for name in names},
        tuple(sample.failure for sample in group if sample.failure is not None),
    )
