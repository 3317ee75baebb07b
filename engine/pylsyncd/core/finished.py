"""What becomes of the delays of a process that has ended: done, tried again, given up or split (spec 6.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from pylsyncd.core.job import Job, parts
from pylsyncd.core.model import Clearance, Delay, DelayStatus, EventType, Verdict
from pylsyncd.core.report import FailureReport
from pylsyncd.core.retry import pause
from pylsyncd.core.sync import TOP, Sync

NO_PARTS: Final[Mapping[int, Verdict]] = MappingProxyType({})
"""One verdict on all."""


@frozen
class Settled:
    """What became of the delays of a finished process, as far as others have to know."""

    given_up: tuple[Delay, ...] = ()
    created: tuple[Delay, ...] = ()
    """The destinations of Moves that did not happen on the target."""


def finish(
    sync: Sync, process: int, verdict: Verdict, now: float, each: Mapping[int, Verdict] = NO_PARTS
) -> Settled:
    """Settle the delays of a finished process: by the verdict on it, or by that on each."""
    job = sync.jobs.pop(process)
    sync.stalled_until = -math.inf
    if job.carries_start_up and not job.is_count:
        sync.last_run = now
    if not each:
        return _conclude(sync, job, verdict, now)
    settled = [_conclude(sync, part, of_part, now) for part, of_part in parts(job, verdict, each)]
    return Settled(
        tuple(delay for one in settled for delay in one.given_up),
        tuple(delay for one in settled for delay in one.created),
    )


def _conclude(sync: Sync, job: Job, verdict: Verdict, now: float) -> Settled:
    job.note_exitcode()
    match verdict:
        case Verdict.DONE:
            return _divided(sync, _settle(sync, job, now))
        case Verdict.SPLIT:
            return _divided(sync, _split_moves(sync, job, now))
        case Verdict.PARTIAL:
            return Settled(given_up=_try_rest_again(sync, job, now, sync.config.retries))
        case Verdict.APART:
            _try_rest_again(sync, job, now, math.inf)
        case Verdict.AGAIN:
            _try_again(sync, job, now)
        case Verdict.COUNTED | Verdict.HALT:
            _count(sync, job, now, is_too_much=verdict is Verdict.HALT)
        case Verdict.DIE:
            _fail(sync, job, now)
    return Settled()


def _count(sync: Sync, job: Job, now: float, *, is_too_much: bool) -> None:
    """Nothing was brought over: it goes on from here, or is counted again later."""
    sync.is_halted = is_too_much
    if is_too_much:
        sync.hold_until = now + sync.config.retry_max
    for delay in job.delays:
        delay.clearance = Clearance.DOUBTFUL if is_too_much else Clearance.COUNTED
        sync.queue.put_back(delay)


def _fail(sync: Sync, job: Job, now: float) -> None:
    sync.is_failed = True
    for delay in job.delays:
        sync.queue.retry(delay, now)  # nobody works on it any more
    _remember(sync, job.delays, b"its process ended with a critical exit code")


def _divided(sync: Sync, created: tuple[Delay, ...]) -> Settled:
    """The destinations of Moves that were split; a file that somebody still writes waits, as it did."""
    for delay in created:
        sync.settling.hold_back(delay.path)
    return Settled(created=created)


def _settle(sync: Sync, job: Job, now: float) -> tuple[Delay, ...]:
    sync.failures, sync.is_halted = 0, False
    sync.hold_until = -math.inf
    sync.owes_start_up &= not job.carries_start_up
    sync.is_done_once |= not sync.owes_start_up
    if job.carries_start_up and not job.is_count:
        sync.ledger.clear()
    for delay in job.delays:
        sync.ledger.pop(delay.path, None)
        sync.queue.remove(delay)
        if job.exitcode and sync.config.has_full:  # actions of a config get their Moves, whatever failed
            sync.miss(delay.path, now)
    is_doubtful = job.carries_start_up and not sync.config.as_lsyncd
    return _split_overtaken_moves(sync) if is_doubtful else ()


def _split_overtaken_moves(sync: Sync) -> tuple[Delay, ...]:
    """After a run over the whole tree nobody knows what the target has at the ends of a Move that waits.

    The run may have seen the tree before it, after it, or in part before and in part after it.
    """
    waiting = (DelayStatus.WAIT, DelayStatus.BLOCK)
    moves = [one for one in sync.queue if one.etype is EventType.MOVE and one.status in waiting]
    return tuple(map(sync.queue.split, moves))


def _try_again(sync: Sync, job: Job, now: float) -> None:
    sync.failures += 1
    tries = sync.failures if job.carries_all else 1 + max(delay.tries for delay in job.delays)
    alarm = now + _pause(sync, tries)
    if job.carries_all or sync.config.as_lsyncd:
        sync.hold_until = alarm
    for delay in job.delays:
        sync.queue.retry(delay, alarm)


def _try_rest_again(sync: Sync, job: Job, now: float, retries: float) -> tuple[Delay, ...]:
    """Part of it failed: the target is there, so nothing but these delays is held back."""
    sync.failures = 0
    sync.hold_until = -math.inf
    if job.is_list and sync.companies.part(job.delays, now + _pause(sync, 1)):
        return ()
    given_up = tuple(delay for delay in job.delays if delay.tries >= retries)
    for delay in job.delays:
        alarm = now + _pause(sync, delay.tries + 1)
        if delay in given_up:
            sync.queue.remove(delay)
        elif delay.etype is EventType.INIT and sync.config.has_full:
            _try_rest_of_start_up_again(sync, delay, alarm)
        else:
            sync.queue.retry(delay, alarm)
    if given_up and job.carries_start_up:
        sync.owes_start_up, sync.is_done_once = False, True
    _remember(sync, given_up, b"given up after %d tries" % (sync.config.retries + 1))
    return given_up


def _try_rest_of_start_up_again(sync: Sync, init: Delay, alarm: float) -> None:
    """Queue a Full in its place: one bad file at start-up must not hold back all that happens since."""
    sync.queue.remove(init)
    sync.owes_start_up = True
    sync.queue.add(EventType.FULL, TOP, None, alarm)
    sync.queue.newest.tries = init.tries + 1
    sync.queue.newest.clearance = init.clearance
    sync.queue.newest.doubt()
    sync.queue.put_back(sync.queue.newest)  # now as one that was tried


def _split_moves(sync: Sync, job: Job, now: float) -> tuple[Delay, ...]:
    """Moves become Deletes and Creates; whatever else the process was for is tried again."""
    for delay in job.delays:
        if delay.etype is not EventType.MOVE:
            sync.queue.retry(delay, now + _pause(sync, delay.tries + 1))
    return tuple(sync.queue.split(delay) for delay in job.delays if delay.etype is EventType.MOVE)


def _remember(sync: Sync, delays: tuple[Delay, ...], why: bytes) -> None:
    for delay in delays:
        sync.ledger[delay.path] = FailureReport(delay.path, why, delay.exitcode, delay.tries + 1)


def _pause(sync: Sync, tries: int) -> float:
    config = sync.config
    tries = 1 if config.as_lsyncd else tries
    return pause(tries, delay=config.delay, retry_max=config.retry_max, seed=config.name)
