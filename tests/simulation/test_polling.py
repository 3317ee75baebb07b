"""A tree that is watched by looking: when it comes to rest its target equals it."""

from __future__ import annotations

from simulation.polling import polled_failing

SEEDS = 48
"""`make simulate POLLED=1` plays more."""


def test_every_target_equals_its_polled_source_at_rest() -> None:
    assert [one for one in map(polled_failing, range(SEEDS)) if one] == []
