"""`python -m churn.long MINUTES`: churn at leisure, and once a minute how large the daemon is."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from attrs import frozen

from churn.changes import Churn
from churn.differing import differences
from churn.draw import KINDS, Draw
from churn.faults import FAULTS
from churn.names import HOSTILE
from churn.play import PYLSYNCD
from churn.scene import Scene, scene
from e2e.sshd import sshd_path
from e2e.waiting import until

_PAUSE, _AT_ONCE = 0.5, 5
"""Seconds between changes, and how many there are then: ten a second."""
_FAULTS = ("calm", "killed-child", "hup", "target-away")
"""One a minute, in turn: such as the daemon lives through."""
_WATCHES = re.compile(rb"^Inotify watching (\d+) directories$", re.MULTILINE)


@frozen
class Size:
    """What the kernel and the status file say of a daemon at rest."""

    resident: int
    descriptors: int
    watches: int
    directories: int
    delays: int
    status_bytes: int

    def told(self) -> str:
        """All of it in words."""
        return (
            f"{self.resident} KiB resident, {self.descriptors} descriptors, "
            f"{self.watches} watches for {self.directories} directories, {self.delays} delays, "
            f"{self.status_bytes} bytes of status"
        )


def size_of(stage: Scene) -> Size:
    """Look at the daemon."""
    process = Path(f"/proc/{stage.daemon.process.pid}")
    resident = (process / "status").read_text().partition("VmRSS:")[2].split()[0]
    status = stage.status()
    watches = _WATCHES.findall(status)
    return Size(
        int(resident),
        len(list((process / "fd").iterdir())),
        int(watches[-1]) if watches else 0,
        sum(
            1 for path in [stage.source, *stage.source.rglob("*")] if path.is_dir() and not path.is_symlink()
        ),
        stage.waiting() or 0,
        len(status),
    )


def minute(stage: Scene, churn: Churn, number: int) -> None:
    """A minute of changes, with its fault in the middle, until all is at rest."""
    end = time.monotonic() + 60
    _change_until(churn, end - 30)
    fault = FAULTS[_FAULTS[number % len(_FAULTS)]]
    with fault(stage, Random(number)) as strike:  # noqa: S311 - to be repeated
        _change_until(churn, end - 25)
        strike()
    _change_until(churn, end)
    churn.come_to_rest()


def _change_until(churn: Churn, end: float) -> None:
    while time.monotonic() < end:
        churn.happen(_AT_ONCE)
        time.sleep(_PAUSE)


def live(home: Path, kind: str, minutes: int) -> list[tuple[int, Size]]:
    """Let a daemon live so long; what size it has after each minute. Raises if a target is not equal."""
    drawn = Draw(kind, 0, archive=True, slow=False, names=HOSTILE, delay=1, faults=())
    sizes = []
    with scene(home, drawn, PYLSYNCD.command, more=PYLSYNCD.keys, mounts=False) as stage:
        churn = Churn(stage.source, 0, outside=home / "outside")
        for number in range(minutes):
            minute(stage, churn, number)
            until(lambda: _is_at_rest(stage, drawn), what=f"{kind} to be at rest", seconds=90, every=0.5)
            sizes.append((churn.done, size_of(stage)))
            sys.stdout.write(
                f"{kind:9} minute {number + 1:3}, {churn.done:6} changes: {sizes[-1][1].told()}\n"
            )
            sys.stdout.flush()
    return sizes


def _is_at_rest(stage: Scene, drawn: Draw) -> bool:
    return stage.waiting() == 0 and not differences(stage, drawn).paths


def main(minutes: int) -> None:
    """All defaults at once."""
    kinds = [kind for kind in KINDS if kind != "rsyncssh" or sshd_path() is not None]
    with tempfile.TemporaryDirectory(prefix="churn-") as home, ThreadPoolExecutor(len(kinds)) as pool:
        lives = [pool.submit(live, Path(home) / kind, kind, minutes) for kind in kinds]
        for one in lives:
            one.result()


if __name__ == "__main__":
    main(int(sys.argv[1]))
