"""The cases: how each is measured, in which sizes, and who takes part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import frozen

from bench.cases import blocked, burst, idle, latency, pause, soak, spawn, startup
from bench.contenders import Contender
from bench.measurement import Measurement
from bench.stage import Stage


@frozen(kw_only=True)
class Case:
    """One thing to measure."""

    name: str
    measure: Callable[[Stage, int], Measurement]
    of: str
    """What the size counts."""
    headline: str
    """The number that contenders are compared by."""
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    rounds: int = 3
    peers_to: int | None = None
    """The largest size that peers are asked for."""

    def admits(self, contender: Contender, size: int) -> bool:
        """Whether that daemon takes part in that size."""
        return contender.is_ours or self.peers_to is None or size <= self.peers_to


CASES: Final[tuple[Case, ...]] = (
    Case(
        name="burst",
        measure=burst.burst,
        of="files",
        headline="cpu per change",
        sizes=(1_000, 5_000, 20_000, 50_000, 200_000),
        quick=(1_000, 5_000),
        peers_to=50_000,
    ),
    Case(
        name="blocked",
        measure=blocked.blocked,
        of="paths",
        headline="cpu per event",
        sizes=(1_000, 5_000, 20_000, 50_000, 200_000),
        quick=(1_000, 2_000),
        peers_to=5_000,
    ),
    Case(
        name="rewrite-one",
        measure=burst.rewrite_one,
        of="times",
        headline="cpu per change",
        sizes=(100_000,),
        quick=(5_000,),
    ),
    Case(
        name="rewrite-many",
        measure=burst.rewrite_many,
        of="files",
        headline="cpu per change",
        sizes=(1_000,),
        quick=(50,),
    ),
    Case(
        name="delete",
        measure=burst.delete,
        of="files",
        headline="cpu per change",
        sizes=(10_000, 100_000),
        quick=(2_000,),
        peers_to=10_000,
    ),
    Case(
        name="fan-out",
        measure=burst.fan_out,
        of="files",
        headline="cpu per change",
        sizes=(1_000,),
        quick=(200,),
    ),
    Case(
        name="start-up",
        measure=startup.start_up,
        of="directories",
        headline="ready",
        sizes=(1_000, 10_000, 100_000, 200_000),
        quick=(1_000, 10_000),
    ),
    Case(
        name="start-up-fanotify",
        measure=startup.fanotify,
        of="directories",
        headline="ready",
        sizes=(1_000, 100_000),
        quick=(1_000,),
        peers_to=0,
    ),
    Case(
        name="latency-direct",
        measure=latency.direct,
        of="changes",
        headline="median",
        sizes=(300,),
        quick=(50,),
    ),
    Case(
        name="latency-direct-1s",
        measure=latency.direct_delayed,
        of="changes",
        headline="median",
        sizes=(20,),
        quick=(3,),
        rounds=1,
    ),
    Case(
        name="latency-command",
        measure=latency.command,
        of="changes",
        headline="median",
        sizes=(300,),
        quick=(50,),
    ),
    Case(
        name="latency-command-1s",
        measure=latency.command_delayed,
        of="changes",
        headline="median",
        sizes=(20,),
        quick=(3,),
        rounds=1,
    ),
    Case(
        name="soak",
        measure=soak.soak,
        of="times",
        headline="growth",
        sizes=(1_000,),
        quick=(50,),
        rounds=1,
    ),
    Case(
        name="spawn",
        measure=spawn.spawn,
        of="processes",
        headline="cpu per process",
        sizes=(10_000,),
        quick=(500,),
        rounds=1,
    ),
    Case(
        name="pause",
        measure=pause.pause,
        of="paths",
        headline="pause",
        sizes=(1_000, 100_000),
        quick=(1_000,),
        rounds=1,
        peers_to=1_000,
    ),
    Case(
        name="idle",
        measure=idle.idle,
        of="seconds",
        headline="wake-ups",
        sizes=(60,),
        quick=(5,),
        rounds=1,
    ),
    Case(
        name="start",
        measure=startup.start,
        of="starts",
        headline="start",
        sizes=(20,),
        quick=(5,),
    ),
)


def case_named(name: str) -> Case:
    """Raises KeyError for a name that no case has."""
    return {case.name: case for case in CASES}[name]
