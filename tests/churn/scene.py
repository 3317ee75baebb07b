"""One source, one target and the daemon between them, which is killed and started again."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import define

from churn.draw import Draw
from churn.mounts import small_disk
from churn.processes import catches, descendants, has_ended, kill
from e2e import daemon as daemons
from e2e.daemon import Daemon
from e2e.sshd import HOST, Sshd, prepared_sshd
from e2e.waiting import until

_CONFIG = """\
settings{{ statusFile = "{home}/status", statusInterval = 1, insist = true }}
sync{{ default.{kind}, source = "{home}/source", {target}, delay = {delay}, {more} }}
"""
_SLOW = 1500
"""KiB a second: a large file of a churn takes a fifth of one."""
_MOST_TO_END = 60
"""Seconds after a signal."""
_DELAYS = re.compile(rb"^There are (\d+) delays$", re.MULTILINE)


@define(eq=False)
class Scene:
    """Where a run takes place. The target lies in `holder`, which can go away whole."""

    home: Path
    command: Sequence[str]
    daemon: Daemon
    sshd: Sshd | None = None
    sshd_process: subprocess.Popen[bytes] | None = None
    is_to_end: bool = False
    died: str = ""
    """How the daemon ended when nobody had asked it to, or that it did not when it was asked."""

    @property
    def source(self) -> Path:
        return self.home / "source"

    @property
    def disk(self) -> Path:
        return self.home / "disk"

    @property
    def holder(self) -> Path:
        return self.disk / "holder"

    @property
    def target(self) -> Path:
        return self.holder / "target"

    def start(self) -> None:
        """Start the daemon anew."""
        self.daemon = daemons.start(self.command, _arguments(self.home), home=self.home)

    def note_death(self) -> None:
        """See whether the daemon has ended by itself."""
        if not self.died and not self.is_to_end and not self.daemon.is_alive():
            self.died = f"exit code {self.daemon.process.returncode}"

    def end(self, sign: signal.Signals, *, with_children: bool = True) -> None:
        """End the daemon by a signal, with its children, as systemd does, or without them.

        Children that are left are waited for: a daemon that starts while they run would race with them.
        """
        children = descendants(self.daemon.process.pid)
        self.daemon.process.send_signal(sign)
        if with_children:
            kill(children, sign)
        try:
            self.daemon.process.wait(_MOST_TO_END)
        except subprocess.TimeoutExpired:  # as Lsyncd does while a `cp` of its waits for a pipe, for ever
            self.died = f"does not end on {sign.name}"
            kill([*children, self.daemon.process.pid], signal.SIGKILL)
            self.daemon.process.wait()
        until(lambda: all(map(has_ended, children)), what="the daemon's children to end", seconds=60)

    def hears_hup(self) -> bool:
        """Whether HUP would not end it, as it does before it is up."""
        return catches(self.daemon.process.pid, signal.SIGHUP) or not self.daemon.is_alive()

    def serve(self) -> None:
        """Let sshd listen, where there is one."""
        if self.sshd is not None:
            self.sshd_process = self.sshd.serve()

    def stop_serving(self) -> None:
        """End sshd and all that was reached through it."""
        if self.sshd_process is not None:
            sessions = descendants(self.sshd_process.pid)
            self.sshd_process.terminate()
            self.sshd_process.wait()
            kill(sessions, signal.SIGKILL)
            self.sshd_process = None

    def status(self) -> bytes:
        """What the status file says; nothing before it is written."""
        try:
            return (self.home / "status").read_bytes()
        except FileNotFoundError:
            return b""

    def waiting(self) -> int | None:
        """How many delays there are, as the status says."""
        found = _DELAYS.findall(self.status())
        return int(found[0]) if found else None


def _arguments(home: Path) -> list[str]:
    return ["-log", "Exec", str(home / "lsyncd.conf.lua")]


@contextmanager
def scene(home: Path, drawn: Draw, command: Sequence[str], *, more: str, mounts: bool) -> Iterator[Scene]:
    """Set it up, start the daemon; take all down in the end. `more`: keys of the sync."""
    with ExitStack() as stack:
        for name in ("source", "outside", "disk"):
            (home / name).mkdir(parents=True)
        if mounts:
            stack.enter_context(small_disk(home / "disk"))
        (home / "disk" / "holder" / "target").mkdir(parents=True)
        sshd = prepared_sshd(home / "sshd") if drawn.kind == "rsyncssh" else None
        (home / "lsyncd.conf.lua").write_text(_config(home, drawn, sshd, more))
        process = sshd.serve() if sshd is not None else None
        daemon = daemons.start(command, _arguments(home), home=home)
        made = Scene(home, command, daemon, sshd, process)
        stack.callback(made.stop_serving)
        stack.callback(_give_up, made)
        yield made


def _give_up(made: Scene) -> None:
    if made.daemon.is_alive():
        made.end(signal.SIGKILL)


def _config(home: Path, drawn: Draw, sshd: Sshd | None, more: str) -> str:
    directory = home / "disk" / "holder" / "target"
    target = f'target = "{directory}"'
    if sshd is not None:
        target = f'host = "{HOST}", targetdir = "{directory}", {sshd.lua()}'
    options = ("archive = true, " if drawn.archive else "") + (f"bwlimit = {_SLOW}" if drawn.slow else "")
    more += f"rsync = {{ {options} }}"
    return _CONFIG.format(home=home, kind=drawn.kind, target=target, delay=drawn.delay, more=more)
