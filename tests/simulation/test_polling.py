"""A tree that is watched by looking: when it comes to rest its target equals it."""

from __future__ import annotations

import pytest

from simulation.polling import polled_failing

SEEDS = 48
MANY = 1500


def test_every_target_equals_its_polled_source_at_rest() -> None:
    assert [one for one in map(polled_failing, range(SEEDS)) if one] == []


@pytest.mark.slow
def test_so_it_does_in_many_more_worlds() -> None:
    assert [one for one in map(polled_failing, range(SEEDS, MANY)) if one] == []
