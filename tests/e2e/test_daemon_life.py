"""The daemon as an operator runs it: detached, with log, pid and status files, and its signals."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import frozen

from e2e.daemon import PYLSYNCD, running
from e2e.trees import FORKING
from e2e.waiting import until

pytestmark = pytest.mark.timeout(90)

CONFIG = """
settings{
    logfile = "@HOME@/log",
    pidfile = "@HOME@/pid",
    statusFile = "@HOME@/status",
    statusInterval = 1,
}
sync{ default.rsync, source = "@HOME@/source", target = "@HOME@/target", delay = @DELAY@, @MORE@ }
"""

SLOW_RSYNC = """#!/bin/sh
[ "$1" = --version ] && exec rsync --version
touch @HOME@/running
while [ -e @HOME@/slow ]; do sleep 0.05; done
exec rsync "$@"
"""


@frozen
class Place:
    """A directory with a source, a target and a config."""

    home: Path

    def write_config(self, more: str = "", delay: float = 1) -> Path:
        file = self.home / "lsyncd.conf.lua"
        text = CONFIG.replace("@MORE@", more).replace("@DELAY@", str(delay))
        file.write_text(text.replace("@HOME@", str(self.home)))
        return file

    def start(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run pylsyncd until the command returns: a daemon goes on in the background."""
        with FORKING:
            return subprocess.run(
                [*PYLSYNCD, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=self.home,
                check=False,
                timeout=60,
            )

    def pid(self) -> int:
        return int((self.home / "pid").read_text())

    def log(self) -> str:
        return self.read("log")

    def status(self) -> str:
        return self.read("status")

    def read(self, name: str) -> str:
        try:
            return (self.home / name).read_text("latin-1")
        except FileNotFoundError:
            return ""

    def is_in_line(self) -> bool:
        source = {path.name: path.read_bytes() for path in (self.home / "source").iterdir()}
        target = {path.name: path.read_bytes() for path in (self.home / "target").iterdir()}
        return source == target

    def exit_code_after(self, signum: int) -> int:
        """End the daemon by a signal; it is our child's child, so its exit code comes by a subreaper."""
        pid = self.pid()
        os.kill(pid, signum)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "source" / "first").write_text("one")
    place = Place(tmp_path)
    yield place
    if (tmp_path / "pid").exists():
        end_family(place.pid())
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def end_family(pid: int) -> None:
    """Kill a daemon and its children, which then are ours, and leave no zombie to other tests."""
    with suppress(FileNotFoundError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for child in children:
            end_family(int(child))


def wait_for_mirror(place: Place) -> None:
    until(place.is_in_line, what="the target to equal the source")


def test_it_detaches_and_mirrors(place: Place) -> None:
    started = place.start(str(place.write_config()))
    assert (started.returncode, started.stderr) == (0, b"")
    assert b"--- Startup, daemonizing ---" in started.stdout
    wait_for_mirror(place)
    (place.home / "source" / "second").write_text("two")
    wait_for_mirror(place)
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
    wait_for_mirror(place)
    until(lambda: " finished." in place.log(), what="the start-up")
    other = place.home / "other"
    other.mkdir()
    config.write_text(config.read_text().replace("/target", "/other"))
    os.kill(place.pid(), signal.SIGHUP)
    until((other / "first").exists, what="the new target to be filled")
    assert "--- HUP signal, resetting ---" in place.log()


def test_hup_with_a_broken_config_is_reported_and_the_old_one_goes_on(place: Place) -> None:
    config = place.write_config()
    place.start(str(config))
    until(lambda: " finished." in place.log(), what="the start-up")
    config.write_text("sync{ default.rsync, sauce = 'x' }\n")
    os.kill(place.pid(), signal.SIGHUP)
    until(lambda: "refused" in place.log(), what="the refusal to be logged")
    assert f"{config}:1: " in place.log()
    (place.home / "source" / "second").write_text("two")
    wait_for_mirror(place)


def test_a_relative_target_is_meant_from_where_the_daemon_was_started(place: Place) -> None:
    config = place.write_config()
    text = config.read_text().replace(f'"{place.home}/target"', '"target"')
    config.write_text(text.replace(f'"{place.home}/source"', '"source"'))
    assert place.start(str(config)).returncode == 0
    wait_for_mirror(place)
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
    end_family(place.pid())
    assert (place.home / "pid").exists()
    assert place.start(config).returncode == 0
    wait_for_mirror(place)
