"""One daemon, one configuration, all steps: what it called, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import define, field

from e2e.configs import Config
from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.recorder import Call, Recorder
from e2e.steps import BEACON, Step, seed
from e2e.trees import Tree
from e2e.waiting import Impatient

STARTUP = "start-up"
_PATIENCE = 10.0  # seconds for one step, ten times the delay
_MAY_FAIL = 3  # steps without an answer, then the session is given up


@define
class Session:
    """The calls of each step, and what went wrong."""

    home: Path
    calls: dict[str, tuple[Call, ...]] = field(factory=dict)
    troubles: dict[str, str] = field(factory=dict)
    log: str = ""
    complaints: str = ""
    exit_code: int | None = None

    def calls_of(self, step: str) -> tuple[Call, ...]:
        """Return what was called in a step; fail if the daemon did not get through it."""
        trouble = self.troubles.get(step)
        if trouble is not None:
            raise AssertionError(trouble)
        if step not in self.calls:
            message = "the daemon did not come so far; see the steps before\n" + "\n".join(self.troubles)
            raise AssertionError(message)
        return self.calls[step]


def play(
    command: Sequence[str],
    config: Config,
    steps: Sequence[Step],
    *,
    home: Path,
) -> Session:
    """Run the daemon through all steps."""
    tree = new_source(home)
    recorder = Recorder.install(home / "recorder")
    file = config.write(
        home,
        source=home / "source",
        rsync=recorder.executable,
        for_pylsyncd=tuple(command) == PYLSYNCD,
    )
    session = Session(home)
    with running(command, [str(file)], home=home) as daemon:
        _start_up(session, daemon, recorder)
        for step in steps:
            if len(session.troubles) >= _MAY_FAIL or not daemon.is_alive():
                break
            _play_step(session, daemon, recorder, tree, step)
        session.exit_code = daemon.terminate()
        session.log = daemon.log()
        session.complaints = daemon.complaints()
    return session


def new_source(home: Path) -> Tree:
    """Make a source with a seeded tree, an empty target beside it, and room for what moves out."""
    (home / "source").mkdir(parents=True)
    (home / "target").mkdir()
    tree = Tree(bytes(home / "source"), outside=bytes(home / "outside"))
    seed(tree)
    return tree


def _start_up(session: Session, daemon: Daemon, recorder: Recorder) -> None:
    try:
        daemon.wait_for_startup()
    except Impatient as trouble:
        session.troubles[STARTUP] = str(trouble)
    session.calls[STARTUP] = tuple(recorder.calls())


def _play_step(session: Session, daemon: Daemon, recorder: Recorder, tree: Tree, step: Step) -> None:
    before = sum(len(calls) for calls in session.calls.values())
    with daemon.paused():
        step.happen(tree)
    try:
        daemon.wait_until(
            lambda: _has_called(recorder, before) and daemon.has_finished_all(),
            what=f"the call for the step, and its end: {step.name}",
            seconds=_PATIENCE,
        )
    except Impatient as trouble:
        session.troubles[step.name] = str(trouble)
    session.calls[step.name] = tuple(recorder.calls()[before:])


def _has_called(recorder: Recorder, before: int) -> bool:
    return any(_names_the_beacon(call) for call in recorder.calls()[before:])


def _names_the_beacon(call: Call) -> bool:
    return "/" + BEACON.decode() in call.stdin.split("\0")
