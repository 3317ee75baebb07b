"""Replays a recording: a core of our own sees what the daemon saw, and has to do what it did."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from attrs import define, field, frozen

from pylsyncd.core.effects import Effect, Exit
from pylsyncd.core.inputs import Input
from pylsyncd.core.journal import FormatError, Head, JournalError, RecordedEffect, decode, encode_effect
from pylsyncd.core.machine import Machine
from pylsyncd.migrate.journalparts import Place, RecordingError
from pylsyncd.migrate.recorded import RecordedLog
from pylsyncd.migrate.steps import Step


class Listener(Protocol):
    """Listens to a run while it is replayed."""

    def machine(self) -> Machine:
        """A fresh machine for the next configuration of the run."""

    def heard(self, happened: Input, effects: Sequence[Effect]) -> None:
        """The machine was told this, and answered so."""

    def steps(self) -> tuple[Step, ...]:
        """What was made of it."""


class Nobody:
    """Listens to nothing."""

    def machine(self) -> Machine:
        """A machine as it is."""
        return Machine()

    def heard(self, happened: Input, effects: Sequence[Effect]) -> None:
        """Nobody is told."""

    def steps(self) -> tuple[Step, ...]:
        """Nothing was made of it."""
        return ()


@frozen
class Difference:
    """Where the machine of today does something else; None: nothing."""

    place: Place
    recorded: bytes | None
    recomputed: bytes | None


@define(eq=False)
class Run:
    """From a start of the daemon to its end."""

    head: Head
    listener: Listener
    log: RecordedLog = field(factory=RecordedLog)
    inputs: int = 0
    effects: int = 0
    is_over: bool = False
    """Whether the record goes on to the daemon's end."""
    difference: Difference | None = None
    """The first one."""


@frozen
class Replayed:
    """What came of a recording."""

    runs: tuple[Run, ...]
    notes: tuple[str, ...]
    """What is to be known about its gaps, a line each."""


def replay_lines(lines: Iterable[tuple[Place, bytes]], listener: Callable[[], Listener] = Nobody) -> Replayed:
    """Replay all runs. Raises RecordingError."""
    replayer = _Replayer(listener)
    place = None
    for place, line in lines:
        replayer.read(place, line)
    if place is not None:
        replayer.finish(place)
    return Replayed(tuple(replayer.runs), tuple(replayer.notes))


@frozen
class _Doubt:
    """A line that is wrong, unless it is the last one of a daemon that was killed while it wrote."""

    place: Place
    error: JournalError | None = None
    difference: Difference | None = None


@define(eq=False)
class _Replayer:
    new_listener: Callable[[], Listener]
    runs: list[Run] = field(factory=list)
    notes: list[str] = field(factory=list)
    head: Head | None = None
    """Of the part that is being read; None: what comes has no beginning, and is skipped."""
    machine: Machine | None = None
    """None: it has gone another way, and is of no use any more."""
    expected: deque[bytes] = field(factory=deque)
    doubt: _Doubt | None = None
    has_skipped: bool = False

    def read(self, place: Place, line: bytes) -> None:
        """Take the next line. Raises RecordingError."""
        try:
            said = decode(line)
        except FormatError as error:
            raise _unreadable(place, error) from None
        except JournalError as error:
            self._settle_doubt()
            self.doubt = _Doubt(place, error=error)
            return
        if isinstance(said, Head):
            self._on_head(place, said)
            return
        self._settle_doubt()
        if self.head is None:
            self._skip(place)
        elif isinstance(said, RecordedEffect):
            self._on_effect(place, said)
        else:
            self._on_input(place, said)

    def finish(self, place: Place) -> None:
        """There are no more lines. Raises RecordingError."""
        self._end_session()
        if not self.runs:
            message = f"{place}: there is no beginning of a recording in it"
            raise RecordingError(message)

    # -- heads -----------------------------------------------------------------------------------

    def _on_head(self, place: Place, head: Head) -> None:
        if self.head is not None and _follows(head, self.head):
            self._settle_doubt()
            self.head = head
            return
        self._end_session()
        if head.part == 1:
            self._begin(head)
        else:
            self.head = None
            self._skip(place)

    def _begin(self, head: Head) -> None:
        self.head, self.has_skipped = head, False
        if not self.runs or self.runs[-1].head.run != head.run:
            self.runs.append(Run(head, self.new_listener()))
        self.machine = self.runs[-1].listener.machine()

    def _skip(self, place: Place) -> None:
        if not self.has_skipped:
            self.notes.append(
                f"{place}: the beginning of this recording is not there; what follows is skipped"
            )
            self.has_skipped = True

    # -- lines -----------------------------------------------------------------------------------

    def _on_input(self, place: Place, happened: Input) -> None:
        run = self.runs[-1]
        if self.expected:
            self._differ(Difference(place, None, self.expected[0]))
        run.inputs += 1
        run.log.on_input(happened)
        if self.machine is not None:
            effects = _handled(self.machine, place, happened)
            self.expected.extend(map(encode_effect, effects))
            run.is_over = bool(effects) and isinstance(effects[-1], Exit)
            run.listener.heard(happened, effects)

    def _on_effect(self, place: Place, recorded: RecordedEffect) -> None:
        run = self.runs[-1]
        run.effects += 1
        if self.machine is not None:
            expected = self.expected.popleft() if self.expected else None
            if expected != recorded.line:
                self.doubt = _Doubt(place, difference=Difference(place, recorded.line, expected))
                return
        self._note(place, recorded)

    def _note(self, place: Place, recorded: RecordedEffect) -> None:
        try:
            self.runs[-1].log.on_effect(recorded)
        except JournalError as error:
            raise _unreadable(place, error) from None

    # -- what is wrong ---------------------------------------------------------------------------

    def _settle_doubt(self) -> None:
        """More lines follow, so it is wrong indeed. Raises RecordingError."""
        doubt, self.doubt = self.doubt, None
        if doubt is None or self.head is None:
            return
        if doubt.error is not None:
            raise _unreadable(doubt.place, doubt.error)
        if doubt.difference is not None:
            self._differ(doubt.difference)
            self._note(doubt.place, RecordedEffect(doubt.difference.recorded or b""))

    def _end_session(self) -> None:
        """No more lines of it follow: the last one may be cut off. Raises RecordingError."""
        doubt = self.doubt
        if doubt is not None and (doubt.error is not None or _is_cut(doubt.difference)):
            self.doubt = None
            self.notes.append(
                f"{doubt.place}: the line is cut off: the daemon was killed, or the disk was full"
            )
        self._settle_doubt()
        self.expected.clear()
        self.machine = None

    def _differ(self, difference: Difference) -> None:
        run = self.runs[-1]
        run.difference = run.difference or difference
        self.machine = None
        self.expected.clear()


def _handled(machine: Machine, place: Place, happened: Input) -> list[Effect]:
    try:
        return machine.handle(happened)
    except Exception as error:  # what a machine never saw may break it anywhere
        message = f"{place}: nothing that can have happened here: {type(error).__name__}: {error}"
        raise RecordingError(message) from error


def _follows(head: Head, before: Head) -> bool:
    return (head.run, head.session, head.part) == (before.run, before.session, before.part + 1)


def _is_cut(difference: Difference | None) -> bool:
    if difference is None or difference.recorded is None or difference.recomputed is None:
        return False
    return difference.recomputed.startswith(difference.recorded.rstrip(b"\n"))


def _unreadable(place: Place, error: JournalError) -> RecordingError:
    return RecordingError(f"{place}: {error}")
