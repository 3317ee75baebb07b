"""Syncs that would delete too much: what is said of them, and what makes them go on (spec 6.3)."""

from __future__ import annotations

from typing import Final

from pylsyncd.core.job import Job
from pylsyncd.core.model import Exited, ProcessEnd, Verdict
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync

_TOO_MUCH: Final = Exited(25)
"""rsync(1), "EXIT VALUES": the --max-delete limit stopped deletions. What counts says the same."""
_COUNTED: Final = frozenset({Exited(0), Exited(23), Exited(24)})
"""Some files could not be read, or have vanished: the run itself will tell."""


def judge(sync: Sync, job: Job, end: ProcessEnd) -> Verdict | None:
    """What the end of a process says of deletions; None: nothing, so `collect` is asked."""
    if sync.config.max_delete is not None and end == _TOO_MUCH:
        return Verdict.HALT
    return Verdict.COUNTED if job.is_count and end in _COUNTED else None


def tell(state: State, sync: Sync) -> None:
    """Say why a sync is halted, and how to make it go on."""
    pid = b"%d" % state.settings.pid if state.settings.pid else b"PID"
    state.log(
        "Error",
        b"%s is halted: it would delete more than %d entries at once (maxDelete). If that is meant: kill "
        b"-USR1 %s. If not, bring back what is missing in %s: it is counted again every %g s."
        % (sync.config.name, sync.config.max_delete or 0, pid, sync.config.source, sync.config.retry_max),
    )


def allow(state: State) -> None:
    """USR1: those that are halted go on."""
    halted = [sync for sync in state.syncs.values() if sync.is_halted]
    for sync in halted:
        sync.allow_deletions()
        state.log("Normal", b"%s goes on: what it would delete is meant to go." % sync.config.name)
        state.is_status_stale = True
    if not halted:
        state.log("Normal", b"USR1 changes nothing: no sync is halted.")
