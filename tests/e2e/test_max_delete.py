"""A sync that would delete more than `maxDelete` halts until that is allowed (spec 6.3, issue 407)."""

from __future__ import annotations

import shutil
import signal
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place

pytestmark = pytest.mark.timeout(60)

HALTED = "Sync1 is halted: it would delete more than 5 entries at once (maxDelete)."


def test_what_is_deleted_in_great_number_goes_only_when_usr1_allows_it(place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    fill(source / "many", 8)
    fill(source / "few", 2)
    with started(place) as daemon:
        daemon.wait_for_startup()
        (source / "first").unlink()
        daemon.wait_until(lambda: not (target / "first").exists(), what="a single file to go")
        shutil.rmtree(source / "few")
        daemon.wait_until(lambda: not (target / "few").exists(), what="a directory of two to go")
        shutil.rmtree(source / "many")
        daemon.wait_until(lambda: HALTED in daemon.complaints() + daemon.log(), what="the sync to halt")
        assert f"kill -USR1 {daemon.process.pid}" in daemon.complaints() + daemon.log()
        daemon.wait_until(lambda: "State: halted" in place.status(), what="the status to say so")
        assert len([*(target / "many").iterdir()]) == 8
        (source / "new").write_text("meanwhile")
        daemon.process.send_signal(signal.SIGUSR1)
        daemon.wait_until(lambda: not (target / "many").exists(), what="what is allowed")
        daemon.wait_until((target / "new").exists, what="what came meanwhile")


def test_a_start_up_that_would_delete_much_is_checked_by_a_dry_run(place: Place) -> None:
    target = place.home / "target"
    fill(target, 8)
    with started(place, "rsync = { quiet = true }") as daemon:
        daemon.wait_until(lambda: HALTED in daemon.complaints() + daemon.log(), what="the sync to halt")
        assert not (target / "first").exists()
        assert len([*target.iterdir()]) == 8
        daemon.process.send_signal(signal.SIGUSR1)
        daemon.wait_for_startup()
        assert [one.name for one in target.iterdir()] == ["first"]


def fill(directory: Path, count: int) -> None:
    directory.mkdir(exist_ok=True)
    for number in range(count):
        (directory / f"deleting \n{number}").touch()


def started(place: Place, more: str = "") -> AbstractContextManager[Daemon]:
    config = place.write_config("maxDelete = 5, " + more, delay=0)
    return running(PYLSYNCD, [str(config)], home=place.home / "run")
