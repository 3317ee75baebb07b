"""One daemon with the real rsync: after each step, does the target come to equal the source?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import define, field, frozen

from e2e.daemon import Daemon, running
from e2e.session import new_source
from e2e.steps import Step
from e2e.trees import Entry, everything, snapshot
from e2e.waiting import Impatient

_PATIENCE = 12.0  # seconds for one step; the delay is one second
_MAY_FAIL = 4  # steps that did not converge, then the session is given up

Trees = dict[bytes, Entry]


@frozen
class Mirror:
    """What a daemon mirrors, and what of the source has to arrive."""

    name: str
    sync: str | None = None
    """Lua with the placeholders @SOURCE@ and @TARGET@; none means the syntax of the command line."""
    keeps: Callable[[bytes], bool] = everything
    modes: bool = False
    kinds: str = "d-l"
    """File types that arrive, as the first letter of `ls -l`."""
    patience: float = _PATIENCE
    """Seconds that one step may take."""

    def arguments(self, home: Path) -> list[str]:
        """Return the daemon's arguments; write its config, if it has one."""
        source, target = home / "source", home / "target"
        if self.sync is None:
            return ["-delay", "1", "-rsync", str(source), str(target)]
        file = home / "lsyncd.conf.lua"
        file.write_text(self.sync.replace("@SOURCE@", str(source)).replace("@TARGET@", str(target)))
        return [str(file)]

    def expected(self, home: Path) -> Trees:
        """Return what the target has to look like."""
        tree = snapshot(bytes(home / "source"), modes=self.modes, keeps=self.keeps)
        return {path: entry for path, entry in tree.items() if entry.kind in self.kinds}

    def actual(self, home: Path) -> Trees:
        """Return what the target looks like."""
        return snapshot(bytes(home / "target"), modes=self.modes)


@define
class Mirroring:
    """How it went: per step nothing, or what was wrong."""

    troubles: dict[str, str] = field(factory=dict)
    done: list[str] = field(factory=list)
    log: str = ""

    def verdict(self, step: str) -> str:
        """Return an empty string if the trees were equal after the step."""
        if step in self.troubles:
            return self.troubles[step]
        return "" if step in self.done else "the daemon did not come so far: see the steps before"


def mirror_steps(command: Sequence[str], mirror: Mirror, steps: Sequence[Step], *, home: Path) -> Mirroring:
    """Run the daemon through all steps and compare the trees after each."""
    tree = new_source(home)
    outcome = Mirroring()
    with running(command, mirror.arguments(home), home=home) as daemon:
        start = Step("start-up", lambda _: None)
        for step in (start, *steps):
            if len(outcome.troubles) >= _MAY_FAIL or not daemon.is_alive():
                break
            if step is not start:
                step.happen(tree)
            _compare(outcome, daemon, mirror, step, home)
        outcome.log = daemon.log()
    return outcome


def _compare(outcome: Mirroring, daemon: Daemon, mirror: Mirror, step: Step, home: Path) -> None:
    expected = mirror.expected(home)
    try:
        if not outcome.done:
            daemon.wait_for_startup()
        daemon.wait_until(
            lambda: mirror.actual(home) == expected and daemon.has_finished_all(),
            what=f"the target to equal the source after: {step.name}",
            seconds=mirror.patience,
        )
    except Impatient as trouble:
        outcome.troubles[step.name] = f"{differences(expected, mirror.actual(home))}\n{trouble}"
    outcome.done.append(step.name)


def differences(expected: Trees, actual: Trees) -> str:
    """Name what is missing, too much, or not the same."""
    missing = sorted(expected.keys() - actual.keys())
    surplus = sorted(actual.keys() - expected.keys())
    unequal = sorted(path for path in expected.keys() & actual.keys() if expected[path] != actual[path])
    return f"missing: {missing}\nsurplus: {surplus}\nunequal: {unequal}"


def wait_for_equality(daemon: Daemon, home: Path) -> None:
    """Wait until source and target are equal, modes included; fail by what is not."""

    def trees() -> tuple[Trees, Trees]:
        source, target = (snapshot(bytes(home / name), modes=True) for name in ("source", "target"))
        return source, target

    def are_equal() -> bool:
        source, target = trees()
        return source == target

    try:
        daemon.wait_until(are_equal, what="the trees to be equal", seconds=60)
    finally:
        assert differences(*trees()) == differences({}, {})
