"""The trampoline tells the core of what was read in parts, and of all else in its place between them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.effects import Effect, SetTimer
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Exited, Record, Settings
from pylsyncd.loop import Ports, Trampoline
from pylsyncd.migrate.world.eventloop import VirtualLoop
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.pace import PAUSE, Pace

PART = 512
DESCRIPTOR = 7


@define
class Listening:
    """In the place of a machine: notes what it is told, and asks for a tick at the start."""

    told: list[i.Input] = field(factory=list)

    def handle(self, happened: i.Input) -> list[Effect]:
        self.told.append(happened)
        return [SetTimer(1.0)] if isinstance(happened, i.Started) else []


@define
class Queue:
    """In the place of a monitor: gives what the test has put there."""

    waiting: list[Record] = field(factory=list)
    reads: list[float] = field(factory=list)

    @property
    def pending(self) -> bool:
        return bool(self.waiting)

    def fileno(self) -> int:
        return DESCRIPTOR

    def put(self, count: int) -> None:
        self.waiting += [Record(1, masks.CREATE, 0, b"%d" % number) for number in range(count)]

    def drain(self) -> tuple[Record, ...]:
        records, self.waiting = tuple(self.waiting), []
        return records


@define
class Scene:
    """A trampoline over them, in virtual time."""

    loop: VirtualLoop
    queue: Queue
    machine: Listening
    trampoline: Trampoline

    def play(self, until: float) -> None:
        self.loop.limit = until
        self.loop.run_forever()

    def told(self) -> list[object]:
        """What the core was told, but for the start: how many records, or what else."""
        return [
            (len(one.records), one.is_part) if isinstance(one, i.WatchRecords) else type(one).__name__
            for one in self.machine.told[1:]
        ]


def _ports(loop: VirtualLoop, queue: Queue) -> Ports:
    nobody = cast("Any", None)
    return Ports(
        now=loop.time,
        monitor=cast("Monitor", queue),
        processes=nobody,
        script=nobody,
        wall=nobody,
        count_mounts=nobody,
        free_port=nobody,
        log=nobody,
        write_status=nobody,
        reload=nobody,
    )


@pytest.fixture
def scene() -> Scene:
    loop, queue, machine = VirtualLoop(), Queue(), Listening()
    trampoline = Trampoline(cast("Machine", machine), _ports(loop, queue), loop)
    trampoline.begin(i.Started(0.0, Settings(), ()))
    return Scene(loop, queue, machine, trampoline)


def test_what_one_read_gives_is_told_in_parts_and_the_last_one_is_the_end(scene: Scene) -> None:
    scene.queue.put(2 * PART + 1)
    scene.loop.make_readable(DESCRIPTOR)
    scene.play(0.5)
    assert scene.told() == [(PART, True), (PART, True), (1, False)]


def test_the_end_of_a_process_is_told_behind_what_was_read_before_it(scene: Scene) -> None:
    scene.queue.put(PART + 1)
    scene.trampoline.process_ended(1, Exited(0))
    scene.queue.put(1)
    scene.loop.make_readable(DESCRIPTOR)
    scene.play(0.5)
    assert scene.told() == [(PART, True), (1, False), "ProcessEnded", (1, False)]


def test_a_signal_is_told_behind_what_was_read_before_it(scene: Scene) -> None:
    scene.queue.put(1)
    scene.trampoline.fade(15)
    assert scene.told() == [(1, False), "FadeRequested"]


def test_a_timer_is_told_of_behind_what_was_read_before_it_went_off(scene: Scene) -> None:
    scene.queue.put(PART + 1)
    scene.trampoline.process_ended(1, Exited(0))
    scene.loop.now = 1.0
    scene.loop._go_off()  # between the two parts
    scene.play(1.0)
    assert scene.told() == [(PART, True), (1, False), "ProcessEnded", "Tick"]


def test_what_was_read_ahead_is_told_and_nothing_after_the_end(scene: Scene) -> None:
    scene.trampoline.look()
    assert scene.told() == []
    scene.queue.put(1)
    scene.trampoline.look()
    assert scene.told() == [(1, False)]


def test_in_a_rush_the_descriptor_is_left_alone_for_a_while(scene: Scene) -> None:
    scene.trampoline.pace = Pace()
    for _ in range(20):
        scene.queue.put(1)
        scene.loop.make_readable(DESCRIPTOR)
        scene.play(scene.loop.now + 0.0001)
    assert scene.told() == [(1, False)] * 16

    scene.play(scene.loop.now + 2 * PAUSE)
    assert scene.told() == [(1, False)] * 16 + [(4, False)]
    scene.queue.put(1)
    scene.loop.make_readable(DESCRIPTOR)
    scene.play(scene.loop.now)
    assert scene.told()[-1] == (1, False)
