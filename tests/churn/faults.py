"""What happens to the daemon, its children and its target while the tree changes."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from time import sleep

from attrs import define

from churn.processes import descendants, kill
from churn.scene import Scene
from e2e.waiting import Impatient, until

_QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
_MOST_RECORDS = 200_000
"""A longer queue is not filled up: that would take its time."""
_KILLING = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT)
_SOON, _SHORT = 0.3, 0.02
"""Seconds to wait for a child, and to let it work before it is killed."""
_BALLAST = 64 * 1024


@define
class Fault(ABC):
    """Begins, strikes now and then between changes, and ends."""

    scene: Scene
    random: Random

    @abstractmethod
    def begin(self) -> None:
        """Before the changes of a round."""

    def strike(self) -> None:  # noqa: B027 - most faults do nothing there
        """Between them."""

    def end(self) -> None:  # noqa: B027 - as above
        """After them."""


class Nothing(Fault):
    """A round without any."""

    def begin(self) -> None:
        pass


class KilledChildren(Fault):
    """A child of the daemon, or a child of that, dies by a signal."""

    def begin(self) -> None:
        pass

    def strike(self) -> None:
        sign, after = self.random.choice(_KILLING), self.random.random() * _SHORT
        with suppress(Impatient):
            until(lambda: bool(self._children()), what="a child", seconds=_SOON, every=_SHORT / 10)
            sleep(after)
        children = self._children()
        if children:
            kill([self.random.choice(children)], sign)

    def _children(self) -> list[int]:
        return descendants(self.scene.daemon.process.pid)


class TargetAway(Fault):
    """The directory that holds the target is moved aside."""

    def begin(self) -> None:
        self.scene.holder.rename(self._aside())

    def end(self) -> None:
        sleep(self.random.random() * 2)
        self._aside().rename(self.scene.holder)

    def _aside(self) -> Path:
        return self.scene.holder.with_name("aside")


class TargetForbidden(Fault):
    """The directory that holds the target has mode 000."""

    def begin(self) -> None:
        self.scene.holder.chmod(0)

    def end(self) -> None:
        sleep(self.random.random() * 2)
        self.scene.holder.chmod(0o755)


class HostAway(Fault):
    """Nobody answers on the target's host, and what was connected is cut off."""

    def begin(self) -> None:
        self.scene.stop_serving()

    def end(self) -> None:
        sleep(self.random.random() * 2)
        self.scene.serve()


class DiskFull(Fault):
    """The target's file system has no room left."""

    def begin(self) -> None:
        with suppress(OSError), (self.scene.disk / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(_BALLAST))

    def end(self) -> None:
        sleep(self.random.random() * 2)
        (self.scene.disk / "ballast").unlink()


class Overflow(Fault):
    """The daemon stands still until the kernel drops what happens."""

    def begin(self) -> None:
        self.scene.daemon.process.send_signal(signal.SIGSTOP)
        pair = [self.scene.source / "flood one", self.scene.source / "flood two"]
        for file in pair:
            file.touch()
        for number in range(int(_QUEUE.read_text()) + 100):
            os.chmod(pair[number % 2], 0o600)

    def end(self) -> None:
        self.scene.daemon.process.send_signal(signal.SIGCONT)


class Hup(Fault):
    """The daemon is told to read its config again."""

    def begin(self) -> None:
        pass

    def end(self) -> None:
        until(self.scene.hears_hup, what="the daemon to hear HUP")
        self.scene.daemon.process.send_signal(signal.SIGHUP)


@define
class Ended(Fault):
    """The daemon ends, misses some changes, and is started again."""

    sign: signal.Signals = signal.SIGKILL
    with_children: bool = True

    def begin(self) -> None:
        pass

    def strike(self) -> None:
        if self.random.random() < 0.2 and self.scene.daemon.is_alive():
            self.scene.end(self.sign, with_children=self.with_children)

    def end(self) -> None:
        if not self.scene.daemon.is_alive():
            self.scene.start()


class KilledAlone(Ended):
    """As systemd does not: its children finish what they do."""

    def __init__(self, scene: Scene, random: Random) -> None:
        super().__init__(scene, random, with_children=False)


class Terminated(Ended):
    """With TERM, so that it sends what waits."""

    def __init__(self, scene: Scene, random: Random) -> None:
        super().__init__(scene, random, signal.SIGTERM, with_children=False)


FAULTS: Mapping[str, Callable[[Scene, Random], Fault]] = {
    "calm": Nothing,
    "disk-full": DiskFull,
    "forbidden": TargetForbidden,
    "host-away": HostAway,
    "hup": Hup,
    "kill-9": Ended,
    "kill-9-alone": KilledAlone,
    "killed-child": KilledChildren,
    "overflow": Overflow,
    "target-away": TargetAway,
    "term": Terminated,
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
