"""One run: rounds of changes, each with its fault, and then the wait for the trees to be equal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from attrs import field, frozen

from churn.changes import Churn
from churn.differing import Differences, differences, unnamed
from churn.draw import Draw
from churn.faults import FAULTS
from churn.processes import descendants
from churn.scene import Scene, scene
from e2e.daemon import CANDIDATE, LSYNCD
from e2e.waiting import Impatient, until

_BURSTS, _CHANGES = 12, 12
_LONGEST_PAUSE = 0.25
_LOOK_AGAIN = 0.3
"""Seconds between two looks at the trees; a look costs time that the daemon could use."""
_SETTLED = 2.5
"""Seconds after which the status file, written once a second, knows of the last change."""


@frozen
class Contender:
    """A daemon, what it may be told, and how long it may take."""

    name: str
    command: Sequence[str]
    keys: str
    patience: float
    tells_failures: bool


PYLSYNCD = Contender("pylsyncd", CANDIDATE, "retryMax = 4,", 100, tells_failures=True)
LSYNCD_223 = Contender("lsyncd", LSYNCD, "", 30, tells_failures=False)


@frozen
class Outcome:
    """How a run ended."""

    verdict: str
    """`equal`, `named`, or what is wrong."""
    seconds: float
    lines: Sequence[str] = field(factory=tuple)

    @property
    def is_right(self) -> bool:
        return self.verdict == "equal" or self.verdict.startswith("named")


def play(home: Path, drawn: Draw, contender: Contender, *, mounts: bool) -> Outcome:
    """Play one run, in a directory that is made for it."""
    began = time.monotonic()
    with scene(home, drawn, contender.command, more=contender.keys, mounts=mounts) as stage:
        churn = Churn(
            stage.source, drawn.seed, outside=home / "outside", names=drawn.names, pipes=drawn.archive
        )
        churn.happen(100)
        random = Random(drawn.seed)  # noqa: S311 - for runs that can be repeated
        for name in drawn.faults:
            _round(stage, churn, name, random)
        verdict, lines = _rest(stage, churn, drawn, contender)
        if verdict == "equal":  # not blind and not stuck: what happens now arrives as well
            _round(stage, churn, "calm", random)
            verdict, lines = _rest(stage, churn, drawn, contender)
        return Outcome(verdict, time.monotonic() - began, lines)


def _round(stage: Scene, churn: Churn, name: str, random: Random) -> None:
    stage.note_death()
    if stage.died:
        return
    with FAULTS[name](stage, random) as strike:
        for _ in range(_BURSTS):
            churn.happen(_CHANGES)
            strike()
            time.sleep(random.random() * _LONGEST_PAUSE)  # people pause, too
        stage.note_death()


def _rest(stage: Scene, churn: Churn, drawn: Draw, contender: Contender) -> tuple[str, Sequence[str]]:
    churn.come_to_rest()
    began, found = time.monotonic(), Differences((), ())

    def is_done() -> bool:
        nonlocal found
        stage.note_death()
        if stage.died:
            return True
        found = differences(stage, drawn)
        if not contender.tells_failures:
            return not found.paths
        is_idle = stage.waiting() == 0 and time.monotonic() - began > _SETTLED
        return is_idle and not unnamed(found, stage.status())

    try:
        until(is_done, what="the trees to be equal", seconds=contender.patience, every=_LOOK_AGAIN)
    except Impatient:
        found = differences(stage, drawn)
        return _trouble(stage, found), (*found.lines, *stage.status().decode("latin-1").splitlines())
    if stage.died:
        found = differences(stage, drawn)
        return f"died ({stage.died}), {len(found.paths)} differ", found.lines
    return (f"named {len(found.paths)}", found.lines) if found.paths else ("equal", ())


def _trouble(stage: Scene, found: Differences) -> str:
    before = set(descendants(stage.daemon.process.pid))
    time.sleep(_SETTLED)
    hangs = bool(before & set(descendants(stage.daemon.process.pid)))
    count = f"{len(found.paths)} differ" if found.paths else "does not come to rest"
    return f"hung, {count}" if hangs else count
