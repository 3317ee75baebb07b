"""A pool of two `ssh -L` forwards, through a real sshd, in front of a real rsync daemon (spec 5.1)."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.rsyncd import rsync_daemon
from e2e.sshd import HOST, running_sshd, sshd_path

pytestmark = [
    pytest.mark.skipif(sshd_path() is None, reason="there is no sshd; scripts/setup says why"),
    pytest.mark.timeout(120),
]

CONFIG = """
settings{{ statusFile = "{home}/status", statusInterval = 0.1 }}
sync{{
    default.rsync,
    source = "{home}/source",
    target = "rsync://^localhost:^localport/module/",
    delay = 0,
    rsync = {{ binary = "{home}/rsync" }},
    tunnel = tunnel{{
        name = "web", mode = "pool", parallel = 2, localhost = "127.0.0.1",
        command = {{ {ssh} }},
        readyDelay = 0.2, retryDelay = 0.2, checkMaxFailed = 1000,
        checkCommand = {{ "rsync", "rsync://127.0.0.1:^localport/" }},
    }},
}}
"""

RSYNC = """#!/bin/sh
for last; do :; done
printf '%s\\n' "$last" >> {home}/targets
exec rsync "$@"
"""
"""Notes where each transfer goes."""

BOTH_UP = re.compile("status=UP\n(  process=.* state=up\n){2}")


@frozen
class Scene:
    """A daemon that mirrors through its tunnel."""

    home: Path
    daemon: Daemon

    def read(self, name: str) -> str:
        file = self.home / name
        return file.read_text("latin-1") if file.exists() else ""

    def ports(self) -> list[str]:
        """The local port of each transfer so far."""
        return re.findall(r"127\.0\.0\.1:(\d+)/module", self.read("targets"))

    def forwards(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"process=(\d+) port", self.read("status"))]

    def send(self, name: str) -> None:
        """Write a file, and wait until it has arrived and no rsync runs."""
        (self.home / "source" / name).write_text(name)
        there = self.home / "target" / name
        self.daemon.wait_until(
            lambda: there.exists() and self.daemon.has_finished_all(), what=f"{name} to arrive", seconds=40
        )

    def wait_for_both(self) -> None:
        """The start-up too: without `insist` a start-up whose forward is killed ends the daemon."""
        self.daemon.wait_until(
            lambda: self.daemon.startups_finished() > 0, what="the start-up to finish", seconds=40
        )
        self.daemon.wait_until(
            lambda: BOTH_UP.search(self.read("status")) is not None, what="both forwards to be up", seconds=40
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    rsync = tmp_path / "rsync"
    rsync.write_text(RSYNC.format(home=shlex.quote(str(tmp_path))))
    rsync.chmod(0o755)
    with running_sshd(tmp_path / "sshd") as sshd, rsync_daemon(tmp_path, tmp_path / "target") as rsyncd:
        forward = [
            "-o",
            "ExitOnForwardFailure=yes",
            "-N",
            "-L",
            f"^localhost:^localport:{HOST}:{rsyncd.port}",
        ]
        words = ", ".join(f'"{word}"' for word in [*sshd.command(), *forward, HOST])
        config = tmp_path / "lsyncd.conf.lua"
        config.write_text(CONFIG.format(home=tmp_path, ssh=words))
        with running(PYLSYNCD, [str(config)], home=tmp_path / "run") as daemon:
            yield Scene(tmp_path, daemon)


def test_transfers_are_spread_over_both_forwards(scene: Scene) -> None:
    scene.wait_for_both()
    for number in range(4):
        scene.send(f"f{number}")
    assert len(set(scene.ports()[-4:])) == 2


def test_killing_one_forward_loses_nothing(scene: Scene) -> None:
    scene.wait_for_both()
    victim, *_ = scene.forwards()
    os.kill(victim, signal.SIGKILL)
    for number in range(4):
        scene.send(f"f{number}")
    scene.wait_for_both()
    assert victim not in scene.forwards()
