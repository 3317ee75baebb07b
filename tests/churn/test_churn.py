"""A seed of the churn on the real kernel, for each default; and that the churn would see what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from churn.changes import Churn
from churn.differing import differences, unnamed
from churn.draw import KINDS, Draw, draw
from churn.faults import FAULTS, missing
from churn.names import PLAIN
from churn.scene import Scene
from e2e.daemon import Daemon
from e2e.trees import Kept, detailed_snapshot

TESTS = Path(__file__).parent.parent
SEED = "4"
"""With an overflow, a full disk, HUP, TERM, kill -9 and killed children."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
def test_after_churn_and_faults_every_target_is_as_promised(kind: str) -> None:
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    end = subprocess.run(
        [sys.executable, "-m", "churn", "--seed", SEED, "--kind", kind, "--no-lsyncd"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert end.returncode == 0, end.stdout + end.stderr


def test_the_same_seed_makes_the_same_tree(tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        home = tmp_path / name
        (home / "source").mkdir(parents=True)
        (home / "outside").mkdir()
        churn = Churn(home / "source", 7, outside=home / "outside")
        churn.happen(1500)
        churn.come_to_rest()
        assert churn.done > 300
        trees.append(detailed_snapshot(bytes(home / "source"), Kept(modes=True, owners=True)))
    assert trees[0] == trees[1]
    assert {entry.kind for entry in trees[0].values()} == set("d-lp")


def test_each_fault_that_can_be_had_is_drawn() -> None:
    for kind in KINDS:
        faults = FAULTS.keys() - missing(kind, "").keys()
        drawn = {name for seed in range(20) for name in draw(kind, seed, faults).faults}
        assert drawn == faults


def _write(target: Path) -> None:
    (target / "f").write_text("other")


def _chmod(target: Path) -> None:
    (target / "f").chmod(0o640)


def _touch(target: Path) -> None:
    os.utime(target / "f", ns=(10**9, 10**9))


def _remove(target: Path) -> None:
    (target / "f").unlink()


def _leave(target: Path) -> None:
    (target / ".f.AbCdEf").touch()


@pytest.mark.parametrize(
    ("do", "line"),
    [
        (_write, "differs in content, time: b'/f'"),
        (_chmod, "differs in mode: b'/f'"),
        (_touch, "differs in time: b'/f'"),
        (_remove, "missing: b'/f'"),
        (_leave, "too much: b'/.f.AbCdEf'"),
    ],
)
def test_the_comparing_sees_what_is_wrong(tmp_path: Path, do: Callable[[Path], None], line: str) -> None:
    drawn = Draw("direct", 0, archive=True, slow=False, names=PLAIN, delay=1, faults=())
    stage = Scene(tmp_path, (), Daemon(subprocess.Popen(["true"]), tmp_path))
    stage.daemon.process.wait()
    for root in (stage.source, stage.target):
        root.mkdir(parents=True)
        (root / "f").write_text("same")
        os.utime(root / "f", ns=(10**18, 10**18))
    assert differences(stage, drawn).paths == ()

    do(stage.target)

    found = differences(stage, drawn)
    assert found.lines == (line,)
    assert unnamed(found, b"Failed: " + found.paths[0] + b": given up") == ()
    assert unnamed(found, b"") == found.paths
