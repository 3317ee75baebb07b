"""What a seed decides besides the changes: the config, the names, and which fault each round has."""

from __future__ import annotations

from collections.abc import Collection
from random import Random

from attrs import frozen

from churn.names import HOSTILE, PLAIN

KINDS = ("rsync", "rsyncssh", "direct")
_ROUNDS = 5
_SELDOM = "overflow"
"""Once in a run: the second one has to wait for a minute."""


@frozen
class Draw:
    """One run."""

    kind: str
    seed: int
    archive: bool
    """Modes, owners and pipes are promised only where rsync is told to bring them."""
    slow: bool
    """The line to the target is thin, so that changes and faults fall into transfers."""
    names: tuple[str, ...]
    delay: float
    faults: tuple[str, ...]
    """One for each round of changes."""


def draw(kind: str, seed: int, faults: Collection[str]) -> Draw:
    """The run of a seed; `faults` are those that can be had here."""
    random = Random(f"{kind} {seed}")  # noqa: S311 - for runs that can be repeated
    drawn = random.choices(sorted(faults), k=_ROUNDS)
    return Draw(
        kind,
        seed,
        archive=random.random() < 0.5,
        slow=random.random() < 0.5,
        names=random.choice((PLAIN, HOSTILE)),
        delay=random.choice((0, 0.3, 1)),
        faults=tuple(
            name for number, name in enumerate(drawn) if name != _SELDOM or name not in drawn[:number]
        ),
    )
