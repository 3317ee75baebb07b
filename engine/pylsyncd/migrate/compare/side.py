"""One daemon in a comparison: letting it stand still, run, and come to rest."""

from __future__ import annotations

import enum
import os
import signal
import subprocess
from contextlib import suppress
from typing import Final

from attrs import define, field

from pylsyncd.migrate.compare.gate import Gate
from pylsyncd.migrate.compare.launch import Launch
from pylsyncd.migrate.compare.log import Call, SideLog
from pylsyncd.migrate.compare.plain import placed_back

LOOK_AGAIN: Final = 0.025
"""Seconds between two looks."""
_LOOKS: Final = 4
"""So many looks in a row without any work of the daemon are rest."""
_MARGIN: Final = 0.1
"""Seconds that timers of a daemon may be late: Lsyncd's clock has ticks of 10 ms."""
_BEACON_PATIENCE: Final = 1.5
"""Seconds beyond the delay in which a daemon has seen the beacon; else it is lit again."""
_START_PATIENCE: Final = 10.0
"""Seconds for a process to start on a busy machine; one that a fading daemon refuses never does."""
_QUEUE_PATIENCE: Final = 10.0
"""Seconds for a queue to run empty; one that is stopped for good never does."""
_FACTOR: Final = 1.5
"""Pauses between tries have jitter."""


class Phase(enum.Enum):
    """How far a daemon has come since it was let run."""

    WATCHING = "sets its watches"
    READING = "reads what has happened"
    WAITING = "lets the delay pass"
    WORKING = "runs processes"
    RESTING = "is at rest"


@define
class Side:
    """A running daemon with its recorders."""

    launch: Launch
    gate: Gate
    delay: float
    """Seconds, at least those of the longest delay of a sync."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    phase: Phase = Phase.WATCHING
    exit_code: int | None = None
    _groups: list[tuple[Call, ...]] = field(factory=list)
    _seen: int = 0
    _ended_in: int | None = None
    _beacons: int = 0
    _since: float = 0.0
    _activity: str = ""
    _quiet_looks: int = 0
    _progress: tuple[int, int, float] = (0, 0, 0.0)
    """How many processes were wanted, how many came, and when that was news."""

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The daemon's process, once it was started."""
        assert self._process is not None  # noqa: S101 - nobody asks before
        return self._process

    def start(self, now: float) -> None:
        """Run the daemon."""
        self._process = self.launch.start()
        self._turn(Phase.WATCHING, now)

    def pause(self) -> None:
        """Let it stand still, so that it finds all that happens meanwhile at once."""
        if self.is_running():
            self.process.send_signal(signal.SIGSTOP)
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def go_on(self, now: float, *, is_restarted: bool) -> None:
        """Let it run again."""
        self._light_beacon()
        if self.is_running():
            self.process.send_signal(signal.SIGCONT)
        self._turn(Phase.WATCHING if is_restarted else Phase.READING, now)

    def is_running(self) -> bool:
        """Whether the daemon is there."""
        self.exit_code = self.process.poll()
        return self.exit_code is None

    def look(self, now: float) -> bool:
        """Whether it is at rest."""
        self.gate.pump(now)
        if not self.is_running():
            self._turn(Phase.RESTING, now)
        if self.phase is Phase.WORKING and not self._has_no_work(now):
            self._quiet_looks = 0  # rest begins with the end of the last process
        quiet = self._is_quiet()
        match self.phase:
            case Phase.WATCHING if quiet and self._watches_beacon():
                self._turn(Phase.WORKING, now)
            case Phase.READING if quiet:
                self._turn(Phase.WAITING, now)
            case Phase.WAITING if now - self._since >= self.delay + _MARGIN:
                self._ask_beacon(now)
            case Phase.WORKING if quiet:
                self._turn(Phase.RESTING, now)
            case _:
                pass
        return self.phase is Phase.RESTING

    def close_group(self) -> None:
        """All that was called since the last time is one group."""
        self._groups.append(tuple(self.gate.calls[self._seen :]))
        self._seen = len(self.gate.calls)
        if not self.is_running() and self._ended_in is None:
            self._ended_in = len(self._groups) - 1

    def end(self) -> None:
        """Let the daemon go, if it was started."""
        self.gate.close()
        if self._process is None:
            return
        for sign in (signal.SIGCONT, signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if not self.is_running():
                break
            self.process.send_signal(sign)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.0 if sign is signal.SIGCONT else 5.0)  # Lsyncd can miss a signal
        self.process.wait()

    def log(self, version: str) -> SideLog:
        """What it has done, in the config's own paths."""
        world = self.launch.world
        code = self.exit_code if self.exit_code is not None else 0
        return SideLog(
            version,
            tuple(tuple(placed_back(call, world.root) for call in calls) for calls in self._groups),
            None if self._ended_in is None else (self._ended_in, code),
            "" if self._ended_in is None else self.launch.complaint(),
            tuple(command.replace(world.root, b"") for command in world.notes("unrun")),
        )

    def _turn(self, phase: Phase, now: float) -> None:
        self.phase, self._since, self._quiet_looks = phase, now, 0

    def _is_quiet(self) -> bool:
        """Whether it has slept since the last few looks."""
        activity = _activity(self.process.pid)
        is_asleep = activity == self._activity and activity.startswith("S")
        self._activity = activity
        self._quiet_looks = self._quiet_looks + 1 if is_asleep else 0
        return self._quiet_looks >= _LOOKS

    def _watches_beacon(self) -> bool:
        """The beacon's sync is the last one: if it is watched, all are (proc(5), fdinfo)."""
        inode = f" ino:{os.stat(self.launch.world.beacon).st_ino:x} "
        with suppress(OSError):  # it has closed a descriptor since, or ended
            for descriptor in os.listdir(f"/proc/{self.process.pid}/fdinfo"):
                with open(f"/proc/{self.process.pid}/fdinfo/{descriptor}") as info:
                    if inode in info.read():
                        return True
        return False

    def _light_beacon(self) -> None:
        self._beacons += 1
        name = b"%d" % self._beacons
        match = os.path.join(self.launch.world.state, name)
        with open(match, "wb"):
            pass
        os.rename(match, os.path.join(self.launch.world.beacon, name))

    def _ask_beacon(self, now: float) -> None:
        """All that was read before the beacon is due now; a beacon that nobody saw is lit again."""
        if b"%d" % self._beacons in self.launch.world.notes("beacons"):
            self._turn(Phase.WORKING, now)
        elif now - self._since >= self.delay + _BEACON_PATIENCE:
            self._light_beacon()
            self._turn(Phase.READING, now)

    def _has_no_work(self, now: float) -> bool:
        """No process runs, none is about to, and none will be tried again soon."""
        spawned = self.launch.world.count_noted("spawned")
        if self._progress[:2] != (spawned, self.gate.came):
            self._progress = spawned, self.gate.came, now
        idle = now - self._progress[2]
        if self.gate.came < spawned and idle < _START_PATIENCE:
            return False
        if self.launch.has_waiting() and self.gate.is_at_rest(held_too=True) and idle < _QUEUE_PATIENCE:
            return False
        pauses = (
            (failure.at, max(self.delay, 1.0) * 2 ** (failure.in_a_row - 1) * _FACTOR)
            for failure in self.gate.failures.values()
        )
        return self.gate.is_at_rest() and all(now - at >= pause for at, pause in pauses)


def _activity(pid: int) -> str:
    """State of a process and how often it was given the processor and gave it up (proc(5), status)."""
    try:
        with open(f"/proc/{pid}/status") as status:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    except OSError:
        return ""
    wanted = ("State", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
    return " ".join(fields.get(name, "") for name in wanted)
