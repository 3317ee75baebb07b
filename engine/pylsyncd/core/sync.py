"""One sync: its filter, its queue, its slots, and when it may start what."""

from __future__ import annotations

import enum
import math
from typing import Final

from attrs import define, evolve, field

from pylsyncd.core.collapse import touch
from pylsyncd.core.companies import Companies
from pylsyncd.core.delays import DelayQueue, Outcome
from pylsyncd.core.job import WHOLE, Job
from pylsyncd.core.missed import Missed
from pylsyncd.core.model import Clearance, Content, Delay, DelayStatus, EventType, SyncConfig
from pylsyncd.core.patterns import Patterns
from pylsyncd.core.report import DelayReport, FailureReport, ProcessReport, SyncReport, UnwatchedReport
from pylsyncd.core.settling import Event, Settling

_PAST: Final = -math.inf

_STALL: Final = 1.0
"""Seconds after which an action that neither spawned nor discarded is asked again."""
_LEAST_DOUBT: Final = 60.0
_MOST_DOUBT: Final = 3600.0
"""Seconds until a run over the whole tree is repeated that may have brought over what nobody has told of."""


class SyncState(enum.Enum):
    """How a sync fares; the values are shown in the status file."""

    RUNNING = "running"
    DEGRADED = "degraded"
    """Some paths are known not to be in line with the target, or are not watched."""
    WAITING = "waiting for its source"
    """Its source is not there; nothing runs for it meanwhile."""
    HALTED = "halted"
    """It would delete more than `maxDelete`; nothing is brought until that is allowed."""
    FAILED = "failed"
    """A process ended with a code that means `die`; nothing runs for this sync any more."""
    FINISHED = "finished"
    """Its start-up is done and `onepass` is set."""


TOP: Final = b"/"
"""The source itself, as a path below it."""


@define(eq=False)
class Sync:
    """State of one `sync{}`; all times are monotonic seconds and come in as arguments."""

    config: SyncConfig
    patterns: Patterns = field(init=False)
    queue: DelayQueue = field(init=False)
    settling: Settling = field(init=False)
    jobs: dict[int, Job] = field(factory=dict)
    failures: int = 0
    """Processes in a row that ended with `again`."""
    hold_until: float = -math.inf
    stalled_until: float = -math.inf
    is_done_once: bool = False
    """Its first event was brought to the target (what `onepass` waits for)."""
    is_failed: bool = False
    is_cut_off: bool = False
    """Its tunnel is not up: nothing new may start (spec 5.1)."""
    ledger: dict[bytes, FailureReport] = field(factory=dict)
    """Paths that were given up, and why."""
    is_halted: bool = False
    """It would delete too much."""
    is_away: bool = False
    """Its source is not there."""
    is_draining: bool = False
    """The daemon is about to end: nothing waits for its delay."""
    is_held: bool = False
    """A new configuration is about to take over: nothing new may start."""
    is_unwatched: bool = False
    """HUP has brought it, and its directories are not all watched yet: its start-up would be too early."""
    _missed: Missed = field(factory=Missed)
    last_run: float = -math.inf
    """When the last run over the whole tree ended."""
    _last_doubt: float = -math.inf
    _doubt_pause: float = 0.0
    _progress: bool = False
    companies: Companies = field(init=False)
    owes_start_up: bool = False
    """The start-up went through in part, and a Full is to bring the rest."""

    def __attrs_post_init__(self) -> None:
        config = self.config
        self.patterns = Patterns(config.excludes, config.filters)
        self.queue = DelayQueue(
            combine=config.collapse, max_delays=config.max_delays, overtakes=config.as_lsyncd
        )
        self.settling = Settling(self.queue, config.settle)
        self.companies = Companies(self.queue)

    # -- what happens in the source --------------------------------------------------------------

    def covers(self, path: bytes) -> bool:
        """Whether an absolute path lies in the source; the source itself does not."""
        source = self.config.source
        if not path.startswith(source) or len(path) == len(source):
            return False
        return self.config.subdirs or b"/" not in path[len(source) : -1]

    def hides(self, path: bytes) -> bool:
        """Whether the filters or excludes hide an absolute path below the source."""
        return self.patterns.hides(self._relative(path))

    def wants_watch(self, path: bytes) -> bool:
        """Whether a directory (absolute, trailing slash) is to be watched for this sync."""
        if path == self.config.source:
            return True
        return self.config.subdirs and self.covers(path) and not self.hides(path)

    def wants_all_in(self, path: bytes) -> bool:
        """Whether all directories in this one are to be watched, whatever their names are."""
        return self.config.subdirs and self.patterns.hide_nothing and path.startswith(self.config.source)

    def observe(
        self,
        etype: EventType,
        path: bytes,
        path2: bytes | None,
        now: float,
        content: Content = Content.UNKNOWN,
    ) -> list[Outcome]:
        """Queue a change of absolute paths, as far as it concerns this sync (spec 3.1, 3.2)."""
        if self.is_failed or self.is_away:
            return []
        seen = self.covers(path) and not self.hides(path)
        if path2 is None:
            return self._queue(etype, path, now, content) if seen else []
        if not (self.covers(path2) and not self.hides(path2)):
            return self._queue(EventType.DELETE, path, now) if seen else []
        if not seen:
            return self._queue(EventType.CREATE, path2, now)
        return self._queue_move(self._relative(path), self._relative(path2), now)

    def observe_file(self, etype: EventType, path: bytes, now: float, content: Content) -> None:
        """The same for a file of which is known that it lies in the source, and in nothing that is hidden."""
        if self.is_failed or self.is_away:
            return
        config = self.config
        below = path[len(config.source) - 1 :]
        if self.patterns.hit(below):
            return
        if config.settle or self.is_draining:
            self._add(etype, below, None, now, content)
            return
        self.stalled_until = _PAST
        self.queue.add(etype, below, None, now + config.delay)

    def _queue_move(self, path: bytes, path2: bytes, now: float) -> list[Outcome]:
        """Queue a Move, or the two halves of one that is not to be, or cannot be, made at the target."""
        if self._settles:
            self.settling.follow(path, path2, now)
        is_kept = self.config.keeps_moves and not self._is_doubtful(path, now)
        if is_kept and not self.settling.is_new(path2):
            outcomes = self._add(EventType.MOVE, path, path2, now)
            self.settling.hold_back(path2)  # as half of a Move it may have got into the queue
            return outcomes
        return [
            *self._add(EventType.DELETE, path, None, now),
            *self._add(EventType.CREATE, path2, None, now, Content.MOVED),
        ]

    def _is_doubtful(self, path: bytes, now: float) -> bool:
        """Whether the target may have something else there, so that a Move would move that."""
        is_given_up = not self.config.as_lsyncd and any(touch(one, path) for one in self.ledger if one)
        return is_given_up or self._missed.concerns(path, now)

    def _queue(
        self, etype: EventType, path: bytes, now: float, content: Content = Content.UNKNOWN
    ) -> list[Outcome]:
        return self._add(etype, self._relative(path), None, now, content)

    def _add(
        self,
        etype: EventType,
        path: bytes,
        path2: bytes | None,
        now: float,
        content: Content = Content.UNKNOWN,
    ) -> list[Outcome]:
        self.stalled_until = -math.inf
        alarm = now if self.is_draining else now + self.config.delay
        if self.config.settle and self._settles:
            return self.settling.add(Event(etype, path, path2, alarm), content, now)
        return self.queue.add(etype, path, path2, alarm)

    @property
    def _settles(self) -> bool:
        return self.config.settle > 0 and not self.is_draining

    def settle(self, now: float) -> list[Outcome]:
        """Queue what has happened to files that have settled by now."""
        if self.settling.next_wakeup > now:
            return []
        self.stalled_until = -math.inf
        return self.settling.settle(now)

    def miss(self, path: bytes, now: float) -> None:
        """A process did not find, or bring, what is at a path: it may have moved."""
        if self.config.keeps_moves and not self.config.as_lsyncd:
            self._missed.note(path, now)

    def _relative(self, path: bytes) -> bytes:
        return path[len(self.config.source) - 1 :]

    def queue_now(self, etype: EventType, path: bytes, at: float) -> None:
        """Queue an Init, Blanket or Full, which are ready without a delay (spec 3.4)."""
        self.stalled_until = -math.inf
        self.queue.add(etype, path, None, at)

    def needs_full(self) -> bool:
        """Whether the whole tree is not to be transferred anyway."""
        return not self.is_failed and not any(
            one.etype in WHOLE and one.status is not DelayStatus.ACTIVE for one in self.queue
        )

    def set_limits(self, delay: float, max_delays: int, max_processes: int) -> None:
        """Change what counts from the next event, and the next look for something to do, on."""
        self.config = evolve(self.config, delay=delay, max_delays=max_delays, max_processes=max_processes)
        self.queue.max_delays = max_delays

    def needs_repair(self) -> bool:
        """Whether lost events call for a run over the whole tree, and none waits behind all others already.

        One that runs already may have passed by what was lost; behind one that waits stand events that
        may undo what it brings, such as the Delete of what was created again.
        """
        can_repair = self.config.has_full or self.config.has_init
        is_left_to_next_start = self.is_draining and self.config.has_init
        if not can_repair or is_left_to_next_start:
            return False
        last = self.queue.newest if len(self.queue) else None
        return last is None or last.status is DelayStatus.ACTIVE or not self._repairs(last)

    def _repairs(self, delay: Delay) -> bool:
        if delay.etype is EventType.FULL:
            return self.config.has_full and delay.path == TOP
        return delay.etype is EventType.INIT

    def queue_repair(self, at: float) -> None:
        """Queue a run over the whole tree: a Full if possible, as that holds nothing up (spec 6.1).

        It takes the place of an older one that has not begun, so that there are never many.
        """
        for older in [one for one in self.queue if self._is_outdated_repair(one)]:
            at = min(at, older.alarm)
            self.queue.remove(older)
        if self.config.has_full:
            self.queue_now(EventType.FULL, TOP, at)
        else:
            self.queue_now(EventType.INIT, b"", at)

    def doubt_run(self, since: float, now: float) -> None:
        """Names have come and gone unseen since then; a run over the whole tree at that time is made up for.

        In a tree that never rests, less and less often.
        """
        is_running = any(job.carries_start_up for job in self.jobs.values())
        if self.is_failed or self.is_away or not (is_running or self.last_run >= since):
            return
        if not self.needs_repair():
            return
        is_again = now - self._last_doubt <= 2 * self._doubt_pause
        self._doubt_pause = min(2 * self._doubt_pause, _MOST_DOUBT) if is_again else _LEAST_DOUBT
        self._last_doubt = now + self._doubt_pause
        self.queue_repair(now + self._doubt_pause)

    def come_back(self, now: float) -> None:
        """Go on: its source is there again, and watched.

        What waits is of the old tree, half of it deletions by whoever removed that: a run over the whole
        tree takes its place, if there is one. A start-up that has not begun is one.
        """
        self.is_away = False
        if not self.config.repairs:
            return
        self.settling.clear()
        self.is_halted = False
        for delay in self.queue:
            if delay.status is not DelayStatus.ACTIVE and delay.etype is not EventType.INIT:
                self.queue.remove(delay)
        self.hold_until = self.stalled_until = -math.inf
        if self.needs_repair():
            self.queue_repair(now)

    def _is_outdated_repair(self, delay: Delay) -> bool:
        is_start_up = delay.etype is EventType.INIT and delay.before is None
        return (
            self._repairs(delay)
            and not is_start_up
            and delay.tries == 0
            and delay.status is not DelayStatus.ACTIVE
        )

    # -- actions ---------------------------------------------------------------------------------

    def next_action(self, now: float) -> Delay | None:
        """The delay to act on at `now`, if the sync has a free slot and does not pause."""
        if not self._has_slot() or now < self.hold_until or now < self.stalled_until:
            return None
        delay = self.queue.first_ready(now)
        # A start-up is begun anew by the next start; behind it everything else waits.
        is_left = self.is_draining and delay is not None and delay.etype is EventType.INIT
        return None if is_left else delay

    def next_wakeup(self) -> float:
        """When `next_action` may have something; infinity: not before something happens."""
        if not self._has_slot():
            return math.inf
        return max(self.queue.next_due(), self.hold_until, self.stalled_until)

    def _has_slot(self) -> bool:
        if self.is_failed or self.is_cut_off or self.is_away or self.is_held or self.is_unwatched:
            return False
        return len(self.jobs) < self.config.max_processes

    @property
    def may_go_on(self) -> bool:
        """Whether work that has begun may be gone on with by further processes."""
        is_held_up = self.is_cut_off or self.is_away or self.is_held
        return not (self.is_failed or self.is_draining or is_held_up)

    def begin_action(self) -> None:
        """The sync's Lua function is about to be called."""
        self._progress = False

    def end_action(self, now: float) -> None:
        """It has returned; if it did nothing it is not asked again at once (spec notes, spinning)."""
        if not self._progress:
            self.stalled_until = now + max(self.config.delay, _STALL)

    def start_job(
        self, process: int, numbers: tuple[int, ...], *, is_list: bool, is_count: bool = False
    ) -> bool:
        """Mark delays active for a process; False, and nothing done, if one of them is not free."""
        delays = tuple(self.queue.get(number) for number in numbers)
        free = [one for one in delays if one is not None and one.status is not DelayStatus.ACTIVE]
        if not delays or len(free) != len(delays):
            return False
        for delay in free:
            self.queue.activate(delay)
        self.jobs[process] = Job(tuple(free), is_list, is_count)
        self._progress = True
        return True

    def discard(self, number: int, now: float, *, is_missed: bool = False) -> bool:
        """Drop a waiting delay; False if it does not wait."""
        delay = self.queue.get(number)
        if delay is None or delay.status is not DelayStatus.WAIT:
            return False
        is_init = delay.etype is EventType.INIT
        if self.queue.discard(delay) is None and is_init:
            self.is_done_once = True
        if is_missed:
            self.miss(delay.path, now)
        self._progress = True
        return True

    # -- the end ---------------------------------------------------------------------------------

    def drain(self, now: float) -> None:
        """Make everything due at `now`; what had failed gets one more try."""
        self.is_draining = True
        self.settling.release_all()
        self.hold_until = self.stalled_until = -math.inf
        if self.config.has_init:
            for delay in self.queue:
                if delay.etype is EventType.FULL and delay.status is not DelayStatus.ACTIVE:
                    self.queue.remove(delay)  # the next start does the same
        self.queue.hurry(now)

    def left_over(self) -> list[Delay]:
        """The changes that are in the queue; the next start does a start-up anyway."""
        return [delay for delay in self.queue if delay.path and delay.etype not in WHOLE]

    def allow_deletions(self) -> None:
        """Whatever waits may delete as much as it takes; what comes later is counted again."""
        self.is_halted, self.hold_until = False, -math.inf
        for delay in self.queue:
            if delay.status is not DelayStatus.ACTIVE:
                delay.clearance = Clearance.ALLOWED

    def pid_of(self, number: int) -> int | None:
        """The process that works on a delay, or None."""
        return next((job.pid for job in self.jobs.values() if job.pid and job.has(number)), None)

    # -- status ----------------------------------------------------------------------------------

    def state(self, *, onepass: bool) -> SyncState:
        """How the sync fares."""
        if self.is_failed:
            return SyncState.FAILED
        if self.is_away:
            return SyncState.WAITING
        if onepass and self.is_done_once:
            return SyncState.FINISHED
        if self.is_halted:
            return SyncState.HALTED
        return SyncState.DEGRADED if self.ledger else SyncState.RUNNING

    def rules(self) -> tuple[bytes, ...]:
        """The filters in order, then `- pattern` for each exclude (spec 2.4)."""
        return (*self.patterns.filters, *(b"- " + pattern for pattern in self.patterns.excludes))

    def report(self, now: float, *, onepass: bool, unwatched: UnwatchedReport) -> SyncReport:
        """The sync as data for the status."""
        state = self.state(onepass=onepass)
        if unwatched.count and state is SyncState.RUNNING:
            state = SyncState.DEGRADED
        return SyncReport(
            name=self.config.name,
            source=self.config.source,
            state=state.value,
            delays=tuple(_report(one, now) for one in self.queue),
            rules=self.rules(),
            processes=tuple(ProcessReport(job.pid, now - job.since) for job in self.jobs.values() if job.pid),
            failures=tuple(self.ledger.values()),
            unwatched=unwatched,
            monitor=self.config.monitor.value,
            halted=b"it would delete more than %d entries at once (maxDelete)" % (self.config.max_delete or 0)
            if self.is_halted
            else b"",
            settling=self.settling.report(),
        )


def _report(delay: Delay, now: float) -> DelayReport:
    return DelayReport(
        delay.status.value,
        delay.etype.value,
        delay.path,
        delay.path2,
        delay.tries,
        delay.exitcode,
        delay.alarm - now,
    )
