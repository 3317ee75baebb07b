"""What a test plays on: a clock, worlds, syncs without a daemon, what its functions started and said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.model import Command, Delay, SyncConfig, Verdict
from pylsyncd.core.queries import Queue, Test
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.luatest.fakes import Collect, FakeEvent, FakeSync, Surroundings
from pylsyncd.migrate.luatest.world import PATIENCE, World, restless
from pylsyncd.migrate.world.daemon import Circumstances, started_by_script
from pylsyncd.migrate.world.eventloop import RestlessError, VirtualLoop
from pylsyncd.migrate.world.files import FileError, Files, Kind, Node
from pylsyncd.migrate.world.processes import FIRST_PID
from pylsyncd.script.errors import RefusalError, ScriptError
from pylsyncd.script.permission import PROGRAMS, Deed, DeedKind, Permission


@define(eq=False)
class Stage:
    """Cleared before each test. For scripts it is the core too: their questions go to the sync they name."""

    start: float
    """What the wall clock shows when a test begins, in seconds since 1970."""
    collect: Collect
    ring: Callable[[int], None]
    """Calls the function of an alarm; raises ScriptError."""
    files: Files = field(factory=Files)
    """As the test's own functions see them."""
    entries: list[log.Spawned | log.Said] = field(factory=list)
    _loop: VirtualLoop = field(init=False)
    _ahead: float = 0.0
    """By how many seconds `set_time` has moved the wall clock."""
    _worlds: dict[int, World] = field(factory=dict)
    _numbers: count[int] = field(factory=lambda: count(1))
    """Of worlds: none is used twice, so that one of an earlier test is known."""
    _fakes: dict[int, FakeSync] = field(factory=dict)
    _running: list[tuple[FakeSync, int]] = field(factory=list)
    """Processes of the syncs without a daemon, in order of their start."""

    def __attrs_post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew. What scripts see stays the same object, but has nothing in it."""
        self._loop = VirtualLoop(patience=PATIENCE)
        self.files.top = Node(Kind.DIRECTORY)
        self.files.known.clear()
        self.entries.clear()
        self._ahead = 0.0
        self._worlds, self._fakes, self._running = {}, {}, []

    def complaint(self) -> bytes:
        """What is wrong though the test has not noticed; empty: nothing."""
        return next(filter(None, (world.complaint() for world in self._worlds.values())), b"")

    # -- time ------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the test began."""
        return self._loop.now

    def wall(self) -> float:
        """Seconds since 1970."""
        return self.start + self._ahead + self._loop.now

    def set_wall(self, wall: float) -> None:
        """Set the clock on the wall. Raises RefusalError."""
        if self._worlds:
            message = b"set_time comes before simulate: a world that runs goes by its own clock"
            raise RefusalError(message)
        self._ahead = wall - self.start - self._loop.now

    def wait(self, seconds: float) -> None:
        """Let time pass for all that there is. Raises RefusalError."""
        for world in self._worlds.values():
            world.advance(seconds)
        self._loop.limit = self._loop.now + seconds
        try:
            for fake in self._fakes.values():
                fake.advance(seconds)
            self._loop.run_forever()
        except RestlessError:
            raise RefusalError(restless(self._loop.now)) from None
        except ScriptError as error:
            raise RefusalError(_first_line(error)) from None

    # -- worlds ----------------------------------------------------------------------------------

    def simulate(self, circumstances: Circumstances, given: Sequence[s.Have]) -> int:
        """Load a world; its number. Raises RefusalError."""
        world = World(circumstances)
        world.load(given)
        number = next(self._numbers)
        self._worlds[number] = world
        return number

    def world(self, number: int) -> World:
        """One of this test's. Raises RefusalError."""
        if number not in self._worlds:
            message = b"this world was another test's: call simulate in the test itself, or in before_each"
            raise RefusalError(message)
        return self._worlds[number]

    # -- syncs without a daemon ------------------------------------------------------------------

    def fake(self, config: SyncConfig, events: Sequence[FakeEvent]) -> list[Delay]:
        """Fill a queue; what is in it then."""
        fake = FakeSync(config, Surroundings(self.now(), self.collect, self.say, self._started, self._ended))
        self._fakes[config.id] = fake
        for event in events:
            for path in filter(None, (event.path, event.path2)):
                self.have(config.source + path[1:], s.DEFAULT_SIZE)
        fake.fill(events)
        return list(fake.machine.queue(config.id))

    def have(self, path: bytes, size: int) -> None:
        """Let the test's functions see something, unless it is there. Raises RefusalError."""
        try:
            if self.files.find(path) is None:
                self.files.have(path, size)
        except FileError as error:
            raise RefusalError(str(error).encode(errors="surrogateescape")) from None

    def finish(self, exitcode: int) -> Verdict:
        """End the process that runs longest; the verdict about it. Raises RefusalError."""
        if not self._running:
            message = b"nothing runs: finish ends what spawn has started, the oldest first"
            raise RefusalError(message)
        fake, _ = self._running[0]
        try:
            return fake.finish(exitcode) or Verdict.DONE
        except ScriptError as error:
            raise RefusalError(_first_line(error)) from None

    def submit(self, happened: i.Input) -> None:
        """Take what a script asks for."""
        match happened:
            case i.AlarmRequested(_, alarm, at):
                self._loop.call_at(at, self.ring, alarm)
            case i.TerminateRequested():
                return  # the error that unwinds the script says it
            case _:
                self._fake_of(getattr(happened, "sync", -1)).trampoline.submit(happened)

    def observe(self, descriptor: int, *, reading: bool, writing: bool) -> None:
        """No descriptor is ever ready."""

    def signal_pid(self, pid: int, signum: int) -> int:
        """As kill(2): 0, or -1 if there is no such process."""
        process = pid - FIRST_PID
        for fake, number in self._running:
            if number == process and fake.processes.signal(number, signum):
                return 0
        return -1

    # -- what is written down --------------------------------------------------------------------

    def say(self, category: str, message: bytes) -> None:
        """Take a line of the log."""
        self.entries.append(log.Said(self.now(), category, message))

    def permit(self, deed: Deed) -> Permission:
        """What scripts do on their own is noted, but not done."""
        if deed.kind is DeedKind.KILL:
            return Permission.RUN
        if deed.kind in PROGRAMS:
            self.entries.append(started_by_script(self.now(), deed))
        return Permission.PRETEND

    def _started(self, fake: FakeSync, process: int, command: Command) -> None:
        self.entries.append(log.Spawned(self.now(), fake.config.name, command.argv, command.stdin))
        self._running.append((fake, process))

    def _ended(self, fake: FakeSync, process: int) -> None:
        self._running.remove((fake, process))

    # -- questions of scripts (`core.queries.Queries`) -------------------------------------------

    def first_ready(self, sync: int) -> Delay | None:
        """As the core."""
        return self._fake_of(sync).machine.first_ready(sync)

    def select(self, sync: int, test: Test) -> list[Delay]:
        """As the core."""
        return self._fake_of(sync).machine.select(sync, test)

    def delay(self, sync: int, delay: int) -> Delay | None:
        """As the core."""
        return self._fake_of(sync).machine.delay(sync, delay)

    def queue(self, sync: int) -> Queue:
        """As the core."""
        return self._fake_of(sync).machine.queue(sync)

    def excludes(self, sync: int) -> tuple[bytes, ...]:
        """As the core."""
        return self._fake_of(sync).machine.excludes(sync)

    def filters(self, sync: int) -> tuple[bytes, ...]:
        """As the core."""
        return self._fake_of(sync).machine.filters(sync)

    def tunnel_ports(self, tunnel: int) -> tuple[int, ...]:  # noqa: ARG002 - as the core
        """No tunnel is kept up."""
        return ()

    def processes_of(self, sync: int) -> int:
        """As the core."""
        return self._fake_of(sync).machine.processes_of(sync)

    def pid_of(self, sync: int, delay: int) -> int | None:
        """As the core."""
        return self._fake_of(sync).machine.pid_of(sync, delay)

    def processes_running(self) -> int:
        """As the core."""
        return len(self._running)

    def _fake_of(self, sync: int) -> FakeSync:
        if sync not in self._fakes:
            message = b"this inlet or event was another test's: call fake.inlet in the test itself"
            raise RefusalError(message)
        return self._fakes[sync]


def _first_line(error: ScriptError) -> bytes:
    return error.message.partition(b"\n")[0]
