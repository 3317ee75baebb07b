"""A place with a source, a target and a config, and the daemon that an operator runs there."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from e2e.daemon import PYLSYNCD
from e2e.trees import FORKING
from e2e.waiting import until

CONFIG = """
settings{
    logfile = "@HOME@/log",
    pidfile = "@HOME@/pid",
    statusFile = "@HOME@/status",
    statusInterval = 1,
}
sync{ default.rsync, source = "@HOME@/source", target = "@HOME@/target", delay = @DELAY@, @MORE@ }
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

    def start(
        self, *arguments: str, command: Sequence[str] = PYLSYNCD, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run pylsyncd until the command returns: a daemon goes on in the background."""
        with FORKING:
            return subprocess.run(
                [*command, *arguments],
                env={**os.environ, **environment},
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

    def wait_for(self, words: str, *, log: str = "log") -> None:
        """Return when a log says so."""
        until(lambda: words in self.read(log), what=f"{words!r} in the log")

    def wait_for_mirror(self) -> None:
        """Return when the target equals the source."""
        until(self.is_in_line, what="the target to equal the source")

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


@contextmanager
def placed(home: Path) -> Iterator[Place]:
    """Make the place; a daemon that is left there at the end is killed."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    (home / "source").mkdir()
    (home / "target").mkdir()
    (home / "source" / "first").write_text("one")
    place = Place(home)
    try:
        yield place
    finally:
        if (home / "pid").exists():
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(place.pid(), signal.SIGKILL)
                os.waitpid(place.pid(), 0)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
