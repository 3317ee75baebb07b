"""A target that goes and comes back, or is begun anew; and what a killed rsync leaves in it."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from churn.processes import descendants
from e2e.daemon import CANDIDATE, Daemon, running
from e2e.mirroring import differences
from e2e.trees import snapshot

SYNC = """\
sync{ default.@KIND@, source = "@HOME@/source", target = "@HOME@/holder/target",
    delay = 0, @KEYS@ }
"""
BOTH = pytest.mark.parametrize("kind", ["rsync", "direct"])


def arguments(home: Path, kind: str, keys: str = "") -> list[str]:
    """Make a source with two files, and the config; returns the daemon's arguments."""
    (home / "source").mkdir()
    (home / "holder" / "target").mkdir(parents=True)
    for name in ("first", "second"):
        (home / "source" / name).write_text(name)
    config = home / "lsyncd.conf.lua"
    text = SYNC.replace("@KIND@", kind).replace("@KEYS@", keys)
    config.write_text(text.replace("@HOME@", str(home)))
    return ["-log", "Exec", str(config)]


def wait_for_equality(daemon: Daemon, home: Path) -> None:
    roots = [bytes(home / "source"), bytes(home / "holder" / "target")]
    daemon.wait_until(
        lambda: differences(*map(snapshot, roots)) == differences({}, {}),
        what="the target to equal the source",
    )


def spawned(daemon: Daemon) -> int:
    return daemon.log().count(" Exec: ")


@BOTH
def test_what_is_deleted_while_the_target_is_away_is_deleted_when_it_is_back(
    tmp_path: Path, kind: str
) -> None:
    holder, aside = tmp_path / "holder", tmp_path / "aside"
    with running(CANDIDATE, arguments(tmp_path, kind), home=tmp_path) as daemon:
        daemon.wait_for_startup()
        holder.rename(aside)
        before = spawned(daemon)
        (tmp_path / "source" / "first").unlink()
        daemon.wait_until(lambda: spawned(daemon) > before, what="a process that cannot work")
        aside.rename(holder)
        wait_for_equality(daemon, tmp_path)


@BOTH
def test_a_target_that_was_removed_gets_all_anew_not_the_changes_alone(tmp_path: Path, kind: str) -> None:
    with running(CANDIDATE, arguments(tmp_path, kind), home=tmp_path) as daemon:
        daemon.wait_for_startup()
        shutil.rmtree(tmp_path / "holder" / "target")
        (tmp_path / "source" / "third").write_text("third")
        wait_for_equality(daemon, tmp_path)
        assert "is gone: what has changed waits" in daemon.log()


def test_what_a_killed_rsync_had_begun_does_not_stay(tmp_path: Path) -> None:
    target = tmp_path / "holder" / "target"
    options = arguments(tmp_path, "rsync", "rsync = { bwlimit = 300 }")

    def is_begun() -> bool:
        return any(path.name.startswith(".large.") for path in target.iterdir())

    with running(CANDIDATE, options, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (tmp_path / "source" / "large").write_bytes(bytes(600_000))
        daemon.wait_until(is_begun, what="a transfer")
        for process in descendants(daemon.process.pid):
            os.kill(process, signal.SIGKILL)
        assert is_begun()
        wait_for_equality(daemon, tmp_path)
