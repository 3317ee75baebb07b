"""Where an example from examples/lsyncd-configs runs, unchanged: a source, targets, and stand-ins in PATH."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.standins import StandIns
from e2e.trees import Tree, snapshot

EXAMPLES = Path(__file__).parents[2] / "examples" / "lsyncd-configs"

DELAY = "0.2"
"""Seconds; put over the delay that an example itself has."""

NAMES: tuple[bytes, ...] = (
    b"-rf",
    b"new\nline",
    b"sp ace",
    b"'\"$(id)`id`\\",
    b"*?[x]",
    b"\xff\xfe",
    b";&|<>#",
)
"""Names that break whatever takes them for something else."""

RUN_ON_THE_HOST = """
while :; do
    case $1 in
        -[iop]) shift 2 ;;
        -*) shift ;;
        *) break ;;
    esac
done
shift
exec sh -c "$*"
"""
"""What the stand-in for ssh does: the host is this one."""

RSYNCD_CONF = """\
use chroot = false
strict modes = false
{owner}
[data]
path = {target}
read only = false
{more}
"""


@frozen
class Stage:
    """A directory for one test."""

    home: Path
    tree: Tree
    standins: StandIns

    @classmethod
    def set_up(cls, home: Path) -> Stage:
        """Make an empty source and an empty target."""
        source, target = home / "source", home / "target"
        source.mkdir()
        target.mkdir()
        return cls(home, Tree(bytes(source), bytes(home / "outside")), StandIns(home))

    @property
    def source(self) -> Path:
        """What the example watches."""
        return self.home / "source"

    @property
    def target(self) -> Path:
        """Where things go."""
        return self.home / "target"

    @contextmanager
    def running(
        self, example: str, *, stdin: int = subprocess.DEVNULL, **environment: str
    ) -> Iterator[Daemon]:
        """Run the example as a daemon; the block begins when it watches."""
        everywhere = {
            "PATH": f"{self.standins.path}:{os.environ['PATH']}",
            "SYNC_SOURCE": str(self.source),
            "SYNC_TARGET": str(self.target),
        }
        with running(
            PYLSYNCD,
            ["-delay", DELAY, str(EXAMPLES / f"{example}.lua")],
            home=self.home / "daemon",
            environment=everywhere | environment,
            stdin=stdin,
        ) as daemon:
            daemon.wait_until(lambda: daemon.watches() > 0, what="the first watch")
            yield daemon

    def is_mirrored(self, target: Path | None = None, *, modes: bool = False) -> bool:
        """Whether a target holds what the source holds."""
        return snapshot(bytes(self.source), modes=modes) == snapshot(
            bytes(target or self.target), modes=modes
        )

    def wait_for_mirror(self, daemon: Daemon, target: Path | None = None, *, modes: bool = False) -> None:
        """Return when it is."""
        daemon.wait_until(
            lambda: self.is_mirrored(target, modes=modes), what="the target to equal the source"
        )

    def serve_by_rsyncd(self, more: str = "") -> Path:
        """Return the configuration of an rsync daemon whose module `data` is the target."""
        owner = f"uid = {os.getuid()}\ngid = {os.getgid()}" if os.getuid() == 0 else ""
        file = self.home / "rsyncd.conf"
        file.write_text(RSYNCD_CONF.format(owner=owner, target=self.target, more=more))
        return file
