"""An overflow of the kernel's queue, planted: the real tree is checked, and all syncs are brought in line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from e2e.daemon import running
from e2e.place import Place
from e2e.waiting import until

pytestmark = pytest.mark.timeout(90)

FORGETFUL = """
import os, sys
from pylsyncd import cli
from pylsyncd.core.masks import Q_OVERFLOW
from pylsyncd.core.model import Record
from pylsyncd.system.watch.inotify import InotifyMonitor
drain, sign = InotifyMonitor.drain, sys.argv[1]
def forget(self):
    records = drain(self)
    if records and os.path.exists(sign):
        os.rename(sign, sign + ".seen")
        return (Record(-1, Q_OVERFLOW, 0, b""),)
    return records
InotifyMonitor.drain = forget
del sys.argv[1]
sys.exit(cli.main())
"""
"""A daemon that loses the records of its next drain as soon as the file of its first argument is there."""


def test_after_an_overflow_the_watches_fit_the_tree_and_every_target_its_source(place: Place) -> None:
    source, target, sign = place.home / "source", place.home / "target", place.home / "sign"
    (source / "old" / "deep").mkdir(parents=True)
    (source / "gone").mkdir()
    command = [sys.executable, "-c", FORGETFUL, str(sign)]
    config = place.write_config(delay=0)
    config.write_text(config.read_text() + second_sync(place.home))
    with running(command, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup(2)
        with daemon.paused():
            sign.touch()
            (source / "old").rename(source / "moved")
            (source / "gone").rmdir()
            (source / "made").mkdir()
            (source / "made" / "file").write_text("unheard")
        daemon.wait_until((target / "made" / "file").exists, what="what was lost")
        daemon.wait_until((place.home / "other" / "made" / "file").exists, what="it, in the other sync")
        until(lambda: daemon.watches() == 4, what="the watches to fit the tree")
        assert not (target / "old").exists()
        assert not (target / "gone").exists()
        (source / "moved" / "deep" / "file").write_text("heard")
        (source / "made" / "more").write_text("heard")
        daemon.wait_until((target / "moved" / "deep" / "file").exists, what="a change under a new name")
        daemon.wait_until((target / "made" / "more").exists, what="a change in what was made unheard")
        assert daemon.log().count("--- OVERFLOW in event queue ---") == 1


def second_sync(home: Path) -> str:
    return f'sync{{ default.rsync, source = "{home}/source", target = "{home}/other", delay = 0 }}\n'
