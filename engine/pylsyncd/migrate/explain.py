"""Says what a configuration does about a path, and why: which sync, which rule, which commands, and when."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Sequence
from typing import Final

from attrs import define, evolve, field, frozen

from pylsyncd.core.model import EventType, SyncConfig
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate.explanation import reasons, rsyncrules
from pylsyncd.migrate.explanation.model import (
    KINDS,
    Account,
    Event,
    Reaction,
    Standing,
    SyncAccount,
    View,
)
from pylsyncd.migrate.explanation.places import Library, Origin, origin_of
from pylsyncd.migrate.explanation.probe import Probe, Seen
from pylsyncd.migrate.explanation.rules import Rule, decide, decide_without, rules_of
from pylsyncd.migrate.explanation.subject import Subject, plan_of
from pylsyncd.migrate.world.daemon import Circumstances
from pylsyncd.migrate.world.files import Kind
from pylsyncd.script.traits import Traits

EVENTS: Final = (
    EventType.INIT,
    EventType.CREATE,
    EventType.MODIFY,
    EventType.ATTRIB,
    EventType.MOVE,
    EventType.DELETE,
    EventType.FULL,
)
"""What can be asked for."""


@frozen
class Question:
    """What is to be explained, and of which configuration."""

    circumstances: Circumstances
    path: bytes
    """Absolute, without `.` and `..`; with a `/` at its end if it is a directory."""
    destination: bytes | None = None
    """The same, if a Move is asked about."""
    events: frozenset[EventType] = frozenset(EVENTS)


def explain(question: Question) -> Account:
    """Run the configuration in a simulated world. Raises ConfigError; FileError for a move that cannot be."""
    return _Inquiry(question).account()


def named(word: bytes) -> bytes:
    """A path of the command line as a `Question` has it."""
    path = os.path.abspath(word)
    is_directory = word.endswith(b"/") or (os.path.isdir(path) and not os.path.islink(path))
    return os.path.join(path, b"") if is_directory else path


def real_name(path: bytes) -> bytes:
    """The path with all links above it followed."""
    bare = path.rstrip(b"/")
    above, name = os.path.split(bare)
    real = os.path.join(os.path.realpath(above or b"/"), name)
    return os.path.join(real, b"") if path.endswith(b"/") or not name else real


@define(eq=False)
class _Inquiry:
    question: Question
    subject: Subject = field(init=False)
    library: Library = field(init=False)
    probe: Probe = field(init=False)
    """The first one; it has seen the start-up."""
    seen: dict[tuple[int, Event], Seen] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.subject = _subject(self.question)
        self.library = Library(_content)

    def account(self) -> Account:
        """Ask the simulated world, then put together what it said."""
        try:
            self._ask()
        except SystemExit as ended:  # os.exit() or terminate() in the config itself
            return self._account((), int(ended.code or 0) & 0xFF)
        config = self.probe.daemon.loaded.config
        return self._account(tuple(map(self._of_sync, config.syncs)), self.probe.exit_code_at_start)

    def _account(self, syncs: tuple[SyncAccount, ...], exit_code: int | None) -> Account:
        said = [one for one in self.probe.daemon.entries[: self.probe.loaded_at] if isinstance(one, log.Said)]
        return Account(
            path=self.question.path,
            real=self.subject.path,
            syncs=syncs,
            destination=self.subject.path2,
            said=tuple(one.category.encode() + b": " + one.message for one in said),
            exit_code=exit_code,
        )

    def _ask(self) -> None:
        """One daemon does it all, unless it comes to an end: then another one goes on from there."""
        self.probe = probe = self._new_probe(())
        probe.load()
        self._mend_subject()
        probe.run(self._plan())
        self.seen |= probe.seen
        silent: set[tuple[int, Event]] = set()
        while probe.rest and probe.exit_code_at_start is None:
            plan = probe.rest
            if probe.exit_code is not None and (probe.acting, plan[0]) in {*silent, (None, plan[0])}:
                plan = plan[1:]  # no sync was it
            elif probe.exit_code is not None:
                silent.add((probe.acting or 0, plan[0]))
            probe = self._new_probe(silent)
            probe.load()
            probe.run(plan)
            self.seen |= {key: seen for key, seen in probe.seen.items() if self._is_news(key, silent)}

    def _mend_subject(self) -> None:
        """What is a source, or lies above one, is a directory, whether it is there or not."""
        path = _directory(self.subject.path)
        sources = [sync.source for sync in self.probe.daemon.loaded.config.syncs]
        if any(source.startswith(path) for source in sources):
            self.subject = evolve(self.subject, path=path, kind=Kind.DIRECTORY, size=0)
            self.probe.subject = self.subject

    @staticmethod
    def _is_news(key: tuple[int, Event], silent: Collection[tuple[int, Event]]) -> bool:
        return key[1] is not Event.START and key not in silent

    def _new_probe(self, silent: Collection[tuple[int, Event]]) -> Probe:
        return Probe(evolve(self.question.circumstances, real=os.path.realpath), self.subject, silent)

    def _plan(self) -> tuple[Event, ...]:
        """All that is asked for and concerns any sync, and what has to come before it."""
        syncs = self.probe.daemon.loaded.config.syncs
        asked = self.question.events
        plan: tuple[Event, ...] = ()
        if any(_covers(sync, path) for sync in syncs for path in self._paths()):
            possible = plan_of(self.subject, [sync.source for sync in syncs])
            wanted = [index for index, event in enumerate(possible) if KINDS[event] in asked]
            plan = possible[: wanted[-1] + 1] if wanted else ()
        has_full = EventType.FULL in asked and any(sync.crontab for sync in syncs)
        return (*plan, Event.FULL) if has_full else plan

    def _paths(self) -> Sequence[bytes]:
        path, path2 = self.subject.path, self.subject.path2
        return (path,) if path2 is None else (path, path2)

    # -- a sync ----------------------------------------------------------------------------------

    def _of_sync(self, sync: SyncConfig) -> SyncAccount:
        traits = self.probe.traits[sync.id]
        account = SyncAccount(
            name=sync.name,
            place=traits.place,
            source=sync.source,
            source_given=traits.source_given,
            target=traits.target,
            view=self._view(sync, traits, self.subject.path, self.question.path),
            destination=self._view_of_destination(sync, traits),
            crontab=sync.crontab,
        )
        if not account.view.path and not (account.destination and account.destination.path):
            return account
        return evolve(
            account,
            reactions=self._reactions(sync, traits, account),
            rsync=self._rsync(sync, account.view) if account.destination is None else None,
            collapsing=reasons.collapsing(sync) if account.takes else "",
            failures=self._failures(sync, traits) if account.takes else (),
        )

    def _view_of_destination(self, sync: SyncConfig, traits: Traits) -> View | None:
        path, given = self.subject.path2, self.question.destination
        return None if path is None or given is None else self._view(sync, traits, path, given)

    def _view(self, sync: SyncConfig, traits: Traits, path: bytes, given: bytes) -> View:
        names = {sync.source, _directory(traits.source_given)}
        if sync.source == _directory(path) or _directory(given) in names:
            return View(Standing.SOURCE, b"/")
        if not path.startswith(sync.source):
            is_linked_away = given.startswith(tuple(names))
            return View(Standing.LINKED_AWAY if is_linked_away else Standing.OUTSIDE)
        relative = path[len(sync.source) - 1 :]
        if not sync.subdirs and b"/" in relative[1:-1]:
            return View(Standing.TOO_DEEP, relative)
        excludes, filters = self.probe.rules.get(sync.id, (sync.excludes, sync.filters))
        rules = rules_of(excludes, filters)
        decision = decide(rules, relative)
        otherwise = None if decision.rule is None else decide_without(decision.rule, rules, relative)
        return View(
            standing=Standing.HIDDEN if decision.hides else Standing.TAKEN,
            path=relative,
            decision=decision,
            origin=self._origin(decision.rule, traits),
            otherwise=otherwise,
            next_origin=None if otherwise is None else self._origin(otherwise.rule, traits),
        )

    def _origin(self, rule: Rule | None, traits: Traits) -> Origin | None:
        return None if rule is None else origin_of(rule, traits, self.library)

    def _rsync(self, sync: SyncConfig, view: View) -> rsyncrules.Verdict | None:
        """What rsync does about the path, if the start-up starts one with rules."""
        starts = self.seen.get((sync.id, Event.START), Seen()).starts
        for start in starts:
            if len(view.path) > 1 and rsyncrules.is_whole_run(start.argv, sync.source):
                return rsyncrules.verdict(start.argv, start.stdin, view.path)
        return None

    def _failures(self, sync: SyncConfig, traits: Traits) -> tuple[str, ...]:
        insists = self.probe.daemon.loaded.settings.insist
        return reasons.failures(sync, traits, insists=insists)

    # -- reactions -------------------------------------------------------------------------------

    def _reactions(
        self, sync: SyncConfig, traits: Traits, account: SyncAccount
    ) -> tuple[tuple[tuple[Event, ...], Reaction], ...]:
        grouped: dict[Reaction, list[Event]] = {}
        for event in Event:
            if KINDS[event] in self.question.events and self._concerns(event, sync, account):
                reaction = self._reaction(event, sync, traits)
                grouped.setdefault(reaction, []).append(event)
        return tuple((tuple(events), reaction) for reaction, events in grouped.items())

    def _concerns(self, event: Event, sync: SyncConfig, account: SyncAccount) -> bool:
        if event is Event.START:
            return True
        if event is Event.FULL:
            return bool(sync.crontab)
        sources = [one.source for one in self.probe.daemon.loaded.config.syncs]
        return (
            account.takes
            and self.probe.exit_code_at_start is None
            and event in plan_of(self.subject, sources)
        )

    def _reaction(self, event: Event, sync: SyncConfig, traits: Traits) -> Reaction:
        seen = self.seen.get((sync.id, event), Seen())
        if seen.starts:
            why = reasons.remark(event, traits, seen)
        else:
            why = reasons.why_nothing(event, sync, traits, seen)
        functions = reasons.functions_for(traits, seen.queued)
        return Reaction(tuple(seen.starts), why, tuple(seen.said), functions)


def _subject(question: Question) -> Subject:
    """What is asked about as it is on this machine; where it is not there, an empty file or directory."""
    path = real_name(question.path)
    is_directory = path.endswith(b"/")
    path2 = None
    if question.destination is not None:  # whatever is there, what moves there takes its place
        path2 = real_name(question.destination.rstrip(b"/") + (b"/" if is_directory else b""))
    kind, size = (Kind.DIRECTORY, 0) if is_directory else _look_at(path)
    return Subject(path, path2, size, kind)


def _look_at(path: bytes) -> tuple[Kind, int]:
    try:
        found = os.lstat(path)
    except OSError:
        return Kind.FILE, 0
    return Kind.LINK if stat.S_ISLNK(found.st_mode) else Kind.FILE, found.st_size


def _covers(sync: SyncConfig, path: bytes) -> bool:
    return path.startswith(sync.source) and path != sync.source


def _directory(name: bytes) -> bytes:
    return os.path.join(os.path.abspath(name), b"")


def _content(name: bytes) -> bytes | None:
    try:
        with open(name, "rb") as file:
            return file.read()
    except OSError:
        return None
