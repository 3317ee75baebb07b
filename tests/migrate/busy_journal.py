"""A journal of any length: a machine at work in a busy tree, its world played by a few lines."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator

from attrs import define, field

from pylsyncd.core import effects as e
from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Command, Exited, Listed, Record, Settings, SyncConfig, Verdict
from pylsyncd.core.queries import Selection

SOURCE = b"/srv/data/"
FANOUT = 20
"""Directories below the source, and below each of them."""
BATCH = 50
"""Records that one drain gives."""
RSYNC = Command((b"rsync", b"-r", b"--include-from=-", SOURCE, b"backup:/data/"), b"/d1/f\0/d1/\0")

CONFIG = SyncConfig(id=1, name=b"Sync1", source=SOURCE, delay=2.0, has_full=True, excludes=(b"*.tmp",))


@define
class _World:
    machine: Machine = field(factory=Machine)
    now: float = 1000.0
    happening: deque[i.Input] = field(factory=deque)
    ends: deque[tuple[float, int]] = field(factory=deque)
    wds: Iterator[int] = field(factory=lambda: itertools.count(1))

    def go_on(self, records: tuple[Record, ...]) -> None:
        """Time goes by; these are the records of it."""
        self.now += 0.1
        self.happening.append(i.WatchRecords(self.now, records))
        while self.ends and self.ends[0][0] <= self.now:
            self.happening.append(i.ProcessEnded(self.now, self.ends.popleft()[1], Exited(0)))

    def answer(self, effect: e.Effect) -> None:
        """What is asked for is done at once."""
        match effect:
            case e.Scan(ticket, paths):
                results = tuple(_listed(path, next(self.wds)) for path in paths)
                self.happening.append(i.DirectoriesScanned(self.now, ticket, results))
            case e.RunAction(sync, kind, delay):
                self.happening.append(_spawn(self.machine, self.now, sync, kind, delay))
                self.happening.append(i.ActionDone(self.now, sync))
            case e.Spawn(process):
                self.ends.append((self.now + 1.5, process))
                self.happening.append(i.ProcessStarted(self.now, process, 4000 + process))
            case e.Collect(process):
                self.happening.append(i.Collected(self.now, process, Verdict.DONE))
            case _:  # timers: records keep it going
                return


def busy_inputs(events: int, batch: int = BATCH) -> Iterator[tuple[i.Input, list[e.Effect]]]:
    """Inputs of a daemon that sees so many events of files, and the effects of each."""
    world, records = _World(), _records()
    world.happening.append(i.Started(world.now, Settings(), (CONFIG,)))
    while world.happening or events > 0:
        if not world.happening:
            world.go_on(tuple(itertools.islice(records, min(batch, events))))
            events -= batch
        happened = world.happening.popleft()
        effects = world.machine.handle(happened)
        yield happened, effects
        for effect in effects:
            world.answer(effect)


def _spawn(machine: Machine, now: float, sync: int, kind: e.ActionKind, delay: int) -> i.Input:
    if kind is not e.ActionKind.ACTION:
        return i.SpawnRequested(now, sync, (delay,), is_list=False, command=RSYNC)
    chosen = tuple(one.id for one in machine.select(sync, lambda _: Selection.TAKE))
    return i.SpawnRequested(now, sync, chosen, is_list=True, command=RSYNC)


def _listed(path: bytes, wd: int) -> Listed:
    depth = path.count(b"/") - SOURCE.count(b"/")
    names = tuple(b"d%d" % number for number in range(FANOUT)) if depth < 2 else ()
    return Listed(path, wd, names)


def _records() -> Iterator[Record]:
    """A file is made, written, its attributes change, it is renamed; some end as `.tmp` and go."""
    for number in itertools.count():
        wd = 1 + number * 7 % (FANOUT * FANOUT)
        name = b"file%d" % (number % 5000)
        other = b"%s.%s" % (name, b"tmp" if number % 10 == 0 else b"new")
        yield Record(wd, masks.CREATE, 0, name)
        yield Record(wd, masks.CLOSE_WRITE, 0, name)
        yield Record(wd, masks.ATTRIB, 0, name)
        yield Record(wd, masks.MOVED_FROM, number + 1, name)
        yield Record(wd, masks.MOVED_TO, number + 1, other)
        yield Record(wd, masks.DELETE, 0, other)
