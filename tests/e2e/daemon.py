"""Starting, watching and ending the daemon under test: Debian's lsyncd or pylsyncd."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from e2e.trees import FORKING
from e2e.waiting import Impatient, until
from pylsyncd.core.masks import CREATE

LSYNCD: tuple[str, ...] = ("lsyncd",)
PYLSYNCD: tuple[str, ...] = (sys.executable, "-m", "pylsyncd")
CANDIDATE: tuple[str, ...] = tuple(shlex.split(os.environ.get("PYLSYNCD_E2E_COMMAND", ""))) or PYLSYNCD
"""What is under test. Put another daemon there to try the tests themselves: PYLSYNCD_E2E_COMMAND=lsyncd."""

_TIME = re.compile(r"\d\d:\d\d:\d\d ")
_WATCH = re.compile(r"inotify wd:.* mask:([0-9a-f]+)")
_STARTED = "Startup of "
_GRACE = 5.0


def lsyncd_is_installed() -> bool:
    """Whether there is a real lsyncd to ask."""
    return shutil.which("lsyncd") is not None


def watches_of(pid: int) -> int:
    """How many directories a process watches for what is in them, as the kernel says (proc(5), fdinfo)."""
    masks: list[str] = []
    for file in Path(f"/proc/{pid}/fdinfo").glob("*"):
        with suppress(OSError):  # it has closed a descriptor since, or ended
            masks += _WATCH.findall(file.read_text())
    return sum(bool(int(mask, 16) & CREATE) for mask in masks)


@frozen
class Daemon:
    """A daemon in the foreground whose output is kept in files."""

    process: subprocess.Popen[bytes]
    home: Path

    def log(self) -> str:
        """All of its standard output so far; bytes decoded as latin-1."""
        return (self.home / "stdout").read_text("latin-1")

    def complaints(self) -> str:
        """All of its standard error so far."""
        return (self.home / "stderr").read_text("latin-1")

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def watches(self) -> int:
        """How many directories it watches for what is in them."""
        return watches_of(self.process.pid)

    def startups_finished(self) -> int:
        """How many syncs say that their start-up is done."""
        return sum(_STARTED in line and " finished" in line for line in self.log().splitlines())

    def has_finished_all(self) -> bool:
        """Whether the last line with a time tells of an end, not of a beginning."""
        told = [line for line in self.log().splitlines() if _TIME.match(line)]
        return bool(told) and "inished" in told[-1]

    def wait_for_startup(self, syncs: int = 1) -> None:
        """Return when all syncs have done their start-up; raise if the daemon ends instead."""
        self.wait_until(lambda: self.startups_finished() >= syncs, what="the start-up to finish")

    def wait_until(self, condition: Callable[[], bool], *, what: str, seconds: float = 15.0) -> None:
        """As `until`, but do not wait for a dead daemon."""
        came_true = False

        def look() -> bool:
            nonlocal came_true
            came_true = condition()
            return came_true or not self.is_alive()

        try:
            until(look, what=what, seconds=seconds)
        except Impatient as late:
            message = f"{late}\n{self.report()}"
            raise Impatient(message) from None
        if not came_true:
            message = f"the daemon ended while a test waited for {what}\n{self.report()}"
            raise Impatient(message)

    def report(self) -> str:
        """Everything that may explain a failure."""
        state = "running" if self.is_alive() else f"exit code {self.process.returncode}"
        return f"{state}\n--- stdout\n{self.log()[-4000:]}\n--- stderr\n{self.complaints()[-4000:]}"

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Freeze it, so that it finds all that happens in the block at once, and in one batch.

        Else lsyncd's lists of events depend on how fast it is: it reads one half of a move before the other
        was made and takes it for a delete, or it lists a new directory before all of it is there.
        """
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def terminate(self) -> int:
        """End it and return its exit code.

        lsyncd can lose a signal that arrives just before it goes to sleep, hence the repetition.
        """
        for sign in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if not self.is_alive():
                break
            self.process.send_signal(sign)
            try:
                self.process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                continue
        return self.process.wait()


def start(
    command: Sequence[str],
    arguments: Sequence[str],
    *,
    home: Path,
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> Daemon:
    """Start the daemon with -nodaemon; what it logs goes behind what is there. `stdin`: as for Popen."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "stdout").open("ab") as stdout, (home / "stderr").open("ab") as stderr, FORKING:
        process = subprocess.Popen(
            [*command, "-nodaemon", *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=home,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
        )
    return Daemon(process, home)


@contextmanager
def running(
    command: Sequence[str],
    arguments: Sequence[str],
    *,
    home: Path,
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[Daemon]:
    """Run the daemon for the time of the block, with a log of its own."""
    for name in ("stdout", "stderr"):
        (home / name).unlink(missing_ok=True)
    daemon = start(command, arguments, home=home, environment=environment, stdin=stdin)
    try:
        yield daemon
    finally:
        daemon.terminate()
