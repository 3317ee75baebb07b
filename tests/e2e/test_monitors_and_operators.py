"""What operators choose and see, on the real kernel: polling, logs and status that cannot be written."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place
from system.fanotify_needed import NEEDED

pytestmark = pytest.mark.timeout(90)

CONFIG = """
settings {{ statusFile = "{home}/status.json", statusInterval = 0, pollInterval = 0.1, rescanInterval = 0.3 }}
sync {{ default.rsync, source = "{home}/{source}", target = "{home}/target", delay = 0.1, {more} }}
"""


@contextmanager
def daemon_on(
    place: Place, *arguments: str, source: str = "source", more: str = "", extra: str = ""
) -> Iterator[Daemon]:
    file = place.home / "lsyncd.conf.lua"
    file.write_text(CONFIG.format(home=place.home, source=source, more=more) + extra)
    with running(PYLSYNCD, [*arguments, str(file)], home=place.home / "run") as daemon:
        daemon.wait_for_startup(1 + extra.count("sync {"))
        yield daemon


def tree(top: Path) -> dict[str, str | None]:
    return {
        str(path.relative_to(top)): path.read_text() if path.is_file() else None for path in top.rglob("*")
    }


def churn(source: Path, dice: random.Random, steps: int) -> None:
    """Random operations; one that is not possible is none."""
    for step in range(steps):
        entries = sorted(source.rglob("*"))
        some = dice.choice(entries or [source / "none"])
        place = dice.choice([source, *(one for one in entries if one.is_dir())]) / dice.choice("abc")
        try:
            match dice.randrange(5):
                case 0:
                    place.mkdir()
                case 1 | 2:
                    place.write_text(f"{step}" * dice.randrange(1, 4))
                case 3:
                    some.rename(place)
                case _:
                    shutil.rmtree(some) if some.is_dir() else some.unlink()
        except OSError:
            continue


@pytest.mark.parametrize("seed", range(2))
def test_a_polled_tree_is_mirrored_whatever_happens_in_it(seed: int, place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    dice = random.Random(seed)  # noqa: S311 - a play to repeat, no secret
    with daemon_on(place, "-monitor", "poll") as daemon:
        assert daemon.watches() == 0
        for _ in range(3):
            churn(source, dice, 25)
            daemon.wait_until(lambda: tree(target) == tree(source), what="the target to equal the source")


@NEEDED
@pytest.mark.parametrize("seed", range(2))
def test_a_tree_watched_as_a_whole_is_mirrored_and_the_run_replays(seed: int, place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    (source / "old" / "deep").mkdir(parents=True)
    journal = place.home / "journal"
    dice = random.Random(seed)  # noqa: S311 - a play to repeat, no secret
    with daemon_on(place, "-monitor", "fanotify", "-record", str(journal)) as daemon:
        (source / "old" / "deep" / "first").write_text("1")
        for _ in range(4):
            churn(source, dice, 25)
            daemon.wait_until(lambda: tree(target) == tree(source), what="the target to equal the source")
    done = subprocess.run(
        [sys.executable, "-m", "pylsyncd", "replay", str(journal)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@NEEDED
def test_moves_are_moves_where_a_tree_is_watched_as_a_whole(place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "f").write_text("f")
    config = place.home / "direct.lua"
    config.write_text(
        f'settings {{ monitor = "fanotify" }}\n'
        f'sync {{ default.direct, source = "{source}", target = "{target}", delay = 0.1 }}\n'
    )
    with running(PYLSYNCD, ["-log", "Exec", str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup(1)
        (source / "a").rename(source / "c")
        daemon.wait_until(lambda: tree(target) == tree(source), what="the target to equal the source")
        assert f"[{target}//a/] [{target}//c/]" in daemon.log()
        assert "cp -p" not in daemon.log(), "nothing is copied"
        assert daemon.watches() == 0


def test_hup_refuses_what_cannot_be_watched_as_a_whole(place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    with daemon_on(place) as daemon:
        (place.home / "lsyncd.conf.lua").write_text(
            'settings { monitor = "fanotify" }\n'
            f'sync {{ default.direct, source = "/proc/sys", target = "{target}" }}\n'
        )
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(
            lambda: 'is refused: monitor = "fanotify"' in daemon.complaints(), what="the refusal"
        )
        (source / "f").write_text("f")
        daemon.wait_until(lambda: tree(target) == tree(source), what="the old configuration to go on")


def test_who_may_not_use_fanotify_is_told_what_is_missing(place: Place) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may; system/test_fanotify.py has it for others")
    config = place.home / "c.lua"
    config.write_text(
        f'sync {{ default.direct, source = "{place.home}/source", target = "{place.home}/target" }}'
    )
    done = subprocess.run(
        [sys.executable, "-m", "pylsyncd", "-nodaemon", "-monitor", "fanotify", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert 'monitor = "fanotify" needs root' in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_one_sync_is_polled_and_the_other_is_not(place: Place) -> None:
    other = place.home / "other"
    other.mkdir()
    extra = f'sync {{ default.rsync, source = "{other}", target = "{place.home}/mirror", delay = 0.1 }}\n'
    with daemon_on(place, more='monitor = "poll"', extra=extra) as daemon:
        assert daemon.watches() == 1
        (other / "f").write_text("f")
        (place.home / "source" / "g").write_text("g")
        daemon.wait_until(
            lambda: (place.home / "mirror/f").exists() and (place.home / "target/g").exists(),
            what="both files",
        )
        status = json.loads((place.home / "status.json").read_bytes())
        assert [sync["monitor"] for sync in status["syncs"]] == ["poll", "inotify"]


def test_a_source_whose_parent_is_renamed_is_noticed(place: Place) -> None:
    """Nobody watches the parent, so no record tells."""
    parent = place.home / "parent"
    (parent / "source").mkdir(parents=True)
    (parent / "source" / "first").write_text("one")
    target = place.home / "target"
    with daemon_on(place, source="parent/source") as daemon:
        parent.rename(place.home / "elsewhere")
        daemon.wait_until(lambda: "has gone" in daemon.log(), what="the end of the source to be noticed")
        assert tree(target) == {"first": "one"}, "nothing is deleted meanwhile"
        (parent / "source").mkdir(parents=True)
        (parent / "source" / "second").write_text("two")
        daemon.wait_until(lambda: tree(target) == {"second": "two"}, what="the mirror of the new source")


def test_a_source_that_is_removed_under_somebody_s_feet_is_noticed(place: Place) -> None:
    """The kernel tells of its end when the last one leaves it; that may be never."""
    source = place.home / "source"
    held = os.open(source, os.O_RDONLY)
    with daemon_on(place) as daemon:
        shutil.rmtree(source)
        daemon.wait_until(lambda: "has gone" in daemon.log(), what="the end of the source to be noticed")
    os.close(held)


def limit_files(daemon: Daemon, size: int) -> None:
    """A disk that is full at that size of each file, for which no root is needed."""
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_log_disk_that_fills_up_stops_nothing_and_is_told(place: Place) -> None:
    log, target = place.home / "log", place.home / "target"
    with daemon_on(place, "-logfile", str(log)) as daemon:
        # what the status and the file to sync need is far less
        log.write_bytes(b"old line\n" * 10_000)
        limit_files(daemon, 90_010)
        (place.home / "source" / "second").write_text("two")
        daemon.wait_until((target / "second").exists, what="the file, log or no log")
        daemon.wait_until(lambda: "Cannot write log file" in daemon.complaints(), what="a word about it")
        daemon.wait_until(
            lambda: "File too large" in (place.home / "status.json").read_text(), what="the status to tell"
        )
        limit_files(daemon, resource.RLIM_INFINITY)
        (place.home / "source" / "third").write_text("three")
        daemon.wait_until(lambda: "works again, " in log.read_text(), what="the log to go on")
        lines = log.read_text().splitlines()
        assert len(lines[10_000]) == 10, "what the disk took of the first line"
        assert "lines lost" in lines[10_001]


def test_a_log_that_never_can_be_written_stops_nothing(place: Place) -> None:
    with daemon_on(place, "-logfile", "/dev/full") as daemon:
        (place.home / "source" / "second").write_text("two")
        daemon.wait_until(place.is_in_line, what="the mirror")
        assert daemon.complaints().count("No space left on device") == 1


def test_a_status_file_in_a_missing_directory_is_told_and_written_once_that_is_there(place: Place) -> None:
    status = place.home / "run" / "status" / "now"
    extra = f'settings {{ statusFile = "{status}" }}\n'
    with daemon_on(place, extra=extra) as daemon:
        daemon.wait_until(lambda: "Cannot write status file" in daemon.complaints(), what="a word about it")
        status.parent.mkdir(parents=True)
        (place.home / "source" / "second").write_text("two")
        daemon.wait_until(status.exists, what="the status")
        daemon.wait_until(place.is_in_line, what="the mirror")
