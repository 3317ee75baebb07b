"""What a real daemon saw and did, replayed by a core of its own, gives the same effects to the byte."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from e2e.daemon import running
from e2e.waiting import until
from pylsyncd.core.journal import read_inputs, replay

pytestmark = pytest.mark.timeout(60)

RECORDING = """
import sys
from pylsyncd import app
from pylsyncd.options import Options, SyncOption
nodaemon, journal, source, target = sys.argv[1:]
with open(journal, "wb", buffering=0) as file:
    sync = SyncOption("rsync", (source.encode(), target.encode()))
    options = Options(syncs=(sync,), nodaemon=True, delay=0.2, log=("all",))
    sys.exit(app.run(options, journal=file.write))
"""


def test_the_same_journal_replayed_gives_byte_identical_effects(tmp_path: Path) -> None:
    source, target, journal = tmp_path / "source", tmp_path / "target", tmp_path / "journal"
    source.mkdir()
    target.mkdir()
    arguments = [str(journal), str(source), str(target)]
    with running([sys.executable, "-c", RECORDING], arguments, home=tmp_path / "run") as daemon:
        daemon.wait_for_startup()
        for number in range(20):
            (source / f"d{number}" / "e").mkdir(parents=True)
            (source / f"d{number}" / "e" / "f").write_text("x")
        (source / "d1").rename(source / "moved")
        until((target / "moved" / "e" / "f").exists, what="the rename to arrive")
        assert daemon.terminate() == 143
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) > 100
    assert list(replay(read_inputs(lines))) == lines
