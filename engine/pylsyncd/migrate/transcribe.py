"""A recording as steps: what happened to files and processes, so that it can be played to another config."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Scan
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import EventType, Listed
from pylsyncd.core.watchbook import Change
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.knowntree import KnownTree
from pylsyncd.migrate.lifetimes import Lifetimes, Moment, Timed

_SIGHUP: Final = 1
_NOT_YET: Final = Moment(-math.inf)
_NOISE: Final = 0.001
"""Milliseconds that are no time, but come from computing with it."""
_CHANGES: Final = (s.Create, s.Write, s.Touch, s.Move, s.Delete)


class Attentive(Machine):
    """A machine that remembers each change that its watching tells of, once for all syncs."""

    def __init__(self) -> None:
        super().__init__(self._note)
        self.changes: list[Change] = []

    def _note(self, change: Change) -> None:
        if not self.changes or self.changes[-1] is not change:
            self.changes.append(change)


@define(eq=False)
class Transcriber:
    """A listener to the replay of one run; afterwards `steps` has it all."""

    _machine: Attentive = field(factory=Attentive)
    _tree: KnownTree = field(factory=KnownTree)
    _lifetimes: Lifetimes = field(factory=Lifetimes)
    _start: Moment | None = None
    _now: Moment = _NOT_YET
    _told: Moment = _NOT_YET
    """When something was last told of but by a listing: what that found was there by then."""
    _steps: list[Timed] = field(factory=list)
    _sweeps: set[int] = field(factory=set)
    """Tickets of scans that tell nobody what they find."""
    _fresh: set[bytes] = field(factory=set)
    """Files that were created by the input at hand: what is written to them is written with that."""

    def machine(self) -> Machine:
        """A fresh machine for the next configuration of the run."""
        self._machine, self._sweeps = Attentive(), set()
        return self._machine

    def heard(self, happened: i.Input, effects: Sequence[Effect]) -> None:
        """Take note of what this means."""
        self._now = Moment(max(self._now.now, happened.now), self._now.number + 1)
        self._start = self._start or Moment(happened.now)
        if not isinstance(happened, i.DirectoriesScanned):
            self._told = self._now
        self._on_input(happened)
        changes, self._machine.changes = self._machine.changes, []
        self._on_changes(changes, are_listed=self._told is not self._now)
        self._lifetimes.heard(self._now, happened, effects)
        self._sweeps |= {effect.ticket for effect in effects if isinstance(effect, Scan) and not effect.files}

    def steps(self) -> tuple[s.Step, ...]:
        """All of it, from what was there at the start to the last thing that is recorded."""
        start = self._start or self._now
        timed = [*self._steps, *self._lifetimes.steps(start)]
        timed.sort(key=lambda one: one[0])
        return (*self._tree.had, *_in_time(timed, start, self._now))

    # -- inputs ----------------------------------------------------------------------------------

    def _on_input(self, happened: i.Input) -> None:
        match happened:
            case i.Started() | i.Reloaded():
                for config in happened.syncs:
                    self._add(*self._tree.add_source(config.source))
            case i.DirectoriesScanned(_, ticket, results) if ticket in self._sweeps:
                for result in results:
                    if isinstance(result, Listed):
                        self._add(*self._tree.listed(result.path, result.directories))
            case i.FadeRequested(_, number):
                self._add(s.Signal(number))
            case i.ResetRequested() | i.ReloadRequested():
                self._add(s.Signal(_SIGHUP))
            case _:  # what scripts and processes do is told elsewhere, or done again by the script
                return

    def _add(self, *steps: s.Step) -> None:
        self._steps += [(self._told, step) for step in steps]

    # -- changes ---------------------------------------------------------------------------------

    def _on_changes(self, changes: Sequence[Change], *, are_listed: bool) -> None:
        written = {one.path for one in changes if one.etype is EventType.MODIFY}
        self._fresh.clear()
        for change in changes:
            match change:
                case Change(EventType.CREATE, path):
                    self._on_create(path, is_listed=are_listed, is_written=path in written)
                case Change(EventType.MODIFY, path) if path in self._fresh:
                    self._fresh.discard(path)  # `create` has written it already
                case Change(EventType.MODIFY, path):
                    self._add(*self._tree.ensure(path), s.Write(path))
                case Change(EventType.ATTRIB, path):
                    self._add(*self._tree.ensure(path), s.Touch(path))
                case Change(EventType.DELETE, path):
                    self._add(*self._tree.ensure(path), s.Delete(path))
                    self._tree.delete(path)
                case Change(EventType.MOVE, path, path2) if path2 is not None:
                    self._on_move(path, path2)

    def _on_create(self, path: bytes, *, is_listed: bool, is_written: bool) -> None:
        known = self._tree.find(path)
        if known is None or known.is_directory is not path.endswith(b"/"):
            steps = self._tree.ensure(path, is_found=True) if is_listed else self._tree.create(path)
            self._add(*steps)
            if s.Create(path) in steps:
                self._fresh.add(path)
        elif known.is_found and not is_listed:
            known.is_found = False  # a listing was ahead of the record
        elif not is_listed and not known.is_directory and not is_written:
            self._add(s.Write(path))  # something from outside has taken its place

    def _on_move(self, path: bytes, path2: bytes) -> None:
        self._add(*self._tree.ensure(path), *self._tree.move(path, path2), s.Move(path, path2))


def _in_time(timed: Sequence[Timed], start: Moment, end: Moment) -> Iterator[s.Step]:
    """The steps with the time between them; none comes too early, nor too late by more than a millisecond."""
    yield from (step for at, step in timed if at <= start)
    yield s.Start()
    elapsed, number = 0.0, 0
    for at, step in [*((at, step) for at, step in timed if at > start), (end, None)]:
        here = math.ceil((at.now - start.now) * 1000 - _NOISE) / 1000
        if here > elapsed:
            yield s.Wait(round(here - elapsed, 3))
            elapsed = here
        elif number != at.number and isinstance(step, _CHANGES):
            yield s.Wait(0)  # the daemon has looked in between
        number = at.number
        if step is not None:
            yield step
