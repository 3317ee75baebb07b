"""Targets in trouble, with the real daemon and rsync: what can arrive does, the rest is named and late.

How the pauses grow while a target is down for minutes: `test_losing_changes.py`, where they take no time.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place
from e2e.rsyncd import rsync_daemon

pytestmark = pytest.mark.timeout(90)

IN_OWN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
"""Where file systems may be mounted (user_namespaces(7))."""

WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
"""Root who has to keep to the modes of files, as everybody else (capabilities(7))."""


DYING = """#!/bin/sh
[ "$1" = --version ] || [ -e @KILLED@ ] || { touch @KILLED@; kill -9 $$; }
exec rsync "$@"
"""


@contextmanager
def daemon_on(
    place: Place, more: str = "", *, before: list[str] | None = None, target: str = ""
) -> Iterator[Daemon]:
    config = place.write_config(more, delay=0.3)
    text = config.read_text().replace("statusInterval = 1", "statusInterval = 0")
    config.write_text(text.replace(f"{place.home}/target", target or f"{place.home}/target"))
    with running([*(before or ()), *PYLSYNCD], [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        yield daemon


def words_of_daemon(daemon: Daemon, place: Place) -> str:
    return daemon.log() + daemon.complaints() + place.log()


def write_together(daemon: Daemon, source: Path, **sizes: int) -> None:
    """Write files that go into one batch."""
    with daemon.paused():
        for name, size in sizes.items():
            (source / name).write_bytes(b"x" * size)


def test_on_a_full_disk_what_fits_arrives_and_the_rest_as_soon_as_there_is_space(place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    mounting = f'mount -t tmpfs -o size=400k none "{target}" && exec "$@"'
    command = [*IN_OWN_NAMESPACE, "sh", "-c", mounting, "sh"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no mount namespace to be had here: {error}")
    with daemon_on(place, before=command) as daemon:
        inside = Path(f"/proc/{daemon.process.pid}/root{target}")
        write_together(daemon, source, a=10, big=1 << 20, c=10, z=10)
        daemon.wait_until(lambda: all((inside / name).exists() for name in "acz"), what="what fits")
        assert "(11)" in words_of_daemon(daemon, place) or "= 11" in words_of_daemon(daemon, place)
        daemon.wait_until(lambda: "Create /big" in place.status(), what="the status to name the file")
        (source / "new").write_text("new")
        daemon.wait_until((inside / "new").exists, what="a change that comes later")
        (source / "a").unlink()
        daemon.wait_until(lambda: not (inside / "a").exists(), what="a deletion")
        assert not (inside / "big").exists()
        pid = str(daemon.process.pid)
        entering = ["nsenter", "-t", pid, "-U", "-m", "--preserve-credentials"]
        subprocess.run([*entering, "mount", "-o", "remount,size=4m", target], check=True)
        daemon.wait_until((inside / "big").exists, what="the file that did not fit")
        daemon.wait_until(lambda: "There are 0 delays" in place.status(), what="nothing to wait")


def test_a_target_that_cannot_be_reached_is_tried_at_growing_pauses_until_it_is_back(place: Place) -> None:
    module = place.home / "target"
    with rsync_daemon(place.home, module) as forwarding:
        target = f"rsync://127.0.0.1:{forwarding.port}/module"
        with daemon_on(place, target=target) as daemon:
            module.rename(place.home / "away")
            (place.home / "source" / "second").write_text("two")

            def tried() -> int:
                return place.log().count("Retrying a list")

            daemon.wait_until(lambda: tried() >= 1, what="a try")
            daemon.wait_until(lambda: "Create /second" in place.status(), what="the status to name the file")
            daemon.wait_until(lambda: tried() >= 2, what="another try")
            (place.home / "away").rename(module)
            daemon.wait_until(place.is_in_line, what="the change")


def test_what_an_rsync_was_for_that_a_signal_killed_arrives_with_the_next(place: Place) -> None:
    killed = place.home / "killed"
    binary = place.home / "rsync"
    binary.write_text(DYING.replace("@KILLED@", str(killed)))
    binary.chmod(0o755)
    killed.touch()
    with daemon_on(place, f'rsync = {{ binary = "{binary}" }}') as daemon:
        killed.unlink()
        write_together(daemon, place.home / "source", a=1, b=2, c=3)
        daemon.wait_until(lambda: "137" in place.log(), what="the death to be told")
        daemon.wait_until(lambda: "Create /a" in place.status(), what="the status to name the files")
        (place.home / "source" / "later").write_text("later")
        daemon.wait_until(place.is_in_line, what="all of it")
        assert killed.exists()
        assert signal.SIGKILL + 128 == 137


def test_one_file_that_may_not_be_read_holds_up_no_other_and_is_named_alone(place: Place) -> None:
    before = WITHOUT_PRIVILEGES if os.geteuid() == 0 else []
    source, target = place.home / "source", place.home / "target"
    with daemon_on(place, "retries = 1, retryMax = 1", before=before) as daemon:
        with daemon.paused():
            for name in ("a", "locked", "z"):
                (source / name).write_text(name)
            (source / "locked").chmod(0)
        daemon.wait_until(lambda: (target / "z").exists() and (target / "a").exists(), what="the others")
        daemon.wait_until(lambda: "Failed: /locked" in place.status(), what="the status to name the file")
        assert place.status().count("Failed:") == 1
        assert "gave up on 1 paths: /locked" in place.log()
        assert "State: degraded" in place.status()
        (source / "new").write_text("new")
        daemon.wait_until((target / "new").exists, what="a change that comes later")
        (source / "locked").chmod(0o644)
        daemon.wait_until((target / "locked").exists, what="the file that may be read again")
        daemon.wait_until(lambda: "State: running" in place.status(), what="all to be well")
