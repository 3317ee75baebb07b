"""A source that goes and comes back, on the real kernel: nothing is deleted meanwhile, all arrives after."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place
from e2e.waiting import until

pytestmark = pytest.mark.timeout(90)

IN_OWN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
"""Where file systems may be mounted (user_namespaces(7))."""


@contextmanager
def daemon_on(place: Place, delay: float = 0.1) -> Iterator[Daemon]:
    config = place.write_config("", delay)
    config.write_text(config.read_text().replace("statusInterval = 1", "statusInterval = 0"))
    with running(PYLSYNCD, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        yield daemon


def is_waiting(place: Place) -> bool:
    return "State: waiting for its source\n" in place.status()


def test_a_source_that_was_removed_and_made_again_is_mirrored_again(place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    with daemon_on(place, delay=5) as daemon:
        until(place.is_in_line, what="the first mirror")
        shutil.rmtree(source)
        daemon.wait_until(lambda: is_waiting(place), what="the end of the source to be noticed")
        assert (target / "first").exists(), "what the end of the source deleted stays on the target"
        source.mkdir()
        (source / "second").write_text("two")
        daemon.wait_until(place.is_in_line, what="the mirror of the new source")
        (source / "third").write_text("three")
        assert daemon.is_alive()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(15) == 143
        assert place.is_in_line()


def test_a_source_that_was_moved_away_takes_its_files_from_nobody(place: Place) -> None:
    source, away = place.home / "source", place.home / "away"
    with daemon_on(place) as daemon:
        until(place.is_in_line, what="the first mirror")
        source.rename(away)
        daemon.wait_until(lambda: is_waiting(place), what="the move to be noticed")
        (away / "first").unlink()
        (away / "second").write_text("two")
        away.rename(source)
        daemon.wait_until(place.is_in_line, what="the mirror of what came back")


def test_with_insist_a_sync_waits_alone_for_a_source_that_is_missing(place: Place) -> None:
    config = place.write_config()
    late = place.home / "late"
    config.write_text(
        "settings{ insist = true }\n"
        + config.read_text()
        + f"sync{{ default.rsync, source = '{late}', target = '{place.home}/other', delay = 0 }}\n"
    )
    with running(PYLSYNCD, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_until(place.is_in_line, what="the sync that has its source")
        assert f"The source {late}/ is not there: Sync2 waits for it" in daemon.log() + daemon.complaints()
        late.mkdir()
        (late / "file").write_text("late")
        arrived = place.home / "other" / "file"
        daemon.wait_until(arrived.exists, what="the sync whose source was late")


def test_an_unmounted_source_is_not_taken_for_an_empty_one(place: Place) -> None:
    """In a mount namespace of its own, where the daemon runs and the test sends commands to."""
    source, target = place.home / "source", place.home / "target"
    try:
        subprocess.run(
            [*IN_OWN_NAMESPACE, "mount", "-t", "tmpfs", "none", source], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no mount namespace to be had here: {error}")
    mounting = f'mount -t tmpfs none "{source}" && echo one > "{source}/on-the-disk" && exec "$@"'
    command = [*IN_OWN_NAMESPACE, "sh", "-c", mounting, "sh", *PYLSYNCD]
    config = place.write_config(delay=0.1)
    with running(command, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        daemon.wait_until((target / "on-the-disk").exists, what="the first mirror")
        inside(daemon, f'umount "{source}"')
        daemon.wait_until(
            lambda: "is empty ground" in daemon.log() + daemon.complaints(), what="the unmount to be noticed"
        )
        inside(daemon, f'mount -t tmpfs none "{source}" && echo two > "{source}/on-another-disk"')
        assert (target / "on-the-disk").exists()
        daemon.wait_until((target / "on-another-disk").exists, what="the mirror of what is mounted now")
        daemon.wait_until(lambda: not (target / "on-the-disk").exists(), what="its deletions")


def inside(daemon: Daemon, script: str) -> None:
    """Run a shell where the daemon lives."""
    pid = str(daemon.process.pid)
    subprocess.run(
        ["nsenter", "-t", pid, "-U", "-m", "--preserve-credentials", "sh", "-c", script], check=True
    )
