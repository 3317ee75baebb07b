"""Has each thing that can happen to a path happen to a daemon in a simulated world, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, RunAction, Spawn
from pylsyncd.core.model import Delay, DelayStatus, EventType, SyncConfig
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate.explanation.model import Event, Start
from pylsyncd.migrate.explanation.subject import Subject
from pylsyncd.migrate.world.daemon import Circumstances, VirtualDaemon
from pylsyncd.migrate.world.files import Files, Kind, Node
from pylsyncd.script.permission import PROGRAMS
from pylsyncd.script.traits import Traits

_NOTICE: Final = 1.0
"""Seconds in which everything has been noticed, halves of moves included."""
_PATIENCE: Final = 300.0
"""Seconds, on top of the longest delay, that a sync is given to do something about an event."""
_ELSEWHERE: Final = b"/\xffelsewhere"
"""A name that nobody has, for what moves in and out of all sources."""
_BY_SCRIPTS: Final = frozenset(kind.value.encode() for kind in PROGRAMS)
_NEEDS_ABSENCE: Final = frozenset({Event.CREATE, Event.HERE, Event.FULL})


@define
class Seen:
    """What one sync did about one event."""

    starts: list[Start] = field(factory=list)
    queued: list[EventType] = field(factory=list)
    """What its queue made of the event, in order."""
    is_left: bool = False
    """Whether some of that was never taken."""
    is_discarded: bool = False
    """Whether the sync's action gave some of it up."""
    is_retried: bool = False
    """Whether a process was started again for the same, although it had ended well."""
    said: list[bytes] = field(factory=list)
    ends_with: int | None = None
    """The exit code of the daemon, if it made it end."""
    noticed_at: float | None = None


class _Over(BaseException):
    """Everything has happened."""


@define(eq=False)
class Probe:
    """`load`, then `run` with what is to happen, in that order."""

    circumstances: Circumstances
    subject: Subject
    silent: Collection[tuple[int, Event]] = ()
    """Syncs that are not to act on an event: another daemon has ended at that."""
    daemon: VirtualDaemon = field(init=False)
    seen: dict[tuple[int, Event], Seen] = field(factory=dict)
    rules: dict[int, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = field(factory=dict)
    """Excludes and filters of each sync, as they are after the start-up."""
    traits: dict[int, Traits] = field(factory=dict)
    rest: tuple[Event, ...] = ()
    """What has not happened: from the event on that the daemon has ended at, or that would be told wrong."""
    exit_code: int | None = None
    """What the daemon has ended with, if it did; `event` is then the one that it ended at."""
    event: Event = Event.START
    loaded_at: int | None = None
    """How many entries the log had when the configuration was loaded; None: it was not."""
    _at: float = 0.0
    _course: Iterator[float] = field(init=False)
    _is_running: bool = False
    acting: int | None = None
    """The sync whose action was called last."""
    _known: set[tuple[int, int]] = field(factory=set)
    """Delays that were seen in a queue."""
    _tried: set[tuple[int, int]] = field(factory=set)
    """Delays that a process was started for."""
    _owners: dict[int, int] = field(factory=dict)
    """The sync that each process belongs to."""
    _read: int = 0
    """How many entries of the log were taken notice of."""

    def __attrs_post_init__(self) -> None:
        self.daemon = VirtualDaemon(self.circumstances, self._go_on, self._notice)

    def load(self) -> None:
        """Load the configuration. Raises ConfigError, and SystemExit if it ends the daemon itself."""
        self.daemon.load()
        self.loaded_at = self._read = len(self.daemon.entries)
        loaded = self.daemon.loaded
        self.traits = {one.id: loaded.script.traits(one.id) for one in loaded.config.syncs}

    def run(self, plan: Sequence[Event]) -> None:
        """Let the daemon start, then let these happen."""
        self._course = self._happenings(plan)
        self._furnish(is_there=bool(plan) and plan[0] not in _NEEDS_ABSENCE)
        try:
            self.daemon.run()
        except _Over:
            return
        finished = self.daemon.entries[-1]
        self.exit_code = finished.code if isinstance(finished, log.Finished) else None
        self._notice_words(self.acting)
        if self.acting is not None:
            self._of(self.acting).ends_with = self.exit_code

    @property
    def exit_code_at_start(self) -> int | None:
        """What the daemon has ended with before anything could happen."""
        return self.exit_code if self.event is Event.START else None

    # -- what happens ----------------------------------------------------------------------------

    def _furnish(self, *, is_there: bool) -> None:
        """What is there before the start."""
        files, subject = self.daemon.files, self.subject
        for path in (subject.path, subject.path2):
            if path is not None:
                files.have(_above(path), 0)
        if is_there:
            self._place(subject.path)

    def _place(self, path: bytes) -> None:
        node = self.daemon.files.have(path, self.subject.size)
        if not node.entries:
            node.kind = self.subject.kind

    def _go_on(self) -> None:
        limit = next(self._course, None)
        if limit is None:
            raise _Over
        self.daemon.loop.limit = limit

    def _happenings(self, plan: Sequence[Event]) -> Iterator[float]:
        yield from self._settle()
        machine, syncs = self.daemon.machine, self.daemon.loaded.config.syncs
        self.rules = {one.id: (machine.excludes(one.id), machine.filters(one.id)) for one in syncs}
        self.rest = tuple(plan)
        for event in plan:
            if event is not plan[0] and self._is_tainted:
                return
            self._close()
            for sync in syncs:
                self._mirror(sync.id)
                self._silence(sync, is_silent=(sync.id, event) in self.silent)
            self.event, self._at = event, self.daemon.loop.now
            self._happen(event)
            yield from self._settle()
            self.rest = self.rest[1:]
            for sync in syncs:
                self._of(sync.id).is_left = bool(self._left(sync.id))

    def _silence(self, sync: SyncConfig, *, is_silent: bool) -> None:
        """A sync that may have no process is never asked for an action."""
        if any(number == sync.id for number, _ in self.silent):
            limit = 0 if is_silent else sync.max_processes
            limits = i.LimitsChanged(self.daemon.loop.now, sync.id, sync.delay, sync.max_delays, limit)
            self.daemon.tell(limits)

    def _happen(self, event: Event) -> None:  # noqa: C901 - one case an event
        files, path = self.daemon.files, self.subject.path
        match event:
            case Event.CREATE:
                self._create(path)
            case Event.MODIFY:
                files.write(path, self.subject.size, is_new=False)
            case Event.ATTRIB:
                files.touch(path)
            case Event.AWAY:
                files.move(path, _ELSEWHERE)
            case Event.HERE:
                self._place_elsewhere()
                files.move(_ELSEWHERE, path)
            case Event.MOVE:
                files.move(path, self.subject.path2 or path)
            case Event.DELETE:
                files.delete(path)
            case Event.FULL | Event.START:
                for sync in self.daemon.loaded.config.syncs:
                    self.daemon.tell(i.FullRequested(self.daemon.loop.now, sync.id, b"/"))

    def _create(self, path: bytes) -> None:
        files = self.daemon.files
        match self.subject.kind:
            case Kind.DIRECTORY:
                files.make_directory(path)
            case Kind.LINK:
                files.make_link(path, b"")
            case Kind.PIPE:
                files.make_pipe(path)
            case Kind.FILE:
                files.write(path, self.subject.size, is_new=True)

    def _place_elsewhere(self) -> None:
        if self.daemon.files.find(_ELSEWHERE) is None:
            self._place(_ELSEWHERE + b"/" if self.subject.is_directory else _ELSEWHERE)

    def _settle(self) -> Iterator[float]:
        """Give time to what waits."""
        loop = self.daemon.loop
        longest = max(sync.delay for sync in self.daemon.loaded.config.syncs)
        end = loop.now + longest + _PATIENCE
        yield loop.now + _NOTICE
        while not self.daemon.is_quiet():
            upcoming = loop.next_timer()
            if upcoming is None or upcoming > end:
                return
            yield upcoming

    @property
    def _is_tainted(self) -> bool:
        """Whether a sync that tries something again and again would be late for the next event."""
        syncs = self.daemon.loaded.config.syncs
        return any(delay.tries for sync in syncs for delay in self.daemon.machine.queue(sync.id))

    def _close(self) -> None:
        """What nobody took must not get mixed up with the next event."""
        for sync in self.daemon.loaded.config.syncs:
            for delay in self._left(sync.id):
                self.daemon.tell(i.DiscardRequested(self.daemon.loop.now, sync.id, delay.id))

    def _left(self, sync: int) -> list[Delay]:
        return [one for one in self.daemon.machine.queue(sync) if one.status is not DelayStatus.ACTIVE]

    # -- what is noticed -------------------------------------------------------------------------

    def _of(self, sync: int) -> Seen:
        return self.seen.setdefault((sync, self.event), Seen())

    def _notice(self, happened: i.Input, effects: Sequence[Effect]) -> None:
        self._is_running |= isinstance(happened, i.Started)
        if not self._is_running:
            return  # what the configuration asked for while it was loaded
        self._notice_delays(happened.now)
        match happened:
            case i.SpawnRequested():
                self._notice_spawn(happened, effects)
            case i.ActionDone(_, sync):
                self._notice_words(sync)
            case i.DiscardRequested(_, sync):
                self._notice_words(sync)
                self._of(sync).is_discarded = True
            case i.Collected(_, process):
                self._notice_words(self._owners.get(process))
            case i.ScriptFailed():
                self._notice_words(self.acting)
            case _:
                self._notice_words(None)
        actions = [effect.sync for effect in effects if isinstance(effect, RunAction)]
        self.acting = actions[-1] if actions else self.acting

    def _notice_delays(self, now: float) -> None:
        for sync in self.daemon.loaded.config.syncs:
            for delay in self.daemon.machine.queue(sync.id):
                if (sync.id, delay.id) not in self._known:
                    self._known.add((sync.id, delay.id))
                    seen = self._of(sync.id)
                    seen.queued.append(delay.etype)
                    seen.noticed_at = now if seen.noticed_at is None else seen.noticed_at

    def _notice_spawn(self, request: i.SpawnRequested, effects: Sequence[Effect]) -> None:
        self._notice_words(request.sync)
        for effect in effects:
            if isinstance(effect, Spawn):
                self._owners[effect.process] = request.sync
                self._note_start(request)
                self._mirror(request.sync)

    def _note_start(self, request: i.SpawnRequested) -> None:
        """A process, unless it is for what was tried before."""
        seen, sync = self._of(request.sync), request.sync
        delays = {(sync, number) for number in request.delays}
        if delays <= self._tried:
            seen.is_retried = True
            return
        self._tried |= delays
        seen.starts.append(Start(self._since(seen, request.now), request.command.argv, request.command.stdin))

    def _since(self, seen: Seen, now: float) -> float:
        return round(now - (self._at if seen.noticed_at is None else seen.noticed_at), 3)

    def _notice_words(self, sync: int | None) -> None:
        """What was logged and started by scripts since the last time; `sync`: on whose behalf."""
        entries = self.daemon.entries[self._read :]
        self._read = len(self.daemon.entries)
        if sync is None:
            return
        for entry in entries:
            seen = self._of(sync)
            match entry:
                case log.Said(_, category, message):
                    seen.said.append(category.encode() + b": " + message)
                case log.Spawned(at, origin, argv, stdin) if origin in _BY_SCRIPTS:
                    seen.starts.append(Start(self._since(seen, at), argv, stdin, origin))
                case _:  # told by the core
                    continue

    # -- targets ---------------------------------------------------------------------------------

    def _mirror(self, sync: int) -> None:
        """What a sync starts brings its target in line, as far as the subject goes."""
        target = self.traits[sync].target or b""
        source = next(one.source for one in self.daemon.loaded.config.syncs if one.id == sync)
        for path in (self.subject.path, self.subject.path2):
            if target.startswith(b"/") and path is not None and path.startswith(source) and path != source:
                _bring(self.daemon.files, path, target.rstrip(b"/") + b"/" + path[len(source) :])


def _bring(files: Files, path: bytes, to: bytes) -> None:
    """Make the one path as the other, without a word to anybody."""
    node = files.find(path)
    above = files.have(_above(to), 0)
    name = to.rstrip(b"/").rpartition(b"/")[2]
    above.entries.pop(name, None)
    if node is not None:
        above.entries[name] = Node(node.kind, node.size, node.mtime)


def _above(path: bytes) -> bytes:
    return path.rstrip(b"/").rpartition(b"/")[0] + b"/"
