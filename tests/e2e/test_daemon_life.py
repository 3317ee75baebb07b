"""The daemon as an operator runs it: detached, with log, pid and status files, and its signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import field, frozen

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


REAPER = Path(__file__).parent / "reaper.py"


@frozen
class Start:
    """How a command ended: for a daemon, its first process."""

    returncode: int
    stdout: bytes
    stderr: bytes


@frozen
class Place:
    """A directory with a source, a target and a config."""

    home: Path
    reapers: list[subprocess.Popen[bytes]] = field(factory=list)

    def write_config(self, more: str = "", delay: float = 1) -> Path:
        file = self.home / "lsyncd.conf.lua"
        text = CONFIG.replace("@MORE@", more).replace("@DELAY@", str(delay))
        file.write_text(text.replace("@HOME@", str(self.home)))
        return file

    def start(self, *arguments: str) -> Start:
        """Run pylsyncd until the command returns: a daemon goes on in the background."""
        exits = self.home / f"exits{len(self.reapers)}"
        out, err = self.home / "out", self.home / "err"
        with FORKING, out.open("wb") as stdout, err.open("wb") as stderr:
            reaper = subprocess.Popen(
                [sys.executable, REAPER, exits, *PYLSYNCD, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self.home,
            )
        self.reapers.append(reaper)
        until(lambda: "\n" in self.read(exits.name), what="the command to start")
        command = int(self.read(exits.name).split()[0])
        return Start(self.exit_code_of(command), out.read_bytes(), err.read_bytes())

    def exit_code_of(self, pid: int) -> int:
        """Wait for the end of a process that a command has left behind, or of the command itself."""

        def ends() -> list[str]:
            told = "".join(self.read(path.name) for path in self.home.glob("exits*"))
            return [line for line in told.splitlines() if line.startswith(f"{pid} ")]

        until(lambda: any("started" not in line for line in ends()), what="the process to end", seconds=60)
        return int(ends()[-1].split()[1])

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
        """End the daemon by a signal."""
        pid = self.pid()
        os.kill(pid, signum)
        return self.exit_code_of(pid)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "source" / "first").write_text("one")
    place = Place(tmp_path)
    yield place
    if (tmp_path / "pid").exists():
        with suppress(ProcessLookupError):
            os.kill(place.pid(), signal.SIGKILL)
    for reaper in place.reapers:
        reaper.wait(20)


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
    assert place.exit_code_of(pid) == code
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
    assert place.exit_code_after(signal.SIGKILL) == -signal.SIGKILL
    assert (place.home / "pid").exists()
    assert place.start(config).returncode == 0
    wait_for_mirror(place)
