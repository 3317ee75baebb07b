"""A core in memory for the tests of scripts: answers queries, obeys spawn and discard, keeps the inputs."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.model import Delay, DelayStatus, EventType
from pylsyncd.core.queries import Selection, Test


class FakeQueue(list[Delay]):
    """All delays of a sync, in order."""

    @property
    def newest(self) -> Delay:
        """The last one."""
        return self[-1]

    def get(self, number: int) -> Delay | None:
        """By its number."""
        return next((one for one in self if one.id == number), None)


@define
class FakeSync:
    """One sync's queue and rules."""

    queue: list[Delay] = field(factory=list)
    excludes: tuple[bytes, ...] = ()
    filters: tuple[bytes, ...] = ()
    processes: int = 0


@define
class FakeCore:
    """Every delay is due; syncs by number."""

    syncs: dict[int, FakeSync] = field(factory=lambda: {0: FakeSync()})
    inputs: list[i.Input] = field(factory=list)
    ports: dict[int, tuple[int, ...]] = field(factory=dict)
    """Ports of the processes that are up, by tunnel."""
    observed: dict[int, tuple[bool, bool]] = field(factory=dict)
    """Descriptors that are observed: for reading, for writing."""
    _last: int = 0

    def add(self, etype: EventType, path: bytes, path2: bytes | None = None, *, sync: int = 0) -> Delay:
        """Queue an event."""
        self._last += 1
        delay = Delay(self._last, self._last, etype, path, path2, alarm=0.0)
        self.syncs[sync].queue.append(delay)
        return delay

    def remove(self, delay: Delay) -> None:
        """A delay leaves the queue, as when a later event replaces it."""
        for sync in self.syncs.values():
            if delay in sync.queue:
                sync.queue.remove(delay)

    def asked(self, kind: type[i.Input]) -> list[i.Input]:
        """The inputs of one type, in order."""
        return [one for one in self.inputs if isinstance(one, kind)]

    # -- what scripts ask for --------------------------------------------------------------------

    def submit(self, happened: i.Input) -> None:
        """Take an input as the machine does, as far as scripts can see it."""
        self.inputs.append(happened)
        match happened:
            case i.SpawnRequested(_, sync, delays):
                for number in delays:
                    self._get(sync, number).status = DelayStatus.ACTIVE
                self.syncs[sync].processes += 1
            case i.DiscardRequested(_, sync, number):
                self.syncs[sync].queue.remove(self._get(sync, number))
            case i.BlanketRequested(_, sync):
                self.add(EventType.BLANKET, b"", sync=sync)
            case i.FullRequested(_, sync, path):
                self.add(EventType.FULL, path, sync=sync)
            case _:
                self._change_rules(happened)

    def observe(self, descriptor: int, *, reading: bool, writing: bool) -> None:
        """Note what scripts wait for."""
        self.observed.pop(descriptor, None)
        if reading or writing:
            self.observed[descriptor] = reading, writing

    def _change_rules(self, happened: i.Input) -> None:
        match happened:
            case i.ExcludeAdded(_, sync, pattern):
                self.syncs[sync].excludes += (pattern,)
            case i.ExcludeRemoved(_, sync, pattern):
                kept = tuple(one for one in self.syncs[sync].excludes if one != pattern)
                self.syncs[sync].excludes = kept
            case i.FilterAppended(_, sync, rule):
                self.syncs[sync].filters += (rule,)
            case _:
                pass  # alarms, ends: the test looks at `inputs`

    def _get(self, sync: int, number: int) -> Delay:
        delay = self.delay(sync, number)
        assert delay is not None
        return delay

    # -- queries ---------------------------------------------------------------------------------

    def first_ready(self, sync: int) -> Delay | None:
        """The first that waits."""
        waiting = (one for one in self.syncs[sync].queue if one.status is DelayStatus.WAIT)
        return next(waiting, None)

    def select(self, sync: int, test: Test) -> list[Delay]:
        """All that are not active and that `test` takes."""
        chosen = []
        for delay in self.syncs[sync].queue:
            if delay.status is DelayStatus.ACTIVE:
                continue
            answer = test(delay)
            if answer is Selection.BREAK:
                break
            if answer is Selection.TAKE:
                chosen.append(delay)
        return chosen

    def delay(self, sync: int, delay: int) -> Delay | None:
        """By number."""
        return self._by_number(sync).get(delay)

    def _by_number(self, sync: int) -> Mapping[int, Delay]:
        return {one.id: one for one in self.syncs[sync].queue}

    def queue(self, sync: int) -> FakeQueue:
        """All, in order."""
        return FakeQueue(self.syncs[sync].queue)

    def excludes(self, sync: int) -> tuple[bytes, ...]:
        """Patterns."""
        return self.syncs[sync].excludes

    def filters(self, sync: int) -> tuple[bytes, ...]:
        """Rules."""
        return self.syncs[sync].filters

    def tunnel_ports(self, tunnel: int) -> tuple[int, ...]:
        """As the test has set them."""
        return self.ports.get(tunnel, ())

    def processes_of(self, sync: int) -> int:
        """Spawned so far."""
        return self.syncs[sync].processes

    def pid_of(self, sync: int, delay: int) -> int | None:
        """None: nothing really runs."""

    def processes_running(self) -> int:
        """Spawned so far by all."""
        return sum(sync.processes for sync in self.syncs.values())
