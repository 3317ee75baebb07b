"""default.direct: at rest the target equals the source, whatever happened in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from churn.changes import Churn
from e2e.daemon import CANDIDATE, Daemon, running
from e2e.mirroring import Mirror, mirror_steps, wait_for_equality
from e2e.steps import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SYNC = 'sync{ default.direct, source = "@SOURCE@", target = "@TARGET@", delay = @DELAY@, @KEYS@ }\n'


def arguments(home: Path, *, delay: float = 1, keys: str = "") -> list[str]:
    """Make source and target directories, and the config; returns the daemon's arguments."""
    for name in ("source", "target"):
        (home / name).mkdir(parents=True)
    text = SYNC.replace("@DELAY@", str(delay)).replace("@KEYS@", keys)
    return ["-log", "Exec", *Mirror("direct", text).arguments(home)]


def change_until_something_runs(churn: Churn, daemon: Daemon) -> None:
    spawned = daemon.log().count("Exec: ")
    churn.happen(200)
    daemon.wait_until(lambda: daemon.log().count("Exec: ") > spawned, what="something to be done")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("delay", [0, 0.3, 1])
def test_after_a_churn_the_target_equals_the_source(tmp_path: Path, seed: int, delay: float) -> None:
    churn = Churn(tmp_path / "source", seed)
    with running(CANDIDATE, arguments(tmp_path, delay=delay), home=tmp_path) as daemon:
        daemon.wait_for_startup()
        for _ in range(8):
            change_until_something_runs(churn, daemon)
        churn.come_to_rest()
        assert churn.done > 200
        wait_for_equality(daemon, tmp_path)


def test_after_each_step_the_target_equals_the_source(tmp_path: Path) -> None:
    text = SYNC.replace("@DELAY@", "1").replace("@KEYS@", "rsync = { archive = true }")
    mirror = Mirror("direct", text, modes=True, kinds="d-lp")

    outcome = mirror_steps(CANDIDATE, mirror, STEPS, home=tmp_path)

    assert outcome.troubles == {}
    assert outcome.done == ["start-up", *(step.name for step in STEPS)]


def test_a_pipe_does_not_hold_up_what_comes_after_it(tmp_path: Path) -> None:
    with running(CANDIDATE, arguments(tmp_path), home=tmp_path) as daemon:
        daemon.wait_for_startup()
        os.mkfifo(tmp_path / "source" / "pipe")
        (tmp_path / "source" / "after").write_text("after")
        wait_for_equality(daemon, tmp_path)


HELD_CP = """#!/bin/sh
while [ -e {home}/hold ]; do sleep 0.05; done
exec /bin/cp "$@"
"""


def with_held_cp(home: Path) -> tuple[list[str], dict[str, str]]:
    """The daemon's arguments, and an environment in which cp waits until `hold` has left."""
    options, programs = arguments(home), home / "programs"
    programs.mkdir()
    (programs / "cp").write_text(HELD_CP.format(home=home))
    (programs / "cp").chmod(0o755)
    (home / "hold").touch()
    return options, {"PATH": f"{programs}:{os.environ['PATH']}"}


def test_a_file_that_turns_into_a_pipe_under_cps_hands_does_not_hang_it(tmp_path: Path) -> None:
    options, path = with_held_cp(tmp_path)
    hold, file = tmp_path / "hold", tmp_path / "source" / "file"
    with running(CANDIDATE, options, home=tmp_path, environment=path) as daemon:
        daemon.wait_for_startup()
        file.write_text("plain")
        daemon.wait_until(lambda: "Exec: cp [-p]" in daemon.log(), what="cp to be started")
        file.unlink()
        os.mkfifo(file)
        hold.unlink()
        (tmp_path / "source" / "after").write_text("after")
        wait_for_equality(daemon, tmp_path)


def test_a_pipe_that_has_left_again_does_not_hang_the_cp_that_opened_it(tmp_path: Path) -> None:
    options, path = with_held_cp(tmp_path)
    file = tmp_path / "source" / "file"
    with running(CANDIDATE, options, home=tmp_path, environment=path) as daemon:
        daemon.wait_for_startup()
        file.write_text("plain")
        daemon.wait_until(lambda: "Exec: cp [-p]" in daemon.log(), what="cp to be started")
        file.unlink()
        os.mkfifo(file)
        (tmp_path / "hold").unlink()
        daemon.wait_until(lambda: is_asleep_in_cp(file), what="cp to open the pipe")
        file.unlink()
        file.write_text("plain again")
        wait_for_equality(daemon, tmp_path)


def is_asleep_in_cp(source: Path) -> bool:
    """Whether a real cp of that file waits; the script that stands before it is an sh."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            state = (process / "stat").read_text().rpartition(") ")[2][0]
        except OSError:
            continue
        if words[0] == b"/bin/cp" and bytes(source) in (os.path.normpath(word) for word in words):
            return state == "S"
    return False


def test_a_directory_renamed_onto_an_empty_one_does_not_end_up_inside_it(tmp_path: Path) -> None:
    options = arguments(tmp_path)
    (tmp_path / "source" / "full").mkdir()
    (tmp_path / "source" / "full" / "file").touch()
    (tmp_path / "source" / "empty").mkdir()
    with running(CANDIDATE, options, home=tmp_path) as daemon:
        daemon.wait_for_startup()

        (tmp_path / "source" / "full").rename(tmp_path / "source" / "empty")

        # The core tells the end of the empty one first, so this is no move on the target.
        daemon.wait_until(lambda: "Exec: cp" in daemon.log(), what="the copy")
        wait_for_equality(daemon, tmp_path)


def test_what_the_target_does_not_have_arrives_under_its_new_name(tmp_path: Path) -> None:
    options = arguments(tmp_path)
    (tmp_path / "source" / "d").mkdir()
    (tmp_path / "source" / "d" / "inside").write_text("inside")
    with running(CANDIDATE, options, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (tmp_path / "target" / "d" / "inside").unlink()
        (tmp_path / "target" / "d").rmdir()

        (tmp_path / "source" / "d").rename(tmp_path / "source" / "e")

        wait_for_equality(daemon, tmp_path)


def test_a_path_whose_command_keeps_failing_is_brought_in_line_by_rsync(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "cp"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    environment = {"PATH": f"{broken.parent}:{os.environ['PATH']}"}
    with running(CANDIDATE, arguments(tmp_path), home=tmp_path, environment=environment) as daemon:
        daemon.wait_for_startup()
        (tmp_path / "source" / "d").mkdir()
        (tmp_path / "source" / "d" / "f").write_text("content")
        wait_for_equality(daemon, tmp_path)
        assert daemon.log().count("Exec: cp") == 3


def test_the_command_line_mirrors_to_a_local_directory(tmp_path: Path) -> None:
    arguments(tmp_path)
    source, target = tmp_path / "source", tmp_path / "target"
    with running(CANDIDATE, ["-direct", str(source), str(target)], home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (source / "f").write_text("content")
        wait_for_equality(daemon, tmp_path)
