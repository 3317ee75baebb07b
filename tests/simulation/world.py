"""Plays a plan: the real core and the real Lua in simulated files, with a target that is brought in line."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Final

from attrs import Factory, define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect
from pylsyncd.migrate.spawnlog import Finished
from pylsyncd.migrate.world.daemon import Circumstances, VirtualDaemon
from pylsyncd.migrate.world.files import Files, Node
from pylsyncd.options import Options
from simulation import plan as p
from simulation.changes import Changer
from simulation.invariants import check
from simulation.loop import TurningLoop
from simulation.monitor import FaultyMonitor
from simulation.processes import ModelProcesses
from simulation.reconfigure import reconfigured

_START: Final = 1_767_571_200.0
_PATIENCE: Final = 8 * 3600.0
"""Seconds behind the last act after which all must be at rest: every pause between tries is far shorter."""
_SCAN_PATIENCE: Final = 3.0
"""Seconds after which an act that was to happen in a scan happens without one."""

_TERMINATED: Final = 128 + 15


class RestlessError(AssertionError):
    """Something waits, and goes on waiting."""


class EndError(AssertionError):
    """The daemon has ended, and nobody told it to."""


class _AtRest(BaseException):
    """Nothing is left to happen."""


class _Crashed(BaseException):
    """The daemon was killed."""


@define(eq=False)
class WatchedDaemon(VirtualDaemon):
    """A `VirtualDaemon` whose every step is looked at."""

    on_step: Callable[[i.Input, list[Effect]], None] = field(kw_only=True)

    def _note(self, happened: i.Input, effects: list[Effect]) -> None:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        super()._note(happened, effects)
        self.on_step(happened, effects)


@define(eq=False)
class World:
    """All that there is: files, one daemon at a time, and the plan; `play` is called once."""

    plan: p.Plan
    config: bytes
    """The path of a file that holds the plan's config."""
    text: str = field(init=False)
    """The plan's config, as far as it has been changed."""
    changer: Changer = field(
        default=Factory(lambda self: Changer(keeps_names="hard_links" in self.plan.config), takes_self=True)
    )
    daemon: VirtualDaemon = field(init=False)
    loop: TurningLoop = field(init=False)
    processes: ModelProcesses = field(init=False)
    monitor: FaultyMonitor | None = None
    on_step: Callable[[World, i.Input, list[Effect]], None] = lambda _world, _happened, _effects: None
    """Is shown each input of the core and its answer, when both have been checked."""
    on_act: Callable[[float, p.Act], None] = lambda _now, _act: None
    """Is shown each act of the plan when it happens."""
    on_rest: Callable[[World], Sequence[p.Act]] = lambda _world: ()
    """Is asked what is to happen when all is at rest."""
    watched: dict[int, Node] = field(factory=dict)
    """What the kernel watches in the end, by descriptor."""
    starts: int = 0
    _acts: deque[p.Act] = field(factory=deque)
    _agenda: list[tuple[float, int, Callable[[], object]]] = field(factory=list)
    _numbers: count[int] = field(factory=count)
    _is_down: bool = True
    _turns_left: int = 0
    _awaits_scan: bool = False
    _pause: int = 0
    """The number of the pause that is being made, so that only one thing ends it."""
    _downtime: float | None = None
    _over_at: float | None = None

    @property
    def files(self) -> Files:
        """Source and target, and what lies beside them."""
        return self.changer.files

    def play(self) -> None:
        """Until all is at rest. Raises AssertionError where something is wrong on the way."""
        self._prepare()
        self.loop = TurningLoop(lambda: None)
        while True:
            self._new_daemon()
            try:
                self.daemon.run()
                self._check_end()
            except _AtRest:
                return
            except _Crashed:
                self._stay_down()

    # -- the daemon's life -----------------------------------------------------------------------

    def _prepare(self) -> None:
        self.text = self.plan.config
        for change in self.plan.given:
            self._change(change)
        self._acts.extend(self.plan.acts)

    def _new_daemon(self) -> None:
        self.starts += 1
        now = self.loop.now
        self.loop = TurningLoop(self._on_idle, now, now, on_turn=self._on_turn)
        self.processes = ModelProcesses(self.loop, files=self.files, later=self.later)
        self.daemon = WatchedDaemon(
            Circumstances(Options(config=self.config), _START),
            self._on_idle,
            files=self.files,
            loop=self.loop,
            processes=self.processes,
            watch=self._watch,
            on_step=self._observe,
        )
        self._downtime, self._is_down = None, False
        self.daemon.load()
        if self.starts == 1:
            self._go_on()

    def _watch(self, files: Files, content: int, announce: Callable[[int], object]) -> FaultyMonitor:
        self.monitor = FaultyMonitor(files, content, announce, in_scan=self._in_scan)
        return self.monitor

    def _observe(self, happened: i.Input, effects: list[Effect]) -> None:
        check(self.daemon, self.processes)
        self.on_step(self, happened, effects)

    def _check_end(self) -> None:
        """It is to end when it is told to, and only then."""
        self._is_down = True
        self.processes.abandon()
        end = self.daemon.entries[-1]
        if not isinstance(end, Finished) or end.code != _TERMINATED:
            message = f"the daemon has ended: {end}"
            raise EndError(message)

    def _stay_down(self) -> None:
        """What goes on in the world while there is no daemon."""
        self._is_down = True
        if self.monitor is not None:
            self.monitor.close()
        self.processes.abandon()
        until = self.loop.now + (self._downtime or 0.0)
        while self._agenda and self._agenda[0][0] <= until:
            self._next_of_agenda()
        self.loop.now = max(self.loop.now, until)

    # -- time ------------------------------------------------------------------------------------

    def later(self, seconds: float, callback: Callable[[], object]) -> None:
        """Call when so much time has gone by, whatever becomes of the daemon."""
        heappush(self._agenda, (self.loop.now + seconds, next(self._numbers), callback))
        self.loop.limit = min(self.loop.limit, self._agenda[0][0])  # what the daemon waits for may be later

    def _next_of_agenda(self) -> None:
        when, _, callback = heappop(self._agenda)
        self.loop.now = max(self.loop.now, when)
        callback()

    def _on_turn(self) -> None:
        if self._turns_left:
            self._turns_left -= 1
            if not self._turns_left:
                self._go_on()
        self._die_if_told()

    def _in_scan(self) -> None:
        if self._awaits_scan:
            self._go_on()
            self._die_if_told()

    def _on_idle(self) -> None:
        """The daemon has nothing to do."""
        if self._turns_left:
            self._go_on()
        elif self._agenda and self._agenda[0][0] <= self.loop.now:
            self._next_of_agenda()
        else:
            self._pass_time()
        self._die_if_told()

    def _pass_time(self) -> None:
        """Let time go on until something is due in the world or, when that is over, to the daemon."""
        due = self._agenda[0][0] if self._agenda else self.loop.next_timer()
        if due is None:
            self._rest()
            return
        if self._over_at is not None and self._is_halted():
            self.daemon.signal(signal.SIGUSR1)
            return
        if self._over_at is not None and due > self._over_at + _PATIENCE:
            message = f"something still waits {_PATIENCE:.0f} s after the last change"
            raise RestlessError(message)
        self.loop.limit = due

    def _is_halted(self) -> bool:
        """Whether somebody has to say that what would be deleted is meant to go."""
        return any(sync.is_halted for sync in self.daemon.machine._state.syncs.values())

    def _rest(self) -> None:
        if self.processes.at_work:
            message = f"processes run for ever: {[one.program for one in self.processes.at_work.values()]}"
            raise RestlessError(message)
        more = self.on_rest(self)
        if more:
            self._acts.extend(more)
            self._over_at = None
            self._go_on()
            return
        self.watched = {} if self.monitor is None else dict(self.monitor.watched)
        raise _AtRest

    def _die_if_told(self) -> None:
        if self._downtime is not None:
            raise _Crashed

    # -- the plan --------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Do all that comes before the next pause."""
        self._pause += 1
        self._turns_left, self._awaits_scan = 0, False
        while self._acts:
            act = self._acts.popleft()
            self.on_act(self.loop.now, act)
            if isinstance(act, p.Wait | p.Turns | p.InScan):
                self._wait_for(act)
                return
            if isinstance(act, _CHANGES):
                self._change(act)
            else:
                self._disturb(act)
        self._over_at = self.loop.now

    def _wait_for(self, pause: p.Pause) -> None:
        number = self._pause
        match pause:
            case p.Wait(seconds):
                self.later(seconds, lambda: self._resume(number))
            case p.Turns(count):
                self._turns_left = count
            case p.InScan():
                self._awaits_scan = True
                self.later(_SCAN_PATIENCE, lambda: self._resume(number))

    def _resume(self, number: int) -> None:
        if number == self._pause:
            self._go_on()

    def _change(self, change: p.Change) -> None:
        """One change of files, if it can be made."""
        if self.monitor is not None:
            self.monitor.begin()
        self.changer.make(change)

    def _disturb(self, fault: p.Fault) -> None:  # noqa: C901 - one case a fault
        processes, monitor = self.processes, self.monitor
        match fault:
            case p.Overflow() if monitor is not None:
                monitor.overflow()
            case p.Late(seconds) if monitor is not None:
                monitor.is_late = True
                self.later(seconds, monitor.wake)
            case p.Cut(count) if monitor is not None:
                monitor.cut = count
            case p.Pace(seconds):
                processes.pace = seconds
            case p.Doom() | p.Hang():
                processes.dooms.append(fault)
            case p.Kill(number):
                processes.kill_all(number)
            case p.Refuse():
                processes.refusals += 1
            case p.Down(seconds):
                processes.down_until = self.loop.now + seconds
            case p.Reload(change):
                self._reload(change)
            case p.Signal(number) if not self._is_down:
                self.daemon.signal(number)
            case p.Crash(seconds):
                self._downtime = seconds
            case _:  # nobody watches yet
                return

    def _reload(self, change: str) -> None:
        self.text = reconfigured(self.text, change)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(self.text)
        if not self._is_down:
            self.daemon.signal(signal.SIGHUP)


_CHANGES = p.Change
