"""Runs the cases: every daemon once in each round, so that what slows the machine slows all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from bench.catalogue import Case
from bench.contenders import Contender
from bench.measurement import Measurement
from bench.stage import Stage
from e2e.waiting import Impatient


@frozen
class Sample:
    """What one daemon has shown in one round; `failure`: why it has shown nothing."""

    case: str
    size: int
    contender: str
    measurement: Measurement
    failure: str | None = None


@frozen
class Series:
    """One case in one size."""

    case: Case
    size: int
    rounds: int


def play(
    series: Sequence[Series], contenders: Sequence[Contender], home: Path, tell: Callable[[Sample], None]
) -> list[Sample]:
    """All series, one after the other; `tell` hears each sample at once."""
    samples = []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as directory:
        for one in series:
            for sample in _interleaved(one, contenders, Path(directory)):
                tell(sample)
                samples.append(sample)
    return samples


def _interleaved(one: Series, contenders: Sequence[Contender], home: Path) -> Iterator[Sample]:
    who = [contender for contender in contenders if one.case.admits(contender, one.size)]
    for _ in range(one.rounds):
        for contender in who:
            yield _sample(one, contender, home)


def _sample(one: Series, contender: Contender, home: Path) -> Sample:
    shared, place = home / "shared", home / "place"
    shared.mkdir(exist_ok=True)
    stage = Stage.prepared(contender, place, shared)
    try:
        measurement = one.case.measure(stage, one.size)
    except (Impatient, OSError) as failure:
        return Sample(one.case.name, one.size, contender.name, {}, str(failure))
    finally:
        shutil.rmtree(place)
    return Sample(one.case.name, one.size, contender.name, measurement)
