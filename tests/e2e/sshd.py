"""A real sshd on the loopback interface: own port, throw-away keys, run by whoever runs the tests."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from e2e.trees import FORKING
from e2e.waiting import until

HOST = "127.0.0.1"
_PRIVILEGE_SEPARATION = "/run/sshd"
"""Compiled into Debian's sshd: an empty directory, which has to be there when root starts it."""

_CONFIG = """\
ListenAddress {host}:{port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
MaxStartups 100
SetEnv HOME={home}
"""
"""The home is not that of whoever runs the tests: a .bashrc takes its time, and may wait for its like."""


def sshd_path() -> str | None:
    """Find sshd, which has to be called by its absolute path; None: it is not installed."""
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@frozen
class Sshd:
    """A running sshd and how to reach it; `options` are those of ssh(1)."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]

    def logins(self) -> int:
        """How many it has let in so far, as its log has it."""
        return (self.home / "log").read_text("latin-1").count("Accepted publickey for ")

    def cut_connections(self) -> None:
        """End the processes that serve connections, as if the network had gone."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in map(int, children.split()):
            os.kill(pid, signal.SIGKILL)

    @property
    def options(self) -> dict[str, str]:
        """What keeps ssh away from the user's own keys and known hosts."""
        return {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
            "StrictHostKeyChecking": "no",
            "User": getpass.getuser(),
            "UserKnownHostsFile": "/dev/null",
        }

    def lua(self) -> str:
        """The `ssh = { ... }` of a config; the user's own configuration of ssh is left out."""
        options = ", ".join(f'{key} = "{value}"' for key, value in self.options.items())
        return (
            f'ssh = {{ identityFile = "{self.home}/user_key", port = {self.port}, '
            f'options = {{ {options} }}, _extra = {{ "-F", "none" }} }}'
        )

    def command(self) -> list[str]:
        """The words before the host for calling ssh by hand."""
        options = [word for key, value in self.options.items() for word in ("-o", f"{key}={value}")]
        return ["ssh", "-F", "none", "-i", f"{self.home}/user_key", "-p", str(self.port), *options]

    def lets_in(self) -> bool:
        """Whether a login works."""
        return subprocess.run([*self.command(), HOST, "true"], check=False, timeout=20).returncode == 0


@contextmanager
def running_sshd(home: Path) -> Iterator[Sshd]:
    """Run an sshd for the time of the block; raises if nobody can log in."""
    home.mkdir(parents=True)
    for key in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / key)], check=True)
    if os.geteuid() == 0:
        os.makedirs(_PRIVILEGE_SEPARATION, mode=0o755, exist_ok=True)
    port = _free_port()
    config = home / "sshd_config"
    config.write_text(_CONFIG.format(host=HOST, port=port, home=home))
    with (home / "log").open("wb") as log, FORKING:
        process = subprocess.Popen(
            [str(sshd_path()), "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
        )
    sshd = Sshd(home, port, process)
    try:
        until(sshd.lets_in, what=f"sshd to let us in; its log is {home / 'log'}")
        yield sshd
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
