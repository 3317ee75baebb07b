"""A running process and the delays it works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import define, evolve, field

from pylsyncd.core.model import Delay, EventType, Verdict
from pylsyncd.core.team import Team

WHOLE: Final = frozenset({EventType.INIT, EventType.FULL})
"""Events that are about the whole tree."""


@define(eq=False)
class Job:
    """A running process and the delays it works on."""

    delays: tuple[Delay, ...]
    is_list: bool
    is_count: bool = False
    """It only counts what would be deleted."""
    pid: int = 0
    since: float = 0.0
    """When it started."""
    exitcode: int = 0
    team: Team | None = None
    """Of all processes that work on these delays; None: this one does alone."""
    carries_start_up: bool = field(init=False)
    """Whether it brings the whole tree in line."""

    def __attrs_post_init__(self) -> None:
        self.carries_start_up = any(one.etype in WHOLE for one in self.delays)

    def has(self, number: int) -> bool:
        """Whether it works on that delay."""
        return any(one.id == number for one in self.delays)

    @property
    def carries_all(self) -> bool:
        """Whether a failure speaks of the whole target rather than of one path."""
        return self.is_list or self.carries_start_up

    def note_exitcode(self) -> None:
        """What the process ended with is known of each event that it was for."""
        for delay in self.delays:
            delay.exitcode = self.exitcode

    @property
    def is_plain_run(self) -> bool:
        """Whether it is one run over a list or the tree, of which nothing need be remembered but that."""
        return self.carries_all and not any(one.etype is EventType.MOVE for one in self.delays)


def parts(job: Job, verdict: Verdict, each: Mapping[int, Verdict]) -> Iterator[tuple[Job, Verdict]]:
    """The job, a part for each verdict; last what none speaks of in particular, which has failed as a whole.

    Of a delay that has a verdict of its own, nothing is to be made out from the process's exit code.
    """
    for one in Verdict:
        delays = tuple(delay for delay in job.delays if each.get(delay.id) is one)
        if delays:
            yield evolve(job, delays=delays, is_list=False, exitcode=0), one
    rest = tuple(delay for delay in job.delays if delay.id not in each)
    if rest:
        yield evolve(job, delays=rest), verdict
