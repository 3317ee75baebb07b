"""What has to hold after every step of the core, whatever has happened."""

from __future__ import annotations

from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Delay, DelayStatus
from pylsyncd.core.sync import Sync
from pylsyncd.migrate.world.daemon import VirtualDaemon
from simulation.processes import ModelProcesses


class InvariantError(AssertionError):
    """The core is in a state that it must never be in."""


def check(daemon: VirtualDaemon, processes: ModelProcesses) -> None:
    """Raises InvariantError."""
    machine = daemon.machine
    syncs = machine._state.syncs.values()
    for sync in syncs:
        _check_queue(sync.queue)
        _check_jobs(sync)
    jobs = {number for sync in syncs for number in sync.jobs}
    _require(jobs == set(machine._state.owners), "each job has an owner")
    limit = daemon.loaded.settings.max_processes
    _require(limit is None or len(jobs) <= limit, "not more processes than allowed in all")
    _require(set(processes.at_work) <= jobs or not syncs, "each process belongs to a job")


def _check_queue(queue: DelayQueue) -> None:
    for delay in queue:
        on = delay.blocked_by
        if on is None:
            _require(delay.status is not DelayStatus.BLOCK, f"{_name(delay)} waits for something")
            continue
        _require(queue.get(on.id) is on, f"{_name(delay)} waits for what is in the queue")
        _require(on.position < delay.position, f"{_name(delay)} waits for what is older")
        _require(on.blocks.get(delay.position) is delay, f"what {_name(delay)} waits for knows of it")
        _require(delay.status is not DelayStatus.WAIT, f"{_name(delay)} does not go yet")


def _check_jobs(sync: Sync) -> None:
    working = {delay.id: number for number, job in sync.jobs.items() for delay in job.delays}
    active = {delay.id for delay in sync.queue if delay.status is DelayStatus.ACTIVE}
    _require(
        active == set(working), f"active are those {sorted(active)} that are worked on {sorted(working)}"
    )
    alone = [job for job in sync.jobs.values() if job.team is None]
    _require(len(alone) <= sync.config.max_processes, "not more processes than allowed")
    teams = {id(job.team): job.team for job in sync.jobs.values() if job.team is not None}
    for team in teams.values():
        at_work = sum(job.team is team for job in sync.jobs.values())
        is_judged = team.running == 0 and at_work == 1 and not team.waiting
        _require(team.running == at_work or is_judged, "a team knows how many of it run")
    for delay in sync.queue:
        on = delay.blocked_by
        if delay.status is DelayStatus.ACTIVE and on is not None:
            _require(working.get(on.id) == working[delay.id], f"{_name(delay)} does not overtake {_name(on)}")


def _name(delay: Delay) -> str:
    return f"{delay.etype.value} {delay.path.decode('latin-1')} #{delay.id}"


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - it is the condition
    if not holds:
        message = f"it does not hold that {what}"
        raise InvariantError(message)
