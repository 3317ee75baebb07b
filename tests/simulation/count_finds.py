"""How many of the first seeds find each planted bug: `python -m simulation.count_finds 500`."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from simulation.bugs import BUGS
from simulation.run import failing


def finds(number: int, *, seeds: int) -> int:
    """How many of so many seeds fail with a bug in place."""
    with pytest.MonkeyPatch.context() as patch:
        BUGS[number].plant(patch)
        return sum(failing(seed) is not None for seed in range(seeds))


def main(seeds: int) -> None:
    """One line a bug."""
    with ProcessPoolExecutor(2) as pool:
        for bug, count in zip(BUGS, pool.map(partial(finds, seeds=seeds), range(len(BUGS))), strict=True):
            sys.stdout.write(f"| {bug.name} | {count} |\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
