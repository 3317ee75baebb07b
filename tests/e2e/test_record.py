"""`-record` on a live daemon, and `pylsyncd replay` on what it wrote."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.place import Place
from e2e.waiting import until

pytestmark = pytest.mark.timeout(90)


def replay(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pylsyncd", "replay", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def heads_in(journal: Path) -> int:
    return journal.read_bytes().count(b'{"journal":') if journal.exists() else 0


def has_flushed(journal: Path, heads: int) -> bool:
    """Whether the end of a child of that recording has been written."""
    return heads_in(journal) == heads and b'"code":0' in journal.read_bytes().split(b'{"journal":')[-1]


def test_a_daemon_records_itself_and_a_reload_and_it_replays(place: Place) -> None:
    config = place.write_config(delay=0.5)
    started = place.start("-record", "journal", str(config))
    assert (started.returncode, started.stderr) == (0, b"")
    place.wait_for_mirror()
    (place.home / "source" / "first").write_text("1")
    place.wait_for_mirror()
    os.kill(place.pid(), signal.SIGHUP)
    until(lambda: "Unchanged, and going on: Sync1" in place.log(), what="the reload")
    reloaded = partial(since_reload, place)
    (place.home / "source" / "new" / "deep").mkdir(parents=True)
    (place.home / "source" / "new" / "deep" / "second").write_text("2")
    until((place.home / "target" / "new" / "deep" / "second").exists, what="the new directory")
    until(lambda: "Finished a list" in reloaded(), what="the end of what brought it")
    assert place.exit_code_after(signal.SIGTERM) == 143
    journal = place.home / "journal"
    assert journal.stat().st_mode & 0o777 == 0o600
    done = replay(journal)
    assert (done.returncode, "this version does the same" in done.stderr) == (0, True), done.stderr
    assert "            < /new/deep/second\n" in done.stdout
    assert done.stdout.endswith("pylsyncd ends with 143\n")
    same = replay(journal, config)
    assert same.returncode == 0, same.stdout + same.stderr


def since_reload(place: Place) -> str:
    """The log behind the line that a daemon writes when it has started over."""
    return place.log().partition("--- Startup ---")[2]


def test_a_daemon_that_was_killed_has_recorded_all_but_its_last_second(place: Place) -> None:
    config, journal = place.write_config(delay=0), place.home / "journal"
    for content in ("one", "two"):
        heads = heads_in(journal) + 1
        with running(PYLSYNCD, ["-record", str(journal), str(config)], home=place.home / "run") as daemon:
            daemon.wait_for_startup()
            (place.home / "source" / "file").write_text(content)
            place.wait_for_mirror()
            until(partial(has_flushed, journal, heads), what="the recording to be written")
            daemon.process.kill()
            daemon.process.wait()
    done = replay(journal)
    assert (done.returncode, done.stderr.count("this version does the same")) == (0, 2), done.stderr
    assert done.stderr.count(", without the daemon's end") == 2


def test_with_hashed_names_none_is_in_the_journal(place: Place) -> None:
    config, journal = place.write_config('exclude = { "*.tmp" }', delay=0), place.home / "journal"
    arguments = ["-log", "all", "-recordhash", "-record", str(journal), str(config)]
    with running(PYLSYNCD, arguments, home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        (place.home / "source" / "secret").mkdir()
        for name in ("zebra", "ape", "scratch.tmp"):
            (place.home / "source" / "secret" / name).write_text(name)
        until((place.home / "target" / "secret" / "zebra").exists, what="the mirror")
        (place.home / "source" / "secret").rename(place.home / "source" / "mystery")
        until((place.home / "target" / "mystery" / "ape").exists, what="the rename")
        assert daemon.terminate() == 143
    text = journal.read_text()
    assert [word for word in ("secret", "zebra", "ape", "mystery") if word in text] == []
    assert "scratch.tmp" in text
    done = replay(journal)
    assert (done.returncode, "this version does the same" in done.stderr) == (0, True), done.stderr


def test_a_recording_that_cannot_be_begun_refuses_the_start(place: Place) -> None:
    config = place.write_config()
    before = config.read_text()
    (place.home / "link").symlink_to(place.home / "source")
    for file, reason in (
        (config.name, "is there already, and is no journal"),
        ("no/journal", "No such file"),
        ("link/journal", "where each line of it would be a change: record elsewhere"),
    ):
        started = place.start("-record", file, str(config))
        assert started.returncode == 255
        assert started.stderr.startswith(b"Error: -record: ")
        assert reason.encode() in started.stderr
        assert started.stderr.count(b"\n") == 1
    assert config.read_text() == before
    assert not (place.home / "source" / "journal").exists()
