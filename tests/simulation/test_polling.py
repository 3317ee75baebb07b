"""A tree that is watched by looking: when it comes to rest its target equals it."""

from __future__ import annotations

import pytest

from simulation.polling import polled_failing

SEEDS = 160
PART = 40


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_every_target_equals_its_polled_source_at_rest(first: int) -> None:
    assert [one for one in map(polled_failing, range(first, first + PART)) if one] == []
