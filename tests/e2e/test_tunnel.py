"""Tunnels in front of a real rsync daemon (spec 5.1)."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.rsyncd import Forwarding, rsync_daemon
from e2e.waiting import until

pytestmark = pytest.mark.timeout(90)

CONFIG = """
settings{{ statusFile = "{home}/status", statusInterval = 0.1 }}
sync{{
    default.rsync,
    source = "{home}/source",
    target = "rsync://^localhost:^localport/module/",
    delay = 0,
    tunnel = tunnel{{
        name = "web", command = {command}, {tunnel},
        readyDelay = 0.1, retryDelay = 0.2, checkCommand = {{ "sh", "-c", '{check}' }},
    }},
}}
"""

POOL = 'mode = "pool", parallel = 2, checkMaxFailed = 1000, localhost = "127.0.0.1"'
BOTH_UP = "Tunnel: name=web status=UP\n(  process=.* state=up\n){2}"


@frozen
class Scene:
    """A running daemon, its trees, and the processes of its tunnel."""

    home: Path
    daemon: Daemon
    forwarding: Forwarding

    def write(self, name: str, content: str = "x") -> None:
        (self.home / "source" / name).write_text(content)

    def is_mirrored(self) -> bool:
        return _content(self.home / "source") == _content(self.home / "target")

    def wait_for_mirror(self) -> None:
        self.daemon.wait_until(self.is_mirrored, what="the target to equal the source", seconds=30)

    def is_at_rest(self) -> bool:
        """Whether all is mirrored and no rsync runs any more; the log tells of tunnels in between."""
        told = [line for line in self.daemon.log().splitlines() if " Normal: " in line]
        return self.is_mirrored() and "inished" in told[-1]

    def wait_for_rest(self) -> None:
        self.daemon.wait_until(self.is_at_rest, what="the target to equal the source", seconds=30)

    def status(self) -> str:
        file = self.home / "status"
        return file.read_text("latin-1") if file.exists() else ""

    def wait_for_status(self, pattern: str) -> None:
        self.daemon.wait_until(
            lambda: re.search(pattern, self.status()) is not None, what=f"{pattern} in the status", seconds=30
        )

    def forwards(self) -> list[int]:
        """Process ids of the tunnel, as the status file has them."""
        return [int(pid) for pid in re.findall(r"process=(\d+) port", self.status())]


def _content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if not path.name.startswith(".")}


@contextmanager
def scene(home: Path, tunnel: str, check: str = "true") -> Iterator[Scene]:
    (home / "source").mkdir()
    (home / "target").mkdir()
    (home / "source" / "first").write_text("one")
    with rsync_daemon(home, home / "target") as forwarding:
        config = home / "lsyncd.conf.lua"
        command, check = forwarding.command(), f"{forwarding.check} && {check}"
        config.write_text(CONFIG.format(home=home, command=command, tunnel=tunnel, check=check))
        with running(PYLSYNCD, ["-log", "Tunnel", str(config)], home=home / "run") as daemon:
            yield Scene(home, daemon, forwarding)


def test_a_pool_of_two_takes_transfers_in_turn(tmp_path: Path) -> None:
    with scene(tmp_path, POOL) as stage:
        stage.wait_for_status(BOTH_UP)
        stage.wait_for_rest()
        for number in range(4):
            stage.write(f"f{number}")
            stage.wait_for_rest()
        counts = sorted(stage.forwarding.connections().values())
        assert len(counts) == 2
        assert counts[0] >= 2


def test_killing_one_forward_in_the_middle_of_a_transfer_loses_nothing(tmp_path: Path) -> None:
    with scene(tmp_path, POOL) as stage:
        stage.wait_for_status(BOTH_UP)
        stage.wait_for_rest()
        before = stage.forwarding.connections()
        stage.forwarding.stall.touch()
        stage.write("second")
        stage.daemon.wait_until(lambda: stage.forwarding.connections() != before, what="a transfer to begin")
        now = stage.forwarding.connections()
        [busy] = [pid for pid in now if now[pid] != before.get(pid)]
        os.kill(busy, signal.SIGKILL)
        stage.forwarding.stall.unlink()
        stage.write("third")
        stage.wait_for_mirror()
        assert f"process {busy} ended (signal 9); it is started anew" in stage.daemon.log()
        stage.wait_for_status(BOTH_UP)
        assert busy not in stage.forwards()


def test_nothing_is_transferred_until_the_check_command_says_yes(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with scene(tmp_path, "checkMaxFailed = 1000", check=f"test -e {ready}") as stage:
        stage.daemon.wait_until(
            lambda: "web failed check 2 of 1000" in stage.daemon.log(), what="two failed checks"
        )
        assert "Tunnel: name=web status=CONNECTING" in stage.status()
        assert "recursive full rsync" not in stage.daemon.log()
        assert stage.forwarding.connections() == {}
        ready.touch()
        stage.wait_for_mirror()
        stage.wait_for_status("Tunnel: name=web status=UP\n")


def test_a_forward_that_fails_its_checks_is_replaced(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.touch()
    with scene(tmp_path, "checkMaxFailed = 20", check=f"test -e {ready}") as stage:
        stage.wait_for_rest()
        stage.wait_for_status("state=up")
        [first] = stage.forwards()
        ready.unlink()
        stage.daemon.wait_until(lambda: f"process {first} ended" in stage.daemon.log(), what="it to be ended")
        ready.touch()
        stage.wait_for_status("state=up")
        stage.wait_for_mirror()
        assert first not in stage.forwards()


def test_forwards_end_with_the_daemon(tmp_path: Path) -> None:
    with scene(tmp_path, POOL) as stage:
        stage.wait_for_status(BOTH_UP)
        stage.wait_for_rest()
        pids = stage.forwards()
        assert stage.daemon.terminate() == 143
        assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_hup_starts_the_tunnel_anew(tmp_path: Path) -> None:
    with scene(tmp_path, POOL) as stage:
        stage.wait_for_status(BOTH_UP)
        stage.wait_for_rest()
        before = stage.forwards()
        stage.daemon.process.send_signal(signal.SIGHUP)
        stage.daemon.wait_for_startup(2)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before), what="the old ones to end")
        stage.write("second")
        stage.wait_for_mirror()
