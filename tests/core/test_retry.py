"""Back-off: the pauses between tries (spec 6.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core.retry import pause


def wait(tries: int, delay: float = 2.0, retry_max: float = 300.0, seed: bytes = b"Sync1") -> float:
    return pause(tries, delay=delay, retry_max=retry_max, seed=seed)


@pytest.mark.parametrize(("delay", "seconds"), [(0.0, 1.0), (0.5, 1.0), (15.0, 15.0)])
def test_the_first_pause_is_the_delay_but_a_second_at_least(delay: float, seconds: float) -> None:
    assert wait(1, delay=delay) == seconds


DOUBLING = [(2, 4.0), (3, 8.0), (4, 16.0), (8, 256.0), (9, 300.0), (999, 300.0)]


@pytest.mark.parametrize(("tries", "seconds"), DOUBLING)
def test_later_ones_double_up_to_the_limit_and_a_tenth_more(tries: int, seconds: float) -> None:
    assert seconds <= wait(tries) <= 1.1 * seconds


def test_a_limit_below_the_delay_does_not_hasten_it() -> None:
    assert wait(5, delay=600.0) >= 600.0


def test_two_syncs_do_not_come_back_in_step() -> None:
    assert wait(4, seed=b"Sync1") != wait(4, seed=b"Sync2")


@given(tries=st.integers(1, 10_000), delay=st.floats(0, 1e6), limit=st.floats(1, 1e6), seed=st.binary())
def test_a_replay_waits_alike_and_never_for_ever(tries: int, delay: float, limit: float, seed: bytes) -> None:
    first = pause(tries, delay=delay, retry_max=limit, seed=seed)
    assert first == pause(tries, delay=delay, retry_max=limit, seed=seed)
    assert 1.0 <= first <= 1.1 * max(delay, limit, 1.0)
