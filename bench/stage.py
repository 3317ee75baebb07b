"""A daemon on a directory of its own, and waiting for what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from bench import changes
from bench.configs import Places
from bench.contenders import Contender
from bench.figures import Figures, children_of, cpu_seconds, figures_of, is_asleep
from bench.record import Record
from e2e.daemon import Daemon, running
from e2e.waiting import Impatient, until

PATIENCE: Final = 900.0
"""Seconds after which a daemon that does not come to an end has failed. Lsyncd needs minutes for some."""
_OVERFLOW: Final = "OVERFLOW in event queue"
_LOOK: Final = 0.05
_LOOK_OFTEN: Final = 0.001
_GRACE: Final = 0.5
"""Seconds for which a daemon has to be at rest when its delay is over."""
_CALM: Final = 0.002
"""Seconds of CPU in a window of rest that are not called work."""


@frozen
class Live:
    """A daemon that runs."""

    daemon: Daemon
    places: Places
    ready_after: float
    """Seconds from its start until its watches were set; 0: nobody has waited for that."""

    @property
    def pid(self) -> int:
        """Of the daemon itself: what starts it is replaced by it."""
        return self.daemon.process.pid

    def figures(self) -> Figures:
        """What it has used so far."""
        return figures_of(self.pid)

    def overflows(self) -> int:
        """How often it says that the kernel's queue was full."""
        return (self.daemon.log() + self.daemon.complaints()).count(_OVERFLOW)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Look often, since most of these waits are measured; raise if it ends, or never comes to it."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if not self.daemon.is_alive() or time.monotonic() > end:
                message = f"no {what}\n{self.daemon.report()}"
                raise Impatient(message)
            time.sleep(_LOOK_OFTEN)

    def take_slot(self) -> None:
        """Have the first process after the start-up wait at the gate (`configs.held`)."""
        self.rest()
        changes.rewrite(os.fsencode(self.places.source) + b"/first")
        self.wait(lambda: bool(children_of(self.pid)), "process that waits")
        self.rest(of_children=False)

    def open_gate(self) -> None:
        """Let it end; one that comes later, after a reset, finds no gate."""
        descriptor = os.open(self.places.gate, os.O_RDWR)
        self.places.gate.unlink()
        os.close(descriptor)

    def rest(self, seconds: float = 0.3, *, of_children: bool = True) -> None:
        """Return when it has done nothing for so long, and had no child if that counts."""
        until(
            lambda: self._rests(seconds, of_children=of_children),
            what="the daemon to rest",
            seconds=PATIENCE,
            every=0,
        )

    def _rests(self, seconds: float, *, of_children: bool) -> bool:
        before = cpu_seconds(self.pid)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(_LOOK)
            if of_children and children_of(self.pid):
                return False
            if cpu_seconds(self.pid) - before > _CALM or not is_asleep(self.pid):
                return False
        return True

    def hand_over(self, records: Sequence[Record], *, delay: float) -> float:
        """Follow the records until nothing more comes, however long it counts; when the last came."""
        last = time.monotonic()
        while time.monotonic() - last < delay + _GRACE:
            time.sleep(_LOOK)
            if sum([record.follow() for record in records]) or not self._rests(_LOOK, of_children=True):
                last = time.monotonic()
        return last


@frozen
class Stage:
    """Where one measurement of one daemon happens."""

    contender: Contender
    places: Places
    shared: Path
    """What one measurement builds and the others use again: large trees."""

    @classmethod
    def prepared(cls, contender: Contender, home: Path, shared: Path) -> Stage:
        """An empty source and target."""
        places = Places(home)
        for path in (places.source, places.target):
            path.mkdir(parents=True)
        return cls(contender, places, shared)

    @contextmanager
    def running(self, config: str) -> Iterator[Live]:
        """Run the daemon with that config until its start-up is done, for the time of the block."""
        begin = time.monotonic()
        with self.started(config) as live:
            live.wait(self.places.ready.exists, "start-up")
            yield Live(live.daemon, self.places, time.monotonic() - begin)

    @contextmanager
    def started(self, config: str) -> Iterator[Live]:
        """Run the daemon with that config, and do not wait for it."""
        file = self.places.home / "config.lua"
        file.write_text(config)
        with running(self.contender.command, [os.fspath(file)], home=self.places.home / "log") as daemon:
            yield Live(daemon, self.places, 0)
