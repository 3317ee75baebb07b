"""As test_watchbook_follows_the_kernel, in quick, repeatable plays: many, for rare meetings of events."""

from __future__ import annotations

import random

import pytest

from core.test_watchbook_follows_the_kernel import BookFollowsKernel, Operation

KINDS = ["mkdir"] * 6 + ["touch", "remove"] + ["rename"] * 7
PLAYS = 250


def _operation(dice: random.Random, kinds: list[str]) -> Operation:
    names = [b"a", b"b", b"a", b"b", b"x"]
    return Operation(
        dice.choice(kinds), dice.randrange(64), dice.randrange(64), dice.choice(names), dice.random() < 0.7
    )


def _play(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # a play to repeat, no secret
    kinds = KINDS + ["exchange"] * (dice.random() < 0.3)
    play = BookFollowsKernel()
    play.begin([_operation(dice, kinds) for _ in range(dice.randrange(25))])
    for _ in range(dice.randrange(1, 60)):
        _turn(play, dice, kinds)
    play.teardown()


def _turn(play: BookFollowsKernel, dice: random.Random, kinds: list[str]) -> None:
    match dice.randrange(14):
        case 0 | 1 | 2 | 3 | 4:
            play.things_happen([_operation(dice, kinds) for _ in range(dice.randrange(1, 4))])
        case 5:
            play.something_will_happen_within_a_scan(_operation(dice, kinds))
        case 6:
            play.removed_directories_stay_open()
        case 7:
            play.removed_directories_are_closed()
        case 8 | 9:
            play.the_queue_is_drained(dice.choice([0, 0, 0, 1, 2, 3]))
        case 10 | 11 | 12:
            play.inputs_are_handled(dice.randrange(1, 5))
        case _:
            play.time_passes()


@pytest.mark.parametrize("first", range(0, 16 * PLAYS, PLAYS))
def test_at_rest_the_book_equals_the_tree(first: int) -> None:
    for seed in range(first, first + PLAYS):
        _play(seed)
