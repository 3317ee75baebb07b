"""All syncs together: takes each input in turn and answers with the effects it calls for."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush

from pylsyncd.core import halting
from pylsyncd.core import inputs as i
from pylsyncd.core.answers import Answers
from pylsyncd.core.draining import Drain
from pylsyncd.core.effects import Effect, ReadWallClock, RunAlarm, SetTimer, WriteStatus
from pylsyncd.core.jobs import Jobs
from pylsyncd.core.life import AT_WORK, FAILURE, Life, Phase
from pylsyncd.core.model import EventType
from pylsyncd.core.observing import Observing
from pylsyncd.core.progress import Progress
from pylsyncd.core.reloading import Reloading
from pylsyncd.core.scheduling import Scheduler
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync, SyncState
from pylsyncd.core.timetable import Timetable
from pylsyncd.core.tunnels import Tunnel, Tunnels
from pylsyncd.core.watchbook import Change


class Machine(Answers):
    """The core. Deterministic: the same inputs give the same effects, in the same order."""

    def __init__(self, overhear: Callable[[Change], object] | None = None) -> None:
        """`overhear` is told of each change that the watching tells of, for each sync."""
        self._state = State(overhear=overhear)
        self._timetable = Timetable()
        self._alarms: list[tuple[float, int]] = []
        self._timer: float | None = None
        self._status_due = -math.inf
        self._is_being_told = False
        """Of what happened, in parts: an action is to see all of it."""
        self._build(())

    def _build(self, tunnels: tuple[Tunnel, ...]) -> None:
        """Make the parts, over the syncs that the state holds."""
        state = self._state
        self._tunnels = Tunnels(tunnels, state.emit, state.next_process)
        self._life = Life(state, self._tunnels)
        self._observing = Observing(state, self._life)
        self._watching, self._sources = self._observing.watching, self._observing.sources
        self._progress = Progress(state, self._watching)
        self._jobs = Jobs(state, self._watching.look_into, self._sources.doubt, lambda: self._acts)
        self._drain = Drain(state, self._life, self._watching)
        self._reloading = Reloading(state, self._tunnels, self._observing)

    def handle(self, happened: i.Input) -> list[Effect]:
        """Take one input; returns what is to be done about it, in order."""
        # A timer may go off a little before its time, and is told of as if in time; what then happens
        # at once must not seem to lie before it.
        self._state.now = max(self._state.now, happened.now)
        if isinstance(happened, i.Tick):
            self._timer = None
        if self._life.phase is Phase.CLOSING:
            self._life.close(happened)
        elif self._life.phase is not Phase.ENDED:
            self._dispatch(happened)
            self._advance()
        else:
            return []
        if not self._life.conclude():
            self._set_timer()
        return self._state.take_effects()

    def _dispatch(self, happened: i.Input) -> None:  # noqa: C901, PLR0912, PLR0915 - one case an input: a closed union
        state = self._state
        match happened:
            case i.Started():
                self._on_started(happened)
            case i.WatchRecords(_, records, is_part):
                self._is_being_told = is_part
                self._watching.on_records(records, state.now, is_part=is_part)
            case i.DirectoriesScanned(_, ticket, results):
                self._watching.on_scanned(ticket, results)
            case i.DirectoriesLooked(_, ticket, looked, limit):
                self._watching.on_looked(ticket, looked, limit)
                state.is_status_stale = True
            case i.SourceSeen(_, path, mounts):
                self._sources.seen(path, mounts)
            case i.SourcesDoubted():
                self._sources.doubt()
            case i.SpawnRequested():
                self._on_spawn_requested(happened)
            case i.DiscardRequested():
                self._jobs.discard(happened)
            case i.BlanketRequested(_, sync):
                state.syncs[sync].queue_now(EventType.BLANKET, b"", state.now)
            case i.FullRequested(_, sync, path):
                state.syncs[sync].queue_now(EventType.FULL, path, state.now)
            case i.ExcludeAdded(_, sync, pattern):
                state.syncs[sync].patterns.add_exclude(pattern)
                self._observing.routes.forget()
            case i.ExcludeRemoved(_, sync, pattern):
                state.syncs[sync].patterns.remove_exclude(pattern)
                self._observing.routes.forget()
                self._watching.look_for_more(state.syncs[sync])
            case i.FilterAppended(_, sync, rule):
                state.syncs[sync].patterns.append_filter(rule)
                self._observing.routes.forget()
                self._watching.look_for_more(state.syncs[sync])
            case i.LimitsChanged(_, sync, delay, max_delays, max_processes):
                state.syncs[sync].set_limits(delay, max_delays, max_processes)
            case i.ActionDone(_, sync):
                state.acting = None
                state.syncs[sync].end_action(state.now)
            case i.PortFound():
                self._tunnels.take(happened)
            case i.ProcessStarted() | i.SpawnFailed() | i.ProcessEnded() if self._tunnels.owns(
                happened.process
            ):
                self._tunnels.take(happened)
            case i.ProcessStarted(_, process, pid):
                self._jobs.started(process, pid)
            case i.SpawnFailed(_, process, number):
                self._jobs.spawn_failed(process, number)
            case i.ProcessEnded(_, process, end):
                self._jobs.ended(process, end)
            case i.Collected(_, process, verdict, each):
                if not self._jobs.settle(process, verdict, dict(each)):
                    self._life.fail()
            case i.AlarmRequested(_, alarm, at):
                heappush(self._alarms, (at, alarm))
            case i.Tick():
                self._run_alarms()
            case i.WallClockRead(_, epoch, offset):
                self._on_wall_clock(self._timetable.read(state.now, epoch, offset))
            case i.FadeRequested(_, signal):
                self._on_fade(signal)
            case i.ResetRequested():
                self._reloading.cancel()
                self._life.reset()
            case i.ReloadRequested(_, kept):
                if self._life.phase in AT_WORK:
                    self._reloading.begin(kept)
            case i.Reloaded():
                self._on_reloaded(happened)
            case i.DeletionsAllowed():
                halting.allow(state)
            case i.TerminateRequested(_, code):
                self._life.end_at_once(code)
            case i.ScriptFailed(_, message):
                state.log("Error", message)
                self._life.fail()

    def _on_started(self, started: i.Started) -> None:
        state = self._state
        state.settings = started.settings
        state.syncs = {config.id: Sync(config) for config in started.syncs}
        state.scheduler = Scheduler(tuple(state.syncs.values()), started.settings.max_processes)
        self._build(_tunnels_of(started))
        self._timetable = Timetable(started.syncs)
        state.is_status_stale = True
        self._status_due = started.now + started.settings.status_interval
        # The Init is queued before anything is watched: every change seen from now on waits for it.
        for sync in state.syncs.values():
            if sync.config.has_init:
                sync.queue_now(EventType.INIT, b"", started.now)
        self._watching.start()

    def _on_reloaded(self, reloaded: i.Reloaded) -> None:
        self._reloading.take(reloaded)
        self._tunnels.begin_anew(_tunnels_of(reloaded))
        self._timetable.replace(reloaded.syncs)
        self._alarms.clear()  # they are functions of the configuration of before
        self._state.is_status_stale = True
        self._status_due = self._state.now + reloaded.settings.status_interval

    def _on_fade(self, signal: int) -> None:
        is_first = self._life.phase is not Phase.FADING
        self._reloading.cancel()
        self._life.fade(signal)
        if is_first:
            self._drain.begin()

    def _on_spawn_requested(self, request: i.SpawnRequested) -> None:
        if self._acts:
            self._jobs.request(request)
        else:
            self._state.log("Normal", b"ignored process spawning while fading")

    def _on_wall_clock(self, due: tuple[int, ...]) -> None:
        """Queue a Full for each sync whose crontab is due, unless one waits already (spec 5.2)."""
        for sync in (self._state.syncs[number] for number in due):
            if sync.needs_full():
                sync.queue_now(EventType.FULL, b"/", self._state.now)
                self._state.is_status_stale = True

    # -- going on --------------------------------------------------------------------------------

    def _advance(self) -> None:
        self._observing.check()
        self._observing.settle()
        self._progress.advance()
        if self._state.syncs and not self._watching.is_sweeping:
            self._on_watched()
        self._watching.on_time(self._state.now)
        if self._life.phase in AT_WORK:
            self._follow_wall_clock()
        if self._acts:
            self._keep_tunnels()
            self._sources.advance()
        if self._life.phase is Phase.RUNNING:
            self._act()
            self._end_if_finished()
        elif self._drain.is_sending:
            self._act()
        self._drain.advance()
        self._reloading.advance()
        self._write_status()

    def _on_watched(self) -> None:
        """All directories are watched, or at least looked through."""
        for sync in self._state.syncs.values():
            sync.is_unwatched = False
        if self._life.phase is Phase.STARTING:
            self._life.phase = Phase.RUNNING
            self._status_due = -math.inf  # what it says from now on is of use

    @property
    def _acts(self) -> bool:
        """Whether syncs may be at work."""
        return self._life.phase in AT_WORK or self._drain.is_sending

    def _keep_tunnels(self) -> None:
        self._state.is_status_stale |= self._tunnels.advance(self._state.now)
        for sync in self._state.syncs.values():
            sync.is_cut_off = sync.config.tunnel is not None and not self._tunnels.is_up(sync.config.tunnel)

    def _follow_wall_clock(self) -> None:
        if self._state.now >= self._timetable.next_reading:
            self._timetable.asked()
            self._state.emit(ReadWallClock())

    def _act(self) -> None:
        if self._state.acting is not None or self._is_being_told:
            return
        action = self._state.scheduler.next_action(self._state.now)
        if action is not None:
            self._state.acting = action.sync
            self._state.syncs[action.sync].begin_action()
            self._state.emit(action)

    def _run_alarms(self) -> None:
        """Only when the timer goes off: one that sets itself again at once must not shut all else out."""
        while self._runs_alarms and self._alarms and self._alarms[0][0] <= self._state.now:
            self._state.emit(RunAlarm(heappop(self._alarms)[1]))

    @property
    def _runs_alarms(self) -> bool:
        return self._life.phase is Phase.RUNNING and not self._reloading.is_asked

    def _end_if_finished(self) -> None:
        """With `onepass`: all syncs are done and no process runs (spec 2.9)."""
        if not self._state.settings.onepass or self._state.owners or self._state.acting is not None:
            return
        states = {sync.state(onepass=True) for sync in self._state.syncs.values()}
        if states <= {SyncState.FINISHED, SyncState.FAILED, SyncState.HALTED}:
            is_success = states == {SyncState.FINISHED} and not any(
                sync.ledger for sync in self._state.syncs.values()
            )
            self._life.end(0 if is_success else FAILURE)

    def _write_status(self) -> None:
        is_due = self._state.now >= self._status_due or self._life.ending is not None
        if self._state.settings.has_status_file and self._state.is_status_stale and is_due:
            self._state.is_status_stale = False
            self._status_due = self._state.now + self._state.settings.status_interval
            self._state.emit(WriteStatus(self.report()))

    def _set_timer(self) -> None:
        at = self._next_wakeup()
        if at != self._timer:
            self._timer = at
            self._state.emit(SetTimer(at))

    def _next_wakeup(self) -> float | None:
        earliest = min(self._wakeups(), default=math.inf)
        return None if earliest == math.inf else earliest

    def _wakeups(self) -> list[float]:
        if self._life.phase is Phase.CLOSING:
            return [self._tunnels.next_wakeup()]  # nothing else is done any more, see `_close`
        times = [self._drain.next_wakeup, self._watching.next_wakeup, self._observing.next_wakeup]
        if self._life.phase is Phase.RUNNING:
            if self._state.acting is None and not self._is_being_told:
                times.append(self._state.scheduler.next_wakeup())
            if self._alarms and self._runs_alarms:
                times.append(self._alarms[0][0])
        if self._life.phase in AT_WORK:
            times.append(self._timetable.next_reading)
        if self._acts:
            times += [self._tunnels.next_wakeup(), self._sources.next_wakeup]
        if self._state.settings.has_status_file and self._state.is_status_stale:
            times.append(self._status_due)
        return times


def _tunnels_of(given: i.Started | i.Reloaded) -> tuple[Tunnel, ...]:
    used = {config.tunnel for config in given.syncs}
    return tuple(Tunnel(config, is_used=config.id in used) for config in given.tunnels)
