"""Two machines over one tree, one with each monitor: at rest both queues hold the same changes."""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest
from attrs import define, field

from e2e.trees import exchange
from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Look, RemoveWatches, Scan
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Delay, EventType, Settings, SyncConfig
from pylsyncd.system.watch.fanotify import FanotifyMonitor
from pylsyncd.system.watch.inotify import InotifyMonitor
from pylsyncd.system.watch.monitor import Monitor
from system.fanotify_needed import NEEDED
from system.test_watching_real_trees import Churn

pytestmark = NEEDED

HISTORIES = 100
STEPS = 12
NEVER = 1e9
KINDS = ["make", "move", "move", "swap", "remove", "write", "write", "rewrite", "touch", "link", "mode"]


@define
class Watcher:
    """A machine that queues all that its monitor tells, and acts on nothing."""

    source: bytes
    monitor: Monitor
    machine: Machine = field(factory=Machine)
    _clock: count[int] = field(factory=lambda: count(1))

    def start(self) -> None:
        config = SyncConfig(0, b"S", self.source, NEVER, max_delays=10**6, keeps_moves=True, has_init=False)
        self._handle(i.Started(0.0, Settings(), (config,)))

    def rest(self) -> None:
        """Read and follow all that there is; a second passes between two looks, so that no half waits."""
        quiet = 0
        while quiet < 2:
            records = self.monitor.drain()
            quiet = 0 if records else quiet + 1
            self._handle(i.WatchRecords(self._now(), records))
            self._handle(i.Tick(self._now()))

    def queue(self) -> list[tuple[str, bytes, bytes | None]]:
        return said(self.machine.queue(0))

    def _now(self) -> float:
        return float(next(self._clock))

    def _handle(self, happened: i.Input) -> None:
        waiting = deque(self.machine.handle(happened))
        while waiting:
            waiting.extend(self._follow(waiting.popleft()))

    def _follow(self, effect: Effect) -> list[Effect]:
        match effect:
            case Scan(ticket, paths, files):
                found = self.monitor.scan(paths, files)
                return self.machine.handle(i.DirectoriesScanned(self._now(), ticket, found))
            case Look(ticket, paths, watch):
                looked = self.monitor.look(paths, watch)
                return self.machine.handle(i.DirectoriesLooked(self._now(), ticket, looked, None))
            case RemoveWatches(wds):
                self.monitor.remove(wds)
                return []
            case _:  # nothing is to be done for a change
                return []


def said(queue: Iterable[Delay]) -> list[tuple[str, bytes, bytes | None]]:
    """All but what was in a directory that is deleted: inotify tells of its end, and nobody misses that."""
    listed: list[tuple[str, bytes, bytes | None]] = []
    for one in queue:
        if one.etype is EventType.DELETE and one.is_directory:
            listed = [other for other in listed if not other[1].startswith(one.path) or other[2] is not None]
        listed.append((one.etype.value, one.path, one.path2))
    return listed


@define
class Changes(Churn):
    """Changes of files too, and of what is known of them."""

    def step(self) -> None:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        kinds = [
            "make",
            "move",
            "move",
            "swap",
            "remove",
            "write",
            "write",
            "rewrite",
            "touch",
            "link",
            "mode",
        ]
        try:
            getattr(self, self.dice.choice(kinds))()
        except OSError:
            return

    def swap(self) -> None:  # type: ignore[explicit-override]  # as above
        """Within the source: of one that leads out of it inotify tells only half."""
        one, other = (self.dice.choice(sorted((self.home / "s").rglob("*")) or [self.home]) for _ in "12")
        exchange(one, other)

    def let_time_pass(self) -> None:
        """What two moves have in common that a swap is known by is gone after some others."""
        for _ in range(10):
            (self.home / "x").rename(self.home / "y")
            (self.home / "y").rename(self.home / "x")

    def rewrite(self) -> None:
        with self._some().open("r+b") as file:
            file.write(b"y")

    def touch(self) -> None:
        os.utime(self._some())

    def mode(self) -> None:
        self._some().chmod(self.dice.choice([0o700, 0o750, 0o755]))

    def link(self) -> None:
        self._new().hardlink_to(self._some())


@pytest.fixture(params=range(HISTORIES))
def changes(request: pytest.FixtureRequest, tmp_path: Path) -> Changes:
    for name in "sto":
        (tmp_path / name).mkdir()
    made = Changes(tmp_path, random.Random(request.param))  # noqa: S311  # a play to repeat, no secret
    (tmp_path / "x").touch()
    made.steps(15)
    return made


@pytest.fixture
def watchers(changes: Changes) -> Iterator[tuple[Watcher, Watcher]]:
    source = os.fsencode(changes.home / "s") + b"/"
    made = Watcher(source, InotifyMonitor()), Watcher(source, FanotifyMonitor(sources=(source,)))
    for one in made:
        one.start()
        one.rest()
    yield made
    for one in made:
        one.monitor.close()


def test_at_rest_both_have_told_the_same(changes: Changes, watchers: tuple[Watcher, Watcher]) -> None:
    by_inotify, by_fanotify = watchers
    for _ in range(STEPS):
        changes.step()
        changes.let_time_pass()
        for watcher in watchers:
            watcher.rest()
        assert by_fanotify.queue() == by_inotify.queue()
