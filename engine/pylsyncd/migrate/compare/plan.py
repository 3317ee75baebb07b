"""Steps in groups: what happens at once, up to the next wait. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from pylsyncd.migrate.steps import Have, Placed, Start, Wait


@frozen
class Group:
    """What happens while both daemons stand still, and how long they are let run behind it."""

    steps: tuple[Placed, ...]
    seconds: float = 0.0

    @property
    def line(self) -> int:
        """Where it begins; 0: it is the start."""
        return self.steps[0].line if self.steps else 0


@frozen
class Plan:
    """A whole run."""

    before: tuple[Placed, ...]
    """What is there before the daemons start."""
    groups: tuple[Group, ...]
    """The first is the start, with orders to processes that stand before it."""


def plan(placed: Iterable[Placed]) -> Plan:
    """Take the steps apart. The start is a group of its own, with the waits right behind it."""
    steps = list(placed)
    before = tuple(one for one in steps if isinstance(one.step, Have))
    groups = [Group(())]
    pending: list[Placed] = []
    for one in steps:
        match one.step:
            case Have() | Start():
                continue
            case Wait(seconds):
                groups = _closed(groups, pending, seconds)
                pending = []
            case _:
                pending.append(one)
    return Plan(before, tuple(_closed(groups, pending, 0.0) if pending else groups))


def _closed(groups: Sequence[Group], pending: Sequence[Placed], seconds: float) -> list[Group]:
    if pending:
        return [*groups, Group(tuple(pending), seconds)]
    *others, last = groups
    return [*others, Group(last.steps, last.seconds + seconds)]
