"""HUP: what has changed comes to its end, the rest goes on, and no change is lost between (spec 6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from pylsyncd.core.draining import tell_what_is_left
from pylsyncd.core.effects import Reload
from pylsyncd.core.inputs import Reloaded
from pylsyncd.core.job import Job
from pylsyncd.core.model import Delay, EventType, Kept, SyncConfig
from pylsyncd.core.observing import Observing
from pylsyncd.core.scheduling import Scheduler
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync
from pylsyncd.core.tunnels import Tunnels

_CHANGES: Final = (
    EventType.ATTRIB,
    EventType.MODIFY,
    EventType.CREATE,
    EventType.DELETE,
    EventType.MOVE,
)
"""Events that one sync can hand over to another, weaker ones first."""


class Reloading:
    """From HUP to the moment when the new configuration counts.

    Watches and the book of them stay as they are. Whoever has changed starts nothing more; when the last
    process of those has ended, and the tunnels have, everybody else pauses for as long as it takes: until
    nothing runs that the functions of the old configuration may remember something about.
    """

    def __init__(self, state: State, tunnels: Tunnels, observing: Observing) -> None:
        self._state = state
        self._tunnels = tunnels
        self._observing = observing
        self._kept: dict[int, Kept] | None = None
        """Those that go on, by their present number; None: no configuration waits."""
        self._retired: set[int] = set()
        """Those that were told to end; another HUP does not bring them back."""
        self.is_asked = False
        """Only what has no end is under way: the new configuration may come any moment."""

    def begin(self, kept: tuple[Kept, ...]) -> None:
        """HUP; one that has failed begins anew, however little has changed."""
        state = self._state
        state.log("Normal", b"--- HUP signal, resetting ---")
        numbers = {number for number, sync in state.syncs.items() if not sync.is_failed} - self._retired
        self._kept = {one.old: one for one in kept if one.old in numbers}
        self._retired = set(state.syncs) - set(self._kept)
        for number, sync in state.syncs.items():
            sync.is_held = number in self._retired
        count = sum(1 for _ in self._awaited())
        if count:
            state.log("Normal", b"waiting for %d more child processes." % count)

    def cancel(self) -> None:
        """The daemon is about to end instead, or to start over as a whole."""
        self._kept, self._retired, self.is_asked = None, set(), False
        for sync in self._state.syncs.values():
            sync.is_held = False

    def advance(self) -> None:
        """Go on to the next stage, if nothing is left to wait for."""
        if self._kept is None or self.is_asked or any(self._state.syncs[one].jobs for one in self._retired):
            return
        if not self._tunnels.is_closing:
            self._tunnels.close(self._state.now)
        if not self._tunnels.is_gone:
            return
        for sync in self._state.syncs.values():
            sync.is_held = True
        if self._state.acting is None and not any(self._awaited()):
            self.is_asked = True
            self._state.emit(Reload())

    def _awaited(self) -> Iterable[Job]:
        """The processes that have to end."""
        for number, sync in self._state.syncs.items():
            kept = (self._kept or {}).get(number)
            for job in sync.jobs.values():
                if kept is None or kept.is_bound or not job.is_plain_run:
                    yield job

    def take(self, reloaded: Reloaded) -> None:
        """The new configuration counts."""
        state, before = self._state, self._state.syncs
        numbers = self._kept or {}
        kept = {one.new: before[one.old] for one in reloaded.kept if one.old in numbers}
        ended = [sync for sync in before.values() if sync not in kept.values()]
        self.cancel()
        state.settings = reloaded.settings
        state.syncs = {
            one.id: _go_on(kept[one.id], one) if one.id in kept else self._new(one) for one in reloaded.syncs
        }
        state.scheduler = Scheduler(tuple(state.syncs.values()), reloaded.settings.max_processes)
        heirs: dict[Sync, list[Sync]] = {sync: [sync] for sync in kept.values()}
        for sync in state.syncs.values():
            former = None if sync in heirs else _former(sync, ended)
            if former is not None:
                heirs.setdefault(former, []).append(sync)
                _hand_over(former, sync, state.now)
        for sync in ended:
            if sync not in heirs:
                tell_what_is_left(state, sync)
        self._tell_who_goes_on()
        self._observing.replace(heirs)

    def _new(self, config: SyncConfig) -> Sync:
        sync = Sync(config, is_unwatched=True)
        if config.has_init:
            sync.queue_now(EventType.INIT, b"", self._state.now)
        return sync

    def _tell_who_goes_on(self) -> None:
        names = [sync.config.name for sync in self._state.syncs.values() if not sync.is_unwatched]
        if names:
            self._state.log("Normal", b"Unchanged, and going on: " + b", ".join(names))


def _go_on(sync: Sync, config: SyncConfig) -> Sync:
    """The same sync under its new number, and its new name if it has none of its own."""
    sync.config = evolve(config, mounts=sync.config.mounts)
    return sync


def _former(sync: Sync, ended: list[Sync]) -> Sync | None:
    """Who has been in its place: of the same source, and of the same name if there are several."""
    config = sync.config
    found = [one for one in ended if one.config.source == config.source]
    return next((one for one in found if one.config.name == config.name), found[0] if found else None)


def _hand_over(former: Sync, sync: Sync, now: float) -> None:
    """Let it do what the former one has not done, if no start-up of its own does."""
    if sync.config.repairs:
        return
    sync.ledger.update(former.ledger)
    former.settling.release_all()
    for delay in former.queue:
        for etype in _CHANGES:
            if etype is delay.etype or etype in delay.swallowed:
                _hand_on(delay, etype, sync, now)


def _hand_on(delay: Delay, etype: EventType, sync: Sync, now: float) -> None:
    source = sync.config.source
    path2 = None if delay.path2 is None else source + delay.path2[1:]
    sync.observe(etype, source + delay.path[1:], path2, now)
