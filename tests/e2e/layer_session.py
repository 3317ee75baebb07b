"""One daemon, one config of any layer, all steps: what each of its syncs called, step by step."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import define, evolve, field, frozen

from e2e.daemon import PYLSYNCD, Daemon, running, watches_of
from e2e.layer_steps import LAYER_STEPS, seed
from e2e.stand_ins import Call, StandIns
from e2e.steps import BEACON, Step
from e2e.trees import Tree
from e2e.waiting import Impatient

STARTUP = "start-up"
_PATIENCE = 20.0  # seconds for one step on a busy machine; a healthy one takes one
_MAY_FAIL = 1  # a step without an answer, then the session is given up


def as_it_is(call: Call) -> Call:
    """Change nothing."""
    return call


@frozen
class LayerConfig:
    """A config with placeholders: @SOURCE@, @TARGET@, @HOME@, and @BIN@, where the stand-ins lie."""

    name: str
    lua: str
    programs: tuple[str, ...] = ("run",)
    syncs: tuple[str, ...] = ("one",)
    """The folders of stand-ins. Each sync runs something on the beacon."""
    only_pylsyncd: str = "settings{ collapse = false }"
    """A line before all others that lsyncd would refuse."""
    startups: int = 0
    """How many calls the start-up makes."""
    steps: tuple[Step, ...] = LAYER_STEPS
    files: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    exit_codes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    inner_beacons: tuple[tuple[str, bytes], ...] = ()
    """Syncs that do not see the beacon, and the file in their part of the tree that stands in for it."""
    hidden: tuple[str, ...] = ()
    """Names of directories that are excluded from the start, and not watched."""
    at_least: int = 1
    """How many calls a step makes at least, the beacon's among them."""
    linger: bool = False
    order_is_fixed: bool = True
    """False where processes run side by side."""
    normal: Callable[[Call], Call] = as_it_is
    """Takes away what is left to chance in lsyncd."""

    @property
    def beacons(self) -> dict[str, bytes]:
        """The file that each sync runs something on at the end of a step."""
        return {**dict.fromkeys(self.syncs, BEACON), **dict(self.inner_beacons)}

    def write(self, home: Path, *, for_pylsyncd: bool) -> Path:
        """Write the file, and those it reads, for one daemon."""
        for name, text in self.files:
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_text(self._placed(text, home))
        head = self.only_pylsyncd if for_pylsyncd else ""
        file = home / "lsyncd.conf.lua"
        file.write_text(self._placed(f"{head}\n{self.lua}", home))
        return file

    def _placed(self, text: str, home: Path) -> str:
        places = {
            "@SOURCE@": home / "source",
            "@TARGET@": home / "target",
            "@BIN@": home / "bin",
            "@HOME@": home,
        }
        for place, value in places.items():
            text = text.replace(place, str(value))
        return text


@define
class LayerSession:
    """The calls of each step, and what went wrong."""

    home: Path
    config: LayerConfig
    calls: dict[str, tuple[Call, ...]] = field(factory=dict)
    troubles: dict[str, str] = field(factory=dict)
    watches: int = 0
    log: str = ""
    complaints: str = ""
    exit_code: int | None = None

    def calls_of(self, step: str, *, order_is_fixed: bool = True) -> dict[str, list[Call]]:
        """Return what each sync called in a step; fail if the daemon did not get through it.

        Where the order is not fixed, the beacon comes last, and the lines of an input are sorted.
        """
        trouble = self.troubles.get(step)
        if trouble is not None:
            raise AssertionError(trouble)
        if step not in self.calls:
            message = "the daemon did not come so far; see the steps before\n" + "\n".join(self.troubles)
            raise AssertionError(message)
        calls = [self.config.normal(call.without(self.home)) for call in self.calls[step]]
        if not self.config.order_is_fixed:
            calls.sort(key=lambda call: (call.name, call.argv))
        if not order_is_fixed:
            calls = [evolve(call, stdin=_sorted(call.stdin)) for call in calls]
            beacons = (BEACON, *(path for _, path in self.config.inner_beacons))
            calls.sort(key=lambda call: any(_names(call, path) for path in beacons))
        return {sync: [call for call in calls if call.sync == sync] for sync in self.config.syncs}


def _sorted(text: str) -> str:
    separator = "\0" if "\0" in text else "\n"
    return separator.join(sorted(text.split(separator)))


def play_layers(command: Sequence[str], config: LayerConfig, *, home: Path) -> LayerSession:
    """Run the daemon through all steps."""
    (home / "source").mkdir(parents=True)
    (home / "target").mkdir()
    tree = Tree(bytes(home / "source"), outside=bytes(home / "outside"))
    seed(tree)
    stand_ins = StandIns.install(
        home / "bin",
        dict.fromkeys(config.syncs, config.programs),
        exit_codes=dict(config.exit_codes),
        linger=config.linger,
    )
    file = config.write(home, for_pylsyncd=tuple(command) == PYLSYNCD)
    session = LayerSession(home, config)
    arguments = [*config.arguments, str(file)]
    with running(command, arguments, home=home, environment=dict(config.environment)) as daemon:
        _start_up(session, daemon, stand_ins)
        for step in config.steps:
            if len(session.troubles) >= _MAY_FAIL or not daemon.is_alive():
                break
            _play_step(session, daemon, stand_ins, tree, step)
        session.exit_code = daemon.terminate()
        session.log = daemon.log()
        session.complaints = daemon.complaints()
    return session


def _start_up(session: LayerSession, daemon: Daemon, stand_ins: StandIns) -> None:
    config, pid = session.config, daemon.process.pid
    wanted = sum(
        not set(config.hidden).intersection(Path(directory).relative_to(session.home).parts)
        for directory, _, _ in os.walk(session.home / "source")
    )
    try:
        daemon.wait_until(
            lambda: watches_of(pid) >= wanted and len(stand_ins.calls()) >= config.startups,
            what="the watches and the start-up",
            seconds=_PATIENCE,
        )
        daemon.wait_until(lambda: not has_children(pid), what="the end of the start-up", seconds=_PATIENCE)
        session.watches = watches_of(pid)
    except Impatient as trouble:
        session.troubles[STARTUP] = str(trouble)
    session.calls[STARTUP] = tuple(stand_ins.calls())


def _play_step(session: LayerSession, daemon: Daemon, stand_ins: StandIns, tree: Tree, step: Step) -> None:
    before = sum(len(calls) for calls in session.calls.values())
    beacons = [path for _, path in session.config.inner_beacons] + [BEACON]
    with daemon.paused():
        step.act(tree)
        tree.write(*beacons)
    try:
        _wait_for_beacons(session, daemon, stand_ins, before)
        if not step.order_is_fixed:  # what the daemon finds in new directories may come behind the first
            count = len(stand_ins.calls())
            tree.write(*beacons)
            _wait_for_beacons(session, daemon, stand_ins, count)
    except Impatient as trouble:
        session.troubles[step.name] = f"{step.name}: {trouble}"
    session.calls[step.name] = tuple(stand_ins.calls()[before:])


def _wait_for_beacons(session: LayerSession, daemon: Daemon, stand_ins: StandIns, before: int) -> None:
    beacons = session.config.beacons

    def is_called() -> bool:
        calls = stand_ins.calls()[before:]
        return len(calls) >= session.config.at_least and all(
            any(call.sync == sync and _names(call, path) for call in calls) for sync, path in beacons.items()
        )

    daemon.wait_until(is_called, what="the calls of the step", seconds=_PATIENCE)
    pid = daemon.process.pid
    daemon.wait_until(lambda: not has_children(pid), what="the end of the step", seconds=_PATIENCE)


def _names(call: Call, beacon: bytes) -> bool:
    name = Path(os.fsdecode(beacon)).name
    return name in call.stdin or any(name in word for word in call.argv)


_PARENT = re.compile(r"\) \S (\d+) ")  # proc(5), /proc/PID/stat: behind the name and the state


def has_children(pid: int) -> bool:
    """Whether a process has children, ended ones that it has not noticed yet among them."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = _PARENT.search((entry / "stat").read_text("latin-1"))
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        if parent is not None and int(parent[1]) == pid:
            return True
    return False
