"""What happens to the daemon, its children and its target while the tree changes.

A fault lasts as long as its block; what the block is given strikes between changes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from time import sleep

from churn.processes import descendants, kill
from churn.scene import Scene
from e2e.waiting import Impatient, until

_QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
_MOST_RECORDS = 200_000
"""A longer queue is not filled up: that would take its time."""
_KILLING = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT)
_SOON, _SHORT = 0.3, 0.02
"""Seconds to wait for a child, and to let it work before it is killed."""
_BALLAST = 64 * 1024
_LONGEST = 2.0
"""Seconds that a fault goes on after the last change of its round, at most."""

Strike = Callable[[], object]
Fault = Callable[[Scene, Random], AbstractContextManager[Strike]]


def _rest() -> None:
    """Most faults do nothing between changes."""


@contextmanager
def _calm(_scene: Scene, _random: Random) -> Iterator[Strike]:
    """No fault."""
    yield _rest


@contextmanager
def _killed_child(scene: Scene, random: Random) -> Iterator[Strike]:
    """A child of the daemon, or a child of that, dies by a signal."""

    def children() -> list[int]:
        return descendants(scene.daemon.process.pid)

    def strike() -> None:
        sign, after = random.choice(_KILLING), random.random() * _SHORT
        with suppress(Impatient):
            until(lambda: bool(children()), what="a child", seconds=_SOON, every=_SHORT / 10)
            sleep(after)
        found = children()
        if found:
            kill([random.choice(found)], sign)

    yield strike


@contextmanager
def _target_away(scene: Scene, random: Random) -> Iterator[Strike]:
    """The directory that holds the target is moved aside."""
    aside = scene.holder.with_name("aside")
    scene.holder.rename(aside)
    yield _rest
    sleep(random.random() * _LONGEST)
    aside.rename(scene.holder)


@contextmanager
def _forbidden(scene: Scene, random: Random) -> Iterator[Strike]:
    """The directory that holds the target has mode 000."""
    scene.holder.chmod(0)
    yield _rest
    sleep(random.random() * _LONGEST)
    scene.holder.chmod(0o755)


@contextmanager
def _host_away(scene: Scene, random: Random) -> Iterator[Strike]:
    """Nobody answers on the target's host, and what was connected is cut off."""
    scene.stop_serving()
    yield _rest
    sleep(random.random() * _LONGEST)
    scene.serve()


@contextmanager
def _disk_full(scene: Scene, random: Random) -> Iterator[Strike]:
    """The target's file system has no room left."""
    ballast = scene.disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(_BALLAST))
    yield _rest
    sleep(random.random() * _LONGEST)
    ballast.unlink()


@contextmanager
def _overflow(scene: Scene, _random: Random) -> Iterator[Strike]:
    """The daemon stands still until the kernel drops what happens."""
    scene.daemon.process.send_signal(signal.SIGSTOP)
    pair = [scene.source / "flood one", scene.source / "flood two"]
    for file in pair:
        file.touch()
    for number in range(int(_QUEUE.read_text()) + 100):
        os.chmod(pair[number % 2], 0o600)
    yield _rest
    scene.daemon.process.send_signal(signal.SIGCONT)


@contextmanager
def _hup(scene: Scene, _random: Random) -> Iterator[Strike]:
    """The daemon is told to read its config again."""
    yield _rest
    until(scene.hears_hup, what="the daemon to hear HUP")
    scene.daemon.process.send_signal(signal.SIGHUP)


@contextmanager
def _ended(sign: signal.Signals, scene: Scene, random: Random, *, with_children: bool) -> Iterator[Strike]:
    """The daemon ends, misses some changes, and is started again."""

    def strike() -> None:
        if random.random() < 0.2 and scene.daemon.is_alive():
            scene.end(sign, with_children=with_children)

    scene.is_to_end = True
    yield strike
    scene.is_to_end = False
    if not scene.daemon.is_alive():
        scene.start()


FAULTS: Mapping[str, Fault] = {
    "calm": _calm,
    "disk-full": _disk_full,
    "forbidden": _forbidden,
    "host-away": _host_away,
    "hup": _hup,
    "kill-9": partial(_ended, signal.SIGKILL, with_children=True),
    "kill-9-alone": partial(_ended, signal.SIGKILL, with_children=False),
    "killed-child": _killed_child,
    "overflow": _overflow,
    "target-away": _target_away,
    "term": partial(_ended, signal.SIGTERM, with_children=False),
}


def missing(kind: str, why_no_mounts: str) -> dict[str, str]:
    """The faults that cannot be had here, or not with this default, and why."""
    out = {}
    if why_no_mounts:
        out["disk-full"] = why_no_mounts
    if kind != "rsyncssh":
        out["host-away"] = "there is no host"
    if os.geteuid() == 0:
        out["forbidden"] = "root may go everywhere"
    if int(_QUEUE.read_text()) > _MOST_RECORDS:
        out["overflow"] = f"{_QUEUE} is above {_MOST_RECORDS}"
    return out
