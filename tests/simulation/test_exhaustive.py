"""All sequences of four changes, brought over in all allowed orders, leave the target equal to the source."""

from __future__ import annotations

import pytest

from pylsyncd.core import collapse
from simulation.exhaustive import RULES, LostError, Rules, search

LENGTH = 4
"""`make exhaustive` tries all of five, which takes the better part of an hour."""
STATES = {1: 44818, 3: 64789, 5: 44593}
"""By place in `RULES`. With one process nothing happens that may not happen with two."""


@pytest.mark.timeout(600)
@pytest.mark.slow
@pytest.mark.parametrize("place", STATES)
def test_every_sequence_of_changes_arrives_in_every_order(place: int) -> None:
    assert search(RULES[place], LENGTH) == STATES[place]


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_one_process_is_a_part_of_what_two_do(rules: Rules) -> None:
    assert search(rules, 2) > 0


def test_a_wrong_verdict_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    table = dict(collapse.SAME_DIRECTORY)
    table[collapse.DELETE, collapse.CREATE] = collapse.Ruling.ABSORB
    monkeypatch.setattr(collapse, "SAME_DIRECTORY", table)
    with pytest.raises(LostError):
        search(RULES[0], 3)
