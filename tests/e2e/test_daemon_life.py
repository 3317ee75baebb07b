"""The daemon as an operator runs it: detached, with log, pid and status files, and its signals."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.place import Place
from e2e.waiting import until

pytestmark = pytest.mark.timeout(90)

SLOW_RSYNC = """#!/bin/sh
[ "$1" = --version ] && exec rsync --version
touch @HOME@/running
while [ -e @HOME@/slow ]; do sleep 0.05; done
exec rsync "$@"
"""

STUBBORN_RSYNC = """#!/bin/sh
[ "$1" = --version ] && exec rsync --version
touch @HOME@/running
exec sleep 1234.5
"""


def test_it_detaches_and_mirrors(place: Place) -> None:
    started = place.start(str(place.write_config()))
    assert (started.returncode, started.stderr) == (0, b"")
    assert b"--- Startup, daemonizing ---" in started.stdout
    place.wait_for_mirror()
    (place.home / "source" / "second").write_text("two")
    place.wait_for_mirror()
    assert Path(f"/proc/{place.pid()}/cwd").readlink() == Path("/")
    assert os.getsid(place.pid()) == place.pid()


def test_the_pid_file_holds_the_pid_and_goes_at_the_end(place: Place) -> None:
    place.start(str(place.write_config()))
    assert (place.home / "pid").read_text() == f"{place.pid()}\n"
    assert place.exit_code_after(signal.SIGTERM) == 143
    assert not (place.home / "pid").exists()


def test_a_second_instance_is_refused_and_the_first_goes_on(place: Place) -> None:
    config = place.write_config()
    place.start(str(config))
    first = place.pid()
    second = place.start(str(config))
    assert second.returncode == 255
    assert second.stderr.startswith(b"Error: ")
    assert str(place.home / "pid").encode() in second.stderr
    assert str(first).encode() in second.stderr
    assert place.pid() == first
    os.kill(first, 0)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_it_ends_with_128_and_the_signal_after_running_children(place: Place, signum: int, code: int) -> None:
    slow = place.home / "slow"
    slow.touch()
    rsync = place.home / "rsync.sh"
    rsync.write_text(SLOW_RSYNC.replace("@HOME@", str(place.home)))
    rsync.chmod(0o755)
    place.start(str(place.write_config(f'rsync = {{ binary = "{rsync}" }}')))
    until((place.home / "running").exists, what="rsync to run")
    pid = place.pid()
    os.kill(pid, signum)
    until(lambda: "waiting for 1 more child processes." in place.log(), what="the daemon to fade")
    assert (place.home / "pid").exists()
    slow.unlink()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    assert place.is_in_line()


def test_on_term_waiting_changes_are_still_sent(place: Place) -> None:
    place.start(str(place.write_config(delay=3600)))
    place.wait_for_mirror()
    until(lambda: " finished." in place.log(), what="the start-up")
    (place.home / "source" / "late").write_text("late")
    assert place.exit_code_after(signal.SIGTERM) == 143
    assert place.is_in_line()


def test_with_drain_timeout_0_waiting_changes_are_left_and_named(place: Place) -> None:
    config = place.write_config(delay=3600)
    config.write_text("settings{ drainTimeout = 0 }\n" + config.read_text())
    place.start(str(config))
    until(lambda: " finished." in place.log(), what="the start-up")
    (place.home / "source" / "late").write_text("late")
    assert place.exit_code_after(signal.SIGTERM) == 143
    assert "Sync1: 1 changes have not been sent: /late" in place.log()
    assert not (place.home / "target" / "late").exists()


def test_a_child_that_hangs_does_not_hold_up_the_end(place: Place) -> None:
    rsync = place.home / "rsync.sh"
    rsync.write_text(STUBBORN_RSYNC.replace("@HOME@", str(place.home)))
    rsync.chmod(0o755)
    config = place.write_config(f'rsync = {{ binary = "{rsync}" }}')
    config.write_text("settings{ drainTimeout = 0.1 }\n" + config.read_text())
    place.start(str(config))
    until((place.home / "running").exists, what="rsync to run")
    assert place.exit_code_after(signal.SIGTERM) == 143
    log = place.log()
    assert log.count("The time to end is over: ending 1 child processes.") == 1
    assert "Terminating" not in log


def test_the_status_can_be_read_at_any_moment(place: Place) -> None:
    place.start(str(place.write_config(delay=0)))
    until((place.home / "status").exists, what="a status file")
    for number in range(200):
        (place.home / "source" / f"f{number}").write_text("x")
        text = place.status()
        assert text.startswith("Lsyncd status report at ")
        assert "There are " in text
        assert text.rstrip().splitlines()[-1] == "Inotify watching 1 directories"


def test_the_log_has_lsyncds_lines_with_date(place: Place) -> None:
    place.start(str(place.write_config()))
    until(lambda: " finished." in place.log(), what="the start-up")
    place.exit_code_after(signal.SIGTERM)
    lines = place.log().splitlines()
    words = [line.split(" Normal: ", 1)[1] for line in lines if " Normal: " in line]
    home = place.home
    assert words == [
        "--- Startup, daemonizing ---",
        f"recursive full rsync: {home}/source/ -> {home}/target/",
        f"Startup of {home}/source/ -> {home}/target/ finished.",
        "--- TERM signal, fading ---",
    ]


def test_hup_reads_a_changed_config(place: Place) -> None:
    config = place.write_config()
    place.start(str(config))
    place.wait_for_mirror()
    until(lambda: " finished." in place.log(), what="the start-up")
    other = place.home / "other"
    other.mkdir()
    config.write_text(config.read_text().replace("/target", "/other"))
    os.kill(place.pid(), signal.SIGHUP)
    until((other / "first").exists, what="the new target to be filled")
    assert "--- HUP signal, resetting ---" in place.log()


def test_a_relative_target_is_meant_from_where_the_daemon_was_started(place: Place) -> None:
    config = place.write_config()
    text = config.read_text().replace(f'"{place.home}/target"', '"target"')
    config.write_text(text.replace(f'"{place.home}/source"', '"source"'))
    assert place.start(str(config)).returncode == 0
    place.wait_for_mirror()
    config.write_text(config.read_text().replace("delay = 1", "delay = 2"))
    os.kill(place.pid(), signal.SIGHUP)
    until(lambda: place.log().count(" finished.") == 2, what="the start-up after HUP")
    assert place.is_in_line()


def test_in_the_foreground_there_is_a_pid_file_too(place: Place) -> None:
    with running(PYLSYNCD, [str(place.write_config())], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        assert place.pid() == daemon.process.pid
    assert not (place.home / "pid").exists()


def test_a_killed_daemon_leaves_a_pid_file_that_is_no_hindrance(place: Place) -> None:
    config = str(place.write_config())
    place.start(config)
    place.exit_code_after(signal.SIGKILL)
    assert (place.home / "pid").exists()
    assert place.start(config).returncode == 0
    place.wait_for_mirror()
