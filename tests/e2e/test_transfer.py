"""Lists of paths and filter rules: with either the target comes to equal the source."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from churn.changes import Churn
from e2e.daemon import CANDIDATE, Daemon, running
from e2e.mirroring import Mirror, wait_for_equality

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SYNC = """
sync {{
    default.rsync, source = "@SOURCE@", target = "@TARGET@", delay = {delay},
    rsync = {{ archive = true, {options} }}
}}
"""
NO_DELETING = """#!/bin/sh
for word in "$@"; do
    [ "$word" = --delete-missing-args ] && exit 2
done
exec {rsync} "$@"
"""


def arguments(home: Path, *, delay: float = 1, options: str = "") -> list[str]:
    """Make source and target directories, and the config; returns the daemon's arguments."""
    for name in ("source", "target"):
        (home / name).mkdir(parents=True)
    return ["-log", "Exec", *Mirror("transfer", SYNC.format(delay=delay, options=options)).arguments(home)]


def change_until_something_runs(churn: Churn, daemon: Daemon) -> None:
    """Few changes at a time: the more there are, the more likely is a directory that was deleted."""
    spawned = daemon.log().count("Exec: ")

    def has_run() -> bool:
        churn.happen(1)
        return daemon.log().count("Exec: ") > spawned

    daemon.wait_until(has_run, what="something to be done")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("form", ["files", "filter"])
def test_after_a_churn_the_target_equals_the_source(tmp_path: Path, seed: int, form: str) -> None:
    churn = Churn(tmp_path / "source", seed)
    options = arguments(tmp_path, delay=0.1, options=f'transfer = "{form}"')
    with running(CANDIDATE, options, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        for _ in range(15):
            change_until_something_runs(churn, daemon)
        churn.come_to_rest()
        wait_for_equality(daemon, tmp_path)
    assert ("[--files-from=-]" in daemon.log()) == (form == "files")


def test_an_rsync_that_refuses_deletions_by_lists_gets_them_by_rules_and_the_sync_goes_on(
    tmp_path: Path,
) -> None:
    options, programs = arguments(tmp_path), tmp_path / "programs"
    programs.mkdir()
    (programs / "rsync").write_text(NO_DELETING.format(rsync=shutil.which("rsync")))
    (programs / "rsync").chmod(0o755)
    source = tmp_path / "source"
    (source / "d").mkdir()
    for name in ("first", "second", "third", "d/kept"):
        (source / name).write_text(name)
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    with running(CANDIDATE, options, home=tmp_path, environment=path) as daemon:
        daemon.wait_for_startup()
        for name in ("first", "second", "third"):
            (source / name).unlink()
            wait_for_equality(daemon, tmp_path)
        log = daemon.log()
    assert log.count("[--delete-missing-args]") == 2
    assert "From now on rsync gets filter rules for deletions" in log
    assert "Failure" not in log


def test_a_directory_that_is_moved_away_and_made_anew_keeps_nothing_of_what_it_held(tmp_path: Path) -> None:
    source = tmp_path / "source"
    options = arguments(tmp_path, options='transfer = "files"')
    (source / "d" / "inner").mkdir(parents=True)
    (source / "d" / "inner" / "stale").write_text("stale")
    with running(CANDIDATE, options, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (source / "d").rename(tmp_path / "away")
        (source / "d").mkdir()
        (source / "d" / "new").write_text("new")
        wait_for_equality(daemon, tmp_path)


def test_a_directory_that_is_moved_in_brings_all_that_it_holds(tmp_path: Path) -> None:
    source = tmp_path / "source"
    options = arguments(tmp_path, options='transfer = "files"')
    (tmp_path / "d" / "inner").mkdir(parents=True)
    (tmp_path / "d" / "inner" / "file").write_text("file")
    with running(CANDIDATE, options, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (tmp_path / "d").rename(source / "d")
        wait_for_equality(daemon, tmp_path)
        assert "[--files-from=-]" in daemon.log()
