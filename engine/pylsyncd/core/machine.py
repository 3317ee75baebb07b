"""All syncs together: takes each input in turn and answers with the effects it calls for."""

from __future__ import annotations

import enum
import errno
import math
from heapq import heappop, heappush
from typing import Final

from pylsyncd.core import inputs as i
from pylsyncd.core.delays import DelayQueue, Outcome
from pylsyncd.core.effects import (
    Collect,
    Effect,
    Exit,
    Log,
    ReadWallClock,
    Reset,
    RunAlarm,
    SetTimer,
    SignalProcesses,
    Spawn,
    WriteStatus,
)
from pylsyncd.core.model import (
    Delay,
    EventType,
    Exited,
    ScanFailed,
    Settings,
    Verdict,
    shell_exit_code,
)
from pylsyncd.core.narration import narrate
from pylsyncd.core.queries import Test
from pylsyncd.core.report import StatusReport
from pylsyncd.core.scheduling import Scheduler
from pylsyncd.core.sync import Sync, SyncState
from pylsyncd.core.timetable import Timetable
from pylsyncd.core.tunnels import Tunnel, Tunnels
from pylsyncd.core.watchbook import Change
from pylsyncd.core.watching import Watching

FAILURE: Final = 255
"""Exit code of everything that ends the daemon against its will (spec 1.3)."""
SIGTERM: Final = 15
_SIGNAL_NAMES: Final = {2: b"INT", SIGTERM: b"TERM"}
_TRANSIENT: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""Spawn failures that pass: the events wait and are tried again, whatever `collect` would say."""
_PATHS_IN_A_LINE: Final = 10
_OVERFLOW_PAUSE: Final = 60.0
"""Seconds between the full syncs that overflows cause (spec 6.1)."""


class Phase(enum.Enum):
    """Where the daemon stands in its life."""

    STARTING = "starting"
    """Watches are being set; actions wait until they are."""
    RUNNING = "running"
    FADING = "fading"
    """Ends when the last child has."""
    RESETTING = "resetting"
    """Starts over when the last child has ended."""
    CLOSING = "closing"
    """Ends or starts over when the last process of a tunnel has ended."""
    ENDED = "ended"


_AT_WORK: Final = frozenset({Phase.STARTING, Phase.RUNNING})


class Machine:
    """The core. Deterministic: the same inputs give the same effects, in the same order."""

    def __init__(self) -> None:
        self._now = -math.inf
        self._settings = Settings()
        self._syncs: dict[int, Sync] = {}
        self._phase = Phase.STARTING
        self._watching = Watching((), self._emit, self)
        self._scheduler = Scheduler((), None)
        self._tunnels = Tunnels((), self._emit, self._next_process)
        self._timetable = Timetable()
        self._effects: list[Effect] = []
        self._acting: int | None = None
        self._owners: dict[int, Sync] = {}
        self._last_process = 0
        self._alarms: list[tuple[float, int]] = []
        self._exit_code = 0
        self._ending: Exit | Reset | None = None
        self._timer: float | None = None
        self._status_due = -math.inf
        self._is_status_stale = False
        self._last_overflow = -math.inf

    def handle(self, happened: i.Input) -> list[Effect]:
        """Take one input; returns what is to be done about it, in order."""
        # A timer may go off a little before its time, and is told of as if in time; what then happens
        # at once must not seem to lie before it.
        self._now = max(self._now, happened.now)
        if self._phase is Phase.CLOSING:
            self._close(happened)
            self._conclude()
        elif self._phase is not Phase.ENDED:
            self._dispatch(happened)
            self._advance()
            self._conclude()
        effects, self._effects = self._effects, []
        return effects

    def _dispatch(self, happened: i.Input) -> None:  # noqa: C901, PLR0912, PLR0915 - one case an input: a closed union
        match happened:
            case i.Started():
                self._on_started(happened)
            case i.WatchRecords(_, records):
                self._watching.on_records(records, self._now)
            case i.DirectoriesScanned(_, ticket, results):
                self._watching.on_scanned(ticket, results)
            case i.SpawnRequested():
                self._on_spawn_requested(happened)
            case i.DiscardRequested(_, sync, delay):
                self._on_discard_requested(sync, delay)
            case i.BlanketRequested(_, sync):
                self._syncs[sync].queue_now(EventType.BLANKET, b"", self._now)
            case i.FullRequested(_, sync, path):
                self._syncs[sync].queue_now(EventType.FULL, path, self._now)
            case i.ExcludeAdded(_, sync, pattern):
                self._syncs[sync].patterns.add_exclude(pattern)
            case i.ExcludeRemoved(_, sync, pattern):
                self._syncs[sync].patterns.remove_exclude(pattern)
            case i.FilterAppended(_, sync, rule):
                self._syncs[sync].patterns.append_filter(rule)
            case i.LimitsChanged(_, sync, delay, max_delays, max_processes):
                self._syncs[sync].set_limits(delay, max_delays, max_processes)
            case i.ActionDone(_, sync):
                self._acting = None
                self._syncs[sync].end_action(self._now)
            case i.PortFound():
                self._tunnels.take(happened)
            case i.ProcessStarted() | i.SpawnFailed() | i.ProcessEnded() if self._tunnels.owns(
                happened.process
            ):
                self._tunnels.take(happened)
            case i.ProcessStarted(_, process, pid):
                self._owners[process].jobs[process].pid = pid
                self._is_status_stale = True
            case i.SpawnFailed(_, process, number):
                self._on_spawn_failed(process, number)
            case i.ProcessEnded(_, process, end):
                self._ask_collect(process, shell_exit_code(end))
            case i.Collected(_, process, verdict):
                self._settle(process, verdict)
            case i.AlarmRequested(_, alarm, at):
                heappush(self._alarms, (at, alarm))
            case i.Tick():
                self._timer = None
                self._run_alarms()
            case i.WallClockRead(_, epoch, offset):
                self._on_wall_clock(self._timetable.read(self._now, epoch, offset))
            case i.FadeRequested(_, signal):
                self._on_fade(signal)
            case i.ResetRequested():
                self._on_reset()
            case i.TerminateRequested(_, code):
                self._end_at_once(code)
            case i.ScriptFailed(_, message):
                self._log("Error", message)
                self._fail()

    # -- life of the daemon ----------------------------------------------------------------------

    def _on_started(self, started: i.Started) -> None:
        self._settings = started.settings
        self._syncs = {config.id: Sync(config) for config in started.syncs}
        syncs = tuple(self._syncs.values())
        self._watching = Watching(syncs, self._emit, self)
        self._scheduler = Scheduler(syncs, started.settings.max_processes)
        used = {config.tunnel for config in started.syncs}
        tunnels = tuple(Tunnel(config, is_used=config.id in used) for config in started.tunnels)
        self._tunnels = Tunnels(tunnels, self._emit, self._next_process)
        self._timetable = Timetable(started.syncs)
        self._is_status_stale = True
        self._status_due = started.now + started.settings.status_interval
        # The Init is queued before anything is watched: every change seen from now on waits for it.
        for sync in syncs:
            if sync.config.has_init:
                sync.queue_now(EventType.INIT, b"", started.now)
        self._watching.start()

    def _on_fade(self, signal: int) -> None:
        if self._phase is Phase.FADING:
            self._signal_children()
            self._end_at_once(self._exit_code)
            return
        self._exit_code = 128 + signal
        self._log("Normal", b"--- %s signal, fading ---" % _SIGNAL_NAMES.get(signal, b"%d" % signal))
        self._wait_for_children(Phase.FADING)

    def _on_reset(self) -> None:
        if self._phase is not Phase.FADING:
            self._log("Normal", b"--- HUP signal, resetting ---")
            self._wait_for_children(Phase.RESETTING)

    def _wait_for_children(self, phase: Phase) -> None:
        self._phase = phase
        count = self._scheduler.processes()
        if count:
            self._log("Normal", b"waiting for %d more child processes." % count)

    def _signal_children(self) -> None:
        if self._owners:
            self._emit(SignalProcesses(tuple(self._owners), SIGTERM))

    def _fail(self) -> None:
        """End against our will, and leave no child that nobody supervises."""
        self._signal_children()
        self._end(FAILURE)

    def _end(self, code: int) -> None:
        self._finish(Exit(code & 0xFF))

    def _end_at_once(self, code: int) -> None:
        self._tunnels.kill()
        self._phase = Phase.ENDED
        self._ending = Exit(code & 0xFF)

    def _finish(self, ending: Exit | Reset) -> None:
        """End, or start over, once no process of a tunnel is left."""
        self._ending, self._phase = ending, Phase.CLOSING
        self._tunnels.close(self._now)

    def _close(self, happened: i.Input) -> None:
        """Nothing but the ends of tunnels matters any more; a second signal does not wait for them."""
        match happened:
            case i.PortFound():
                self._tunnels.take(happened)
            case i.ProcessStarted() | i.SpawnFailed() | i.ProcessEnded() if self._tunnels.owns(
                happened.process
            ):
                self._tunnels.take(happened)
            case i.FadeRequested(_, signal):
                self._end_at_once(128 + signal)
            case i.Tick():
                self._timer = None
            case _:  # what else happens is of no consequence now
                return
        self._tunnels.advance(self._now)

    def _conclude(self) -> None:
        """Ask for the end if it has come, as the last of all effects: nothing after it would be done."""
        if self._phase is Phase.CLOSING and self._tunnels.is_gone:
            self._phase = Phase.ENDED
        if self._phase is Phase.ENDED and self._ending is not None:
            self._emit(self._ending)
        else:
            self._set_timer()

    def _on_wall_clock(self, due: tuple[int, ...]) -> None:
        """Queue a Full for each sync whose crontab is due, unless one waits already (spec 5.2)."""
        for sync in (self._syncs[number] for number in due):
            if sync.needs_full():
                sync.queue_now(EventType.FULL, b"/", self._now)
                self._is_status_stale = True

    # -- what the watching tells (its Observer) --------------------------------------------------

    def changed(self, sync: Sync, change: Change) -> list[Outcome]:
        """Queue a change for a sync."""
        outcomes = sync.observe(change.etype, change.path, change.path2, self._now)
        self._is_status_stale = True
        if "Filter" in self._settings.verbose and not outcomes and sync.covers(change.path):
            self._log("Filter", b"filtered %s on %s" % (change.etype.value.encode(), change.path))
        if "Delay" in self._settings.verbose:
            for outcome in outcomes:
                self._log("Delay", narrate(outcome))
        return outcomes

    def overflowed(self) -> None:
        """Look at the whole tree anew, and let every sync bring its target in line (spec 6.1)."""
        self._log("Normal", b"--- OVERFLOW in event queue ---")
        losers = [sync for sync in self._syncs.values() if sync.needs_repair()]
        if losers:
            self._last_overflow = max(self._now, self._last_overflow + _OVERFLOW_PAUSE)
        for sync in losers:
            sync.queue_repair(self._last_overflow)
        if self._phase is Phase.RUNNING:
            self._phase = Phase.STARTING
        self._watching.start_over()

    def scan_failed(self, failure: ScanFailed) -> None:
        """Say what is not watched and why; without its sources the daemon is of no use."""
        name = errno.errorcode.get(failure.errno, str(failure.errno)).encode()
        if failure.errno == errno.ENOSPC:
            self._log(
                "Error",
                b"Out of inotify watches at %s, after %d directories. Raise the limit: "
                b"sysctl fs.inotify.max_user_watches=N" % (failure.path, len(self._watching.book)),
            )
            self._fail()
            return
        self._log("Error", b"Cannot watch %s (%s): changes in it go unnoticed." % (failure.path, name))
        if any(failure.path == sync.config.source for sync in self._syncs.values()):
            self._fail()

    # -- actions and processes -------------------------------------------------------------------

    def _on_spawn_requested(self, request: i.SpawnRequested) -> None:
        if self._phase in {Phase.FADING, Phase.RESETTING}:
            self._log("Normal", b"ignored process spawning while fading")
            return
        sync = self._syncs[request.sync]
        process = self._last_process + 1
        if not sync.start_job(process, request.delays, is_list=request.is_list):
            self._log("Error", b"spawn() called for an event that is not waiting; nothing was started.")
            return
        self._last_process = process
        self._owners[process] = sync
        self._is_status_stale = True
        self._emit(Spawn(process, request.sync, request.command))

    def _next_process(self) -> int:
        self._last_process += 1
        return self._last_process

    def _on_discard_requested(self, sync: int, delay: int) -> None:
        if not self._syncs[sync].discard(delay, self._now):
            self._log("Error", b"discardEvent() called for an event that is not waiting.")
        self._is_status_stale = True

    def _on_spawn_failed(self, process: int, number: int) -> None:
        if number in _TRANSIENT:
            name = errno.errorcode[number].encode()
            self._log("Warn", b"Cannot start a process now (%s); trying again later." % name)
            self._settle(process, Verdict.AGAIN)
        else:
            self._ask_collect(process, shell_exit_code(Exited(FAILURE)))

    def _ask_collect(self, process: int, exitcode: int) -> None:
        sync = self._owners[process]
        job = sync.jobs[process]
        job.exitcode = exitcode
        numbers = tuple(delay.id for delay in job.delays)
        self._emit(Collect(process, sync.config.id, numbers, job.is_list, exitcode))

    def _settle(self, process: int, verdict: Verdict) -> None:
        sync = self._owners.pop(process)
        settled = sync.finish_job(process, verdict, self._now)
        self._is_status_stale = True
        if settled.given_up:
            self._tell_of_given_up(sync, settled.given_up)
        for created in settled.created:
            if "Delay" in self._settings.verbose:
                self._log("Delay", b"Move splits, it did not happen: %s is created" % created.path)
            self._watching.look_into(sync, sync.config.source + created.path[1:])
        if verdict is Verdict.DIE:
            self._log("Error", b"Critical exitcode.")
            if all(one.is_failed for one in self._syncs.values()):
                self._fail()
            else:
                self._log("Error", b"%s has failed; the other syncs go on." % sync.config.name)

    def _tell_of_given_up(self, sync: Sync, delays: tuple[Delay, ...]) -> None:
        paths = b", ".join(delay.path or b"/" for delay in delays[:_PATHS_IN_A_LINE])
        self._log("Error", b"%s: gave up on %d paths: %s" % (sync.config.name, len(delays), paths))

    # -- going on --------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._phase is Phase.STARTING and self._syncs and not self._watching.is_sweeping:
            self._phase = Phase.RUNNING
            self._status_due = -math.inf  # what it says from now on is of use
        self._watching.on_time(self._now)
        if self._phase in _AT_WORK:
            self._keep_tunnels()
            self._follow_wall_clock()
        if self._phase is Phase.RUNNING:
            self._act()
            self._end_if_finished()
        elif not self._owners:
            self._fade_out()
        self._write_status()

    def _keep_tunnels(self) -> None:
        self._is_status_stale |= self._tunnels.advance(self._now)
        for sync in self._syncs.values():
            sync.is_cut_off = sync.config.tunnel is not None and not self._tunnels.is_up(sync.config.tunnel)

    def _follow_wall_clock(self) -> None:
        if self._now >= self._timetable.next_reading:
            self._timetable.asked()
            self._emit(ReadWallClock())

    def _act(self) -> None:
        if self._acting is not None:
            return
        action = self._scheduler.next_action(self._now)
        if action is not None:
            self._acting = action.sync
            self._syncs[action.sync].begin_action()
            self._emit(action)

    def _run_alarms(self) -> None:
        """Only when the timer goes off: one that sets itself again at once must not shut all else out."""
        while self._phase is Phase.RUNNING and self._alarms and self._alarms[0][0] <= self._now:
            self._emit(RunAlarm(heappop(self._alarms)[1]))

    def _end_if_finished(self) -> None:
        """With `onepass`: all syncs are done and no process runs (spec 2.9)."""
        if not self._settings.onepass or self._owners or self._acting is not None:
            return
        states = {sync.state(onepass=True) for sync in self._syncs.values()}
        if states <= {SyncState.FINISHED, SyncState.FAILED}:
            is_success = SyncState.FAILED not in states and not any(
                sync.ledger for sync in self._syncs.values()
            )
            self._end(0 if is_success else FAILURE)

    def _fade_out(self) -> None:
        if self._phase is Phase.FADING:
            self._end(self._exit_code)
        elif self._phase is Phase.RESETTING:
            self._finish(Reset())

    def _write_status(self) -> None:
        is_due = self._now >= self._status_due or self._ending is not None
        if self._settings.has_status_file and self._is_status_stale and is_due:
            self._is_status_stale = False
            self._status_due = self._now + self._settings.status_interval
            self._emit(WriteStatus(self.report()))

    def _set_timer(self) -> None:
        at = self._next_wakeup()
        if at != self._timer:
            self._timer = at
            self._emit(SetTimer(at))

    def _next_wakeup(self) -> float | None:
        earliest = min(self._wakeups(), default=math.inf)
        return None if earliest == math.inf else earliest

    def _wakeups(self) -> list[float]:
        if self._phase is Phase.CLOSING:
            return [self._tunnels.next_wakeup()]  # nothing else is done any more, see `_close`
        times = []
        if self._phase is Phase.RUNNING:
            if self._acting is None:
                times.append(self._scheduler.next_wakeup())
            if self._alarms:
                times.append(self._alarms[0][0])
        if self._phase in _AT_WORK:
            times += [self._timetable.next_reading, self._tunnels.next_wakeup()]
        if self._watching.book.deadline is not None:
            times.append(self._watching.book.deadline)
        if self._settings.has_status_file and self._is_status_stale:
            times.append(self._status_due)
        return times

    def _log(self, category: str, message: bytes) -> None:
        self._emit(Log(category, message))

    def _emit(self, effect: Effect) -> None:
        self._effects.append(effect)

    # -- queries (spec 2.4) ----------------------------------------------------------------------

    def first_ready(self, sync: int) -> Delay | None:
        """The first delay, in queue order, that waits and is due."""
        return self._syncs[sync].queue.first_ready(self._now)

    def select(self, sync: int, test: Test) -> list[Delay]:
        """All delays that no active or refused one holds back."""
        return self._syncs[sync].queue.select(test, self._now)

    def delay(self, sync: int, delay: int) -> Delay | None:
        """A delay still in the queue, or None."""
        return self._syncs[sync].queue.get(delay)

    def queue(self, sync: int) -> DelayQueue:
        """All delays of the sync, in queue order."""
        return self._syncs[sync].queue

    def excludes(self, sync: int) -> tuple[bytes, ...]:
        """The sync's exclude patterns now."""
        return self._syncs[sync].patterns.excludes

    def filters(self, sync: int) -> tuple[bytes, ...]:
        """The sync's filter rules now."""
        return self._syncs[sync].patterns.filters

    def tunnel_ports(self, tunnel: int) -> tuple[int, ...]:
        """The local ports of a tunnel's processes that are up."""
        return self._tunnels.ports(tunnel)

    def processes_of(self, sync: int) -> int:
        """How many processes the sync runs."""
        return len(self._syncs[sync].jobs)

    def pid_of(self, sync: int, delay: int) -> int | None:
        """The process that works on a delay, or None."""
        return self._syncs[sync].pid_of(delay)

    def processes_running(self) -> int:
        """How many processes all syncs run."""
        return self._scheduler.processes()

    def report(self) -> StatusReport:
        """The daemon as data for the status."""
        book = self._watching.book
        return StatusReport(
            syncs=tuple(sync.report(onepass=self._settings.onepass) for sync in self._syncs.values()),
            watches=len(book),
            watch_lines=tuple(book.watches()) if self._settings.status_watches else (),
            tunnels=self._tunnels.reports(),
        )
