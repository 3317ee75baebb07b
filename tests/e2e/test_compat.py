"""pylsyncd with `compat` and Debian's lsyncd, side by side, start the same when processes fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen

from e2e.daemon import CANDIDATE, LSYNCD, Daemon, lsyncd_is_installed, running

pytestmark = [
    pytest.mark.skipif(not lsyncd_is_installed(), reason="there is no lsyncd to compare with"),
    pytest.mark.timeout(90),
]

SCRIPT = """\
#!/bin/sh
printf '%s\\n' "$1" >> @HOME@/calls
grep -cx "$1" @HOME@/calls > @HOME@/tries
read tries < @HOME@/tries
case "$1/$tries" in
fails/1 | fails/2) exit 5 ;;
killed/1) kill -KILL $$ ;;
unlisted/1) exit 77 ;;
esac
"""
"""Writes down its argument; `fails` fails twice, `killed` is killed, `unlisted` ends with an unknown code."""

CONFIG = """\
@OURS@
sync{
    source = "@HOME@/source", delay = 1, exitcodes = { [0] = "ok", [5] = "again" },
    onCreate = function(event) spawn(event, "@HOME@/run", event.pathname) end,
}
sync{ source = "@HOME@/other", delay = 1, onCreate = function(event) spawn(event, "@HOME@/run", "other") end }
"""


@frozen
class Run:
    """A daemon in a directory of its own."""

    home: Path
    daemon: Daemon

    def calls(self) -> list[str]:
        """What was started, in order."""
        calls = self.home / "calls"
        return calls.read_text().split() if calls.exists() else []

    def create(self, *names: str) -> None:
        """Create files of the source at once."""
        with self.daemon.paused():
            for name in names:
                (self.home / "source" / name).touch()

    def wait_for(self, count: int) -> list[str]:
        """All calls, as soon as there are so many."""
        self.daemon.wait_until(lambda: len(self.calls()) >= count, what=f"{count} calls")
        return self.calls()


def start(home: Path, *, ours: str) -> Path:
    """The config."""
    for name in ("source", "other"):
        (home / name).mkdir(parents=True)
    (home / "run").write_text(SCRIPT.replace("@HOME@", str(home)))
    (home / "run").chmod(0o755)
    config = home / "lsyncd.conf.lua"
    config.write_text(CONFIG.replace("@HOME@", str(home)).replace("@OURS@", ours))
    return config


def played(command: tuple[str, ...], home: Path, ours: str = "") -> tuple[list[str], int]:
    """What was started, and the exit code of the daemon."""
    config = start(home, ours=ours)
    with running(command, [str(config)], home=home / "run-of-it") as daemon:
        run = Run(home, daemon)
        daemon.wait_until(lambda: daemon.watches() == 2, what="the watches")
        run.create("fails", "last")
        run.wait_for(4)
        run.create("killed", "behind")
        run.wait_for(6)
        run.create("unlisted")
        run.wait_for(7)
        code = daemon.process.wait(15)
    return run.calls(), code


def test_with_compat_failing_processes_lead_to_what_they_lead_to_in_lsyncd(tmp_path: Path) -> None:
    theirs = played(LSYNCD, tmp_path / "lsyncd")
    ours = played(CANDIDATE, tmp_path / "pylsyncd", 'settings{ compat = "2.3" }')
    assert ours == theirs
    assert theirs == (["fails", "fails", "fails", "last", "killed", "behind", "unlisted"], 255)
