"""pylsyncd and Debian's lsyncd, side by side, run the same commands for default.direct.

lsyncd 2.2.3 calls /bin/cp and the like, whatever the path says, so its log is what tells of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import define, field, frozen

from e2e.daemon import CANDIDATE, LSYNCD, Daemon, lsyncd_is_installed, running
from e2e.session import new_source
from e2e.steps import BEACON, STEPS, Step
from e2e.trees import Tree

pytestmark = [
    pytest.mark.skipif(not lsyncd_is_installed(), reason="there is no lsyncd to compare with"),
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("many daemons"),  # played once for all tests of this module, one module at a time
]


DELAY = 0.3  # seconds; a step is done in no time, since the daemon sleeps meanwhile


@frozen
class Case:
    """Keys of the sync, those that lsyncd does not know, and the steps in which nothing may differ."""

    name: str
    keys: str
    ours: str
    steps: Sequence[Step]


HEALTHY = (
    "files in nested directories are created",
    "a file is rewritten",
    "files are rewritten again and again",
    "a file is deleted",
    "an empty directory is made",
    "an empty directory is removed",
    "a tree is removed",
    "a file is renamed",
    "a file moves to another directory",
    "a file is renamed onto another",
    "a directory is renamed",
    "a directory moves deeper",
    "a tree is copied",
    "directories are made and written to at once",
    "new directories are written to later",
    "a file is deleted and created at once",
    "a directory moves out of the tree",
    "files with hostile names are created",
    "files with hostile names move",
    "files with hostile names are deleted",
    "directories with hostile names are made",
    "directories with hostile names are removed",
)
"""Without compat what stands in the way, has left, or is no plain file is treated otherwise (spec 6.1)."""

WITHOUT_PIPES = [step for step in STEPS if step.name != "links and pipes are made"]
"""lsyncd's cp reads from a pipe for ever, and so does ours with compat."""

CASES = (
    Case("compat", "", 'compat = "2.3"', WITHOUT_PIPES),
    Case("compat, never deleting", "delete = false,", 'compat = "2.3"', WITHOUT_PIPES),
    Case("healthy", "", "collapse = false", [step for step in STEPS if step.name in HEALTHY]),
)


FORGOTTEN = {"two files are swapped": ("cp", "-p", "--", "~/source//left", "~/target//")}
"""What lsyncd never runs: its Create of the one file stays blocked for ever (spec 6.1)."""


@define
class Session:
    """The commands of each step."""

    commands: dict[str, list[tuple[str, ...]]] = field(factory=dict)


@frozen
class Pair:
    """The two sessions of one case."""

    lsyncd: Future[Session]
    pylsyncd: Future[Session]


def play(command: tuple[str, ...], case: Case, home: Path) -> Session:
    """Run a daemon through all steps of the case."""
    tree = new_source(home)
    tree.write(BEACON)
    ours = "" if command == LSYNCD else case.ours
    config = home / "lsyncd.conf.lua"
    config.write_text(
        f'sync{{ default.direct, source = "{home}/source", target = "{home}/target",\n'
        f"  delay = {DELAY}, {case.keys} {ours} }}\n"
    )
    session = Session()
    with running(command, ["-log", "Exec", str(config)], home=home) as daemon:
        daemon.wait_for_startup()
        session.commands["start-up"] = commands_in(daemon.log(), home)
        for step in case.steps:
            session.commands[step.name] = play_step(daemon, tree, step, home)
    return session


def play_step(daemon: Daemon, tree: Tree, step: Step, home: Path) -> list[tuple[str, ...]]:
    """Everything that was run for one step: all that comes before the beacon is copied once more."""
    before = len(daemon.log())
    with daemon.paused():
        step.happen(tree)
    wait_for_beacon(daemon, home, step)
    tree.write(BEACON)
    wait_for_beacon(daemon, home, step)
    found = commands_in(daemon.log()[before:], home)
    return found if step.order_is_fixed else sorted(found)


def wait_for_beacon(daemon: Daemon, home: Path, step: Step) -> None:
    target, source = home / "target" / BEACON.decode(), home / "source" / BEACON.decode()
    daemon.wait_until(lambda: target.read_bytes() == source.read_bytes(), what=f"the beacon: {step.name}")


def commands_in(log: str, home: Path) -> list[tuple[str, ...]]:
    """Program and arguments of each command, programs without their directories."""
    lines = re.findall(r"Exec: (\S+) (\[.*?\])\n(?=\d\d:\d\d:\d\d |\Z)", log, re.DOTALL)
    return [(program(binary), *arguments(rest, home)) for binary, rest in lines]


def program(path: str) -> str:
    return path.rpartition("/")[2]


def arguments(text: str, home: Path) -> Iterator[str]:
    for argument in text[1:-1].replace(str(home), "~").split("] ["):
        if re.fullmatch("-[lts]{3}", argument):
            yield "".join(sorted(argument))  # random in lsyncd
        else:
            yield re.sub(r"/bin/(sh|mv|rm)\b", r"\1", argument)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Pair]]:
    home = tmp_path_factory.mktemp("parity-of-direct")
    with ThreadPoolExecutor(2 * len(CASES)) as pool:
        yield {
            case.name: Pair(
                pool.submit(play, LSYNCD, case, home / f"{number}" / "lsyncd"),
                pool.submit(play, CANDIDATE, case, home / f"{number}" / "pylsyncd"),
            )
            for number, case in enumerate(CASES)
        }


@pytest.mark.parametrize(
    ("case", "step"),
    [
        pytest.param(case.name, step, id=f"{case.name}: {step}")
        for case in CASES
        for step in ("start-up", *(one.name for one in case.steps))
    ],
)
def test_a_step_runs_the_commands_that_lsyncd_runs(pairs: Mapping[str, Pair], case: str, step: str) -> None:
    theirs, ours = pairs[case].lsyncd.result(), pairs[case].pylsyncd.result()

    done = list(ours.commands[step])
    if step in FORGOTTEN and CANDIDATE != LSYNCD:
        done.remove(FORGOTTEN[step])
    assert done == theirs.commands[step]
