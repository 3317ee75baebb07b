"""Too few inotify watches, on the real kernel: all arrives, if late, and nothing has to be restarted."""

from __future__ import annotations

import subprocess

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place

pytestmark = pytest.mark.timeout(90)

IN_OWN_NAMESPACE = ["unshare", "--user", "--map-root-user"]
"""A user namespace has limits of its own (namespaces(7)), which its root may change."""

LIMIT = "/proc/sys/user/max_inotify_watches"


def test_out_of_watches_it_goes_on_and_is_whole_again_when_the_limit_was_raised(place: Place) -> None:
    try:
        subprocess.run([*IN_OWN_NAMESPACE, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no user namespace to be had here: {error}")
    source, target = place.home / "source", place.home / "target"
    for name in ("one/deep", "two", "three"):
        (source / name).mkdir(parents=True)
        (source / name / "old").write_text("old")
    config = place.write_config(delay=0)
    config.write_text("settings{ rescanInterval = 0.2 }\n" + config.read_text().replace("= 1,", "= 0,"))
    command = [*IN_OWN_NAMESPACE, "sh", "-c", f'echo 3 > {LIMIT} && exec "$@"', "sh", *PYLSYNCD]
    with running(command, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        assert "at least 5 directories need one, 3 have one, the limit" in daemon.complaints()
        assert daemon.complaints().count("Out of inotify watches") == 1
        for name in ("one/deep", "two", "three"):
            assert (target / name / "old").read_text() == "old"
            (source / name / "old").write_text("newer")
            (source / name / "new" / "er").mkdir(parents=True)
            (source / name / "new" / "er" / "file").write_text("created")
        wait_for(daemon, place)
        assert "State: degraded\n" in place.status()
        assert " (ENOSPC)\n" in place.status()

        inside(daemon, f"echo 1000 > {LIMIT}")
        daemon.wait_until(lambda: "All directories are watched again." in daemon.log(), what="new watches")
        (source / "two" / "last").write_text("last")
        daemon.wait_until((target / "two" / "last").exists, what="a change that a watch tells")
        assert daemon.watches() == 11


def wait_for(daemon: Daemon, place: Place) -> None:
    """Return when all of the changes have arrived."""

    def have_arrived() -> bool:
        places = [place.home / "target" / name for name in ("one/deep", "two", "three")]
        created = all((one / "new" / "er" / "file").exists() for one in places)
        return created and all((one / "old").read_text() == "newer" for one in places)

    daemon.wait_until(have_arrived, what="the changes in directories without a watch")


def inside(daemon: Daemon, script: str) -> None:
    """Run a shell where the daemon lives."""
    pid = str(daemon.process.pid)
    command = ["nsenter", "-t", pid, "-U", "--preserve-credentials", "sh", "-c", script]
    subprocess.run(command, check=True)
