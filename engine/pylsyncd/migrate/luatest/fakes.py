"""A sync without a daemon: a queue of the real core that a test fills, for functions that it calls itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, evolve, field, frozen

from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.effects import ActionKind
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Command, Exited, Judgement, ProcessEnd, Settings, SyncConfig, Verdict
from pylsyncd.loop import Ports, Trampoline
from pylsyncd.migrate.luatest.world import PATIENCE
from pylsyncd.migrate.world.eventloop import VirtualLoop
from pylsyncd.migrate.world.files import Files
from pylsyncd.migrate.world.monitor import VirtualMonitor
from pylsyncd.migrate.world.processes import VirtualProcesses
from pylsyncd.script.errors import ScriptError

_NOTICE: Final = 1.0
"""Seconds in which everything has been noticed, halves of moves included."""
_COOKIE: Final = 1
"""Any number pairs the two halves of a move: one is noticed before the next begins."""
_PORT: Final = 40001

Collect = Callable[[int, tuple[int, ...], bool, int, bytes | None], Judgement]
"""Asks a sync's `collect`; raises ScriptError."""


@frozen
class FakeEvent:
    """An event that is to be in the queue; paths as in events, with a slash in front."""

    etype: str
    path: bytes = b""
    path2: bytes = b""


_MASKS: Final = {
    "Attrib": masks.ATTRIB,
    "Create": masks.CREATE,
    "Delete": masks.DELETE,
    "Modify": masks.CLOSE_WRITE,
}


@define(eq=False)
class Bystander:
    """The script of such a sync: the test calls its functions, only `collect` is called as ever."""

    ask: Collect
    verdict: Verdict | None = None
    problem: ScriptError | None = None

    def run_action(self, sync: int, kind: ActionKind, delay: int) -> None:
        """The test does that when it likes."""

    def collect(
        self,
        sync: int,
        delays: tuple[int, ...],
        is_list: bool,  # noqa: FBT001 - as `loop.Script`
        exitcode: int,
        answer: bytes | None,
    ) -> Judgement:
        """Keep the verdict, or what was raised, for the test."""
        try:
            judged = self.ask(sync, delays, is_list, exitcode, answer)
        except ScriptError as error:
            self.problem = error
            raise
        self.verdict = judged.verdict
        return judged

    def run_alarm(self, alarm: int) -> None:
        """Alarms are the stage's, not a sync's."""

    def run_observer(self, descriptor: int, kind: str) -> None:
        """No descriptor is ever ready."""


@frozen
class Surroundings:
    """What such a sync needs of the stage."""

    now: float
    """By the stage's clock."""
    collect: Collect
    log: Callable[[str, bytes], None]
    on_start: Callable[[FakeSync, int, Command], object]
    """Told of each process of the sync, by its number."""
    on_end: Callable[[FakeSync, int], object]


@define(eq=False)
class FakeSync:
    """All processes run until the test ends them."""

    config: SyncConfig
    surroundings: Surroundings
    machine: Machine = field(factory=Machine)
    trampoline: Trampoline = field(init=False)
    processes: VirtualProcesses = field(init=False)
    _files: Files = field(factory=Files)
    _loop: VirtualLoop = field(init=False)
    _bystander: Bystander = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._loop = VirtualLoop(patience=PATIENCE)
        self._loop.now = self._loop.limit = self.surroundings.now - self.config.delay - _NOTICE
        self.processes = VirtualProcesses(self._loop, self._started)
        self.processes.hold(None)
        self._bystander = Bystander(self.surroundings.collect)
        self.trampoline = Trampoline(self.machine, self._ports(), self._loop)
        self.processes.on_end = self._ended

    def fill(self, events: Sequence[FakeEvent]) -> None:
        """Put the events into the queue, as if they had happened a delay ago: all of them are due."""
        for event in events:
            self._furnish(event.path)
            self._furnish(event.path2)
        self._files.have(self.config.source, 0)
        has_init = any(one.etype == "Init" for one in events)
        config = evolve(self.config, has_init=has_init, crontab=(), tunnel=None)
        self.trampoline.begin(i.Started(self._loop.now, Settings(), (config,)))
        self.advance(0)
        for event in events:
            self._happen(event)
            self.advance(0)
        self.advance(self.config.delay + _NOTICE)

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises RestlessError."""
        self._loop.limit = self._loop.now + seconds
        self._loop.run_forever()

    def finish(self, exitcode: int) -> Verdict | None:
        """End the process that runs longest; what `collect` says of it. Raises ScriptError."""
        self._bystander.verdict = None
        self.processes.end_next(Exited(exitcode), None)
        self.advance(0)
        if self._bystander.problem is not None:
            raise self._bystander.problem
        return self._bystander.verdict

    # -- parts -----------------------------------------------------------------------------------

    def _ports(self) -> Ports:
        return Ports(
            now=self._loop.time,
            wall=lambda: (self._loop.now, 0),  # for crontabs, of which there are none
            count_mounts=lambda _: 0,
            free_port=lambda: _PORT,
            monitor=VirtualMonitor(self._files, masks.CLOSE_WRITE, self._loop.make_readable),
            processes=self.processes,
            script=self._bystander,
            log=self.surroundings.log,
            write_status=lambda _: None,  # nobody reads a status file that is not there
            reload=lambda: None,  # nobody sends HUP
        )

    def _started(self, process: int, command: Command) -> None:
        self.surroundings.on_start(self, process, command)

    def _ended(self, process: int, end: ProcessEnd) -> None:
        self.surroundings.on_end(self, process)
        self.trampoline.process_ended(process, end)

    def _furnish(self, path: bytes) -> None:
        """Have all directories on the way, so that they are watched."""
        if path:
            self._files.have(self.config.source + path[1 : path.rfind(b"/") + 1], 0)

    def _happen(self, event: FakeEvent) -> None:
        number, now = self.config.id, self._loop.now
        match event.etype:
            case "Init":
                return  # it came with the start
            case "Blanket":
                self.trampoline.submit(i.BlanketRequested(now, number))
            case "Full":
                self.trampoline.submit(i.FullRequested(now, number, event.path))
            case "Move":
                self._tell(masks.MOVED_FROM, event.path)
                self._tell(masks.MOVED_TO, event.path2)
            case etype:
                self._tell(_MASKS[etype], event.path)

    def _tell(self, mask: int, path: bytes) -> None:
        """Have the kernel report a path, whatever the tree looks like."""
        parent, _, name = path.rstrip(b"/").rpartition(b"/")
        directory = self._files.have(self.config.source + parent + b"/", 0)
        isdir = masks.ISDIR if path.endswith(b"/") else 0
        cookie = _COOKIE if mask & (masks.MOVED_FROM | masks.MOVED_TO) else 0
        self._files.listener.happened(directory, mask | isdir, name, cookie)
