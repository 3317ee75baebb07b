"""Processes that work for syncs: what starts one, and what becomes of its events when it has ended."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Final

from attrs import evolve

from pylsyncd.core import halting
from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Collect, Spawn
from pylsyncd.core.finished import NO_PARTS, finish
from pylsyncd.core.life import FAILURE
from pylsyncd.core.model import Delay, Exited, Killed, ProcessEnd, Verdict, shell_exit_code
from pylsyncd.core.state import State
from pylsyncd.core.sync import Sync
from pylsyncd.core.team import Team

_TRANSIENT: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""Spawn failures that pass: the events wait and are tried again, whatever `collect` would say."""
_PATHS_IN_A_LINE: Final = 10


class Jobs:
    """The processes of all syncs; `look_into` is asked to tell a sync again what a directory holds.

    `doubt` is told of syncs whose processes fail: their source may be gone. `acts` says whether syncs may be
    at work.
    """

    def __init__(
        self,
        state: State,
        look_into: Callable[[Sync, bytes], None],
        doubt: Callable[[Sync], None],
        acts: Callable[[], bool],
    ) -> None:
        self._state = state
        self._look_into = look_into
        self._doubt = doubt
        self._acts = acts

    def request(self, request: i.SpawnRequested) -> None:
        """A user's action called `spawn`."""
        state, sync = self._state, self._state.syncs[request.sync]
        process = state.last_process + 1
        is_list, is_count = request.is_list, request.is_count
        if not sync.start_job(process, request.delays, is_list=is_list, is_count=is_count):
            state.log("Error", b"spawn() called for an event that is not waiting; nothing was started.")
            return
        if request.rest:
            sync.jobs[process].team = Team(list(request.rest))
        state.last_process = process
        state.owners[process] = sync
        state.is_status_stale = True
        state.emit(Spawn(process, request.sync, request.command))

    def discard(self, request: i.DiscardRequested) -> None:
        """An action gave up an event."""
        sync = self._state.syncs[request.sync]
        if not sync.discard(request.delay, self._state.now, is_missed=request.is_missed):
            self._state.log("Error", b"discardEvent() called for an event that is not waiting.")
        self._state.is_status_stale = True

    def started(self, process: int, pid: int) -> None:
        """It runs."""
        job = self._state.owners[process].jobs[process]
        job.pid, job.since = pid, self._state.now
        self._state.is_status_stale = True

    def spawn_failed(self, process: int, number: int) -> None:
        """There is no such process."""
        if number not in _TRANSIENT:
            self.ended(process, Exited(FAILURE))
            return
        name = errno.errorcode[number].encode()
        self._state.log("Warn", b"Cannot start a process now (%s); trying again later." % name)
        team = self._team_of(process)
        if team is None:
            self.settle(process, Verdict.AGAIN)
        else:
            team.lose()
            self._go_on(process, team)

    def ended(self, process: int, end: ProcessEnd) -> None:
        """Judge its end, unless others are at the same work."""
        team = self._team_of(process)
        if team is None:
            self._judge(process, end)
        else:
            team.leave(end)
            self._go_on(process, team)

    def _team_of(self, process: int) -> Team | None:
        return self._state.owners[process].jobs[process].team

    def _go_on(self, process: int, team: Team) -> None:
        """Start those of a team that wait; when the last one has ended, judge the work of all."""
        state, sync = self._state, self._state.owners[process]
        if team.waiting and not (self._acts() and sync.may_go_on):
            team.cut_short()
        if team.waiting or team.running:
            job = sync.jobs.pop(process)
            del state.owners[process]
            for command in team.take(state.scheduler.room()):
                number = state.next_process()
                sync.jobs[number], state.owners[number] = evolve(job, pid=0), sync
                state.emit(Spawn(number, sync.config.id, command))
            state.is_status_stale = True
        elif team.is_cut_short:
            self.settle(process, Verdict.AGAIN)
        else:
            self._judge(process, team.end)

    def _judge(self, process: int, end: ProcessEnd) -> None:
        """Ask Lua what its end means; of one that we have ended, or whose source has gone, we know it."""
        sync = self._state.owners[process]
        if end != Exited(0) and (process in self._state.signalled or sync.is_away):
            self.settle(process, Verdict.AGAIN)
            return
        if end != Exited(0):
            self._doubt(sync)
        job = sync.jobs[process]
        verdict = halting.judge(sync, job, end)
        if verdict is not None:
            self.settle(process, verdict)
            return
        job.exitcode = shell_exit_code(end)
        if sync.config.as_lsyncd and isinstance(end, Killed):
            job.exitcode = 0
        numbers = tuple(delay.id for delay in job.delays)
        self._state.emit(
            Collect(process, sync.config.id, numbers, job.is_list, job.exitcode, answer=end.answer)
        )

    def settle(self, process: int, verdict: Verdict, each: Mapping[int, Verdict] = NO_PARTS) -> bool:
        """Do what Lua said, of all or of each; False when no sync is left that could do anything."""
        state = self._state
        sync = state.owners.pop(process)
        if verdict is Verdict.DONE and sync.jobs[process].is_count:
            verdict = Verdict.AGAIN  # whatever `collect` says: nothing was brought
        is_news = verdict is Verdict.HALT and not sync.is_halted
        settled = finish(sync, process, verdict, state.now, each)
        state.is_status_stale = True
        if is_news:
            halting.tell(state, sync)
        if settled.given_up:
            self._tell_of_given_up(sync, settled.given_up)
        for created in settled.created:
            if "Delay" in state.settings.verbose:
                state.log("Delay", b"Move splits, it did not happen: %s is created" % created.path)
            self._look_into(sync, sync.config.source + created.path[1:])
        return verdict is not Verdict.DIE or self._goes_on_without(sync)

    def _goes_on_without(self, sync: Sync) -> bool:
        self._state.log("Error", b"Critical exitcode.")
        if sync.config.as_lsyncd or all(one.is_failed for one in self._state.syncs.values()):
            return False
        self._state.log("Error", b"%s has failed; the other syncs go on." % sync.config.name)
        return True

    def _tell_of_given_up(self, sync: Sync, delays: tuple[Delay, ...]) -> None:
        paths = b", ".join(delay.path or b"/" for delay in delays[:_PATHS_IN_A_LINE])
        line = b"%s: gave up on %d paths: %s" % (sync.config.name, len(delays), paths)
        self._state.log("Error", line)
