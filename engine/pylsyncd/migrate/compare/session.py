"""Several daemons in lockstep through the same steps."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Sequence
from typing import Final

from attrs import define, field, frozen

from pylsyncd.migrate.compare.gate import Gate
from pylsyncd.migrate.compare.launch import CannotRunError, Daemon, Launch, Setting
from pylsyncd.migrate.compare.log import SideLog
from pylsyncd.migrate.compare.plan import Group, Plan
from pylsyncd.migrate.compare.side import LOOK_AGAIN, Side
from pylsyncd.migrate.compare.world import World
from pylsyncd.migrate.steps import Exit, Hold, Kill, Placed, Release, Signal, Take
from pylsyncd.system.clock import Clock

_PATIENCE: Final = 60.0
"""Seconds beyond the delay for a daemon to come to rest on a busy machine; a healthy one takes one."""


@frozen
class Scratch:
    """Where all happens; `sockets` has a short path, as they need one (unix(7))."""

    home: bytes
    sockets: bytes
    silence: tuple[socket.socket, socket.socket] = field(factory=socket.socketpair)
    """The standard input of the daemons, on which nobody says anything."""

    @classmethod
    def make(cls, kept: bytes | None) -> Scratch:
        """Make the directories; with `kept` the first is that one. Raises OSError."""
        sockets = os.path.realpath(tempfile.mkdtemp(prefix=b"pylsyncd-"))
        if kept is None:
            return cls(sockets, sockets)
        os.makedirs(kept, exist_ok=True)
        return cls(os.path.realpath(kept), sockets)

    def remove(self, *, is_kept: bool) -> None:
        """Remove what need not stay."""
        for end in self.silence:
            end.close()
        shutil.rmtree(self.sockets, ignore_errors=True)
        if not is_kept:
            shutil.rmtree(self.home, ignore_errors=True)

    def launch(self, daemon: Daemon, setting: Setting) -> Launch:
        """A place for one daemon."""
        world = World(os.path.join(self.home, daemon.folder))
        world.set_up(setting.directory)
        return Launch(
            daemon,
            setting,
            world,
            os.path.join(self.sockets, daemon.folder + b".socket"),
            self.silence[0].fileno(),
        )


def find_sources(launch: Launch) -> tuple[bytes, ...]:
    """The sources of a config, each once, in its own paths. Raises CannotRunError."""
    launch.probe()
    root = launch.world.root
    return tuple(
        dict.fromkeys(path.replace(root, b"").rstrip(b"/") or b"/" for path in launch.world.notes("sources"))
    )


@define
class Session:
    """A run of all steps. `name` is the file of steps, for messages."""

    sides: Sequence[Side]
    plan: Plan
    name: str
    has_real_time: bool = False
    clock: Clock = field(factory=Clock)
    _groups: int = field(default=0)

    def run(self, versions: Sequence[str]) -> list[SideLog]:
        """Play the plan. Raises CannotRunError, StepsError."""
        try:
            self._start()
            for group in self.plan.groups[1:]:
                self._play(group)
            return [side.log(version) for side, version in zip(self.sides, versions, strict=True)]
        finally:
            for side in self.sides:
                side.end()

    def _start(self) -> None:
        first = self.plan.groups[0]
        for side in self.sides:
            for one in self.plan.before:
                side.launch.world.do(one, self.name)
            self._do(side, first.steps)
        for side in self.sides:
            side.start(self.clock.monotonic())
        self._settle(first)
        for side in self.sides:
            if not side.is_running() and not side.gate.came:
                message = f"{side.launch.daemon.name} ended at once: {side.launch.complaint()}"
                raise CannotRunError(message)

    def _play(self, group: Group) -> None:
        for side in self.sides:
            side.pause()
        for side in self.sides:
            self._do(side, group.steps)
        is_restarted = any(one.step == Signal(signal.SIGHUP) for one in group.steps)
        for side in self.sides:
            side.go_on(self.clock.monotonic(), is_restarted=is_restarted)
        self._settle(group)

    def _do(self, side: Side, steps: Sequence[Placed]) -> None:
        for placed in steps:
            match placed.step:
                case Exit() | Kill() | Hold() | Release() | Take():
                    side.gate.order(placed.step, self.clock.monotonic())
                case Signal(number):
                    if side.is_running():
                        side.process.send_signal(number)
                case _:
                    side.launch.world.do(placed, self.name)

    def _settle(self, group: Group) -> None:
        began = self.clock.monotonic()
        real = group.seconds if self.has_real_time else 0.0
        resting = False
        while not resting or self.clock.monotonic() - began < real:
            time.sleep(LOOK_AGAIN)
            now = self.clock.monotonic()
            resting = sum(side.look(now) for side in self.sides) == len(self.sides)  # each has to have a look
            for side in self.sides:
                if now - began > _PATIENCE + 4 * side.delay + real:
                    raise CannotRunError(_impatient(side, group))
        for side in self.sides:
            side.close_group()


def _impatient(side: Side, group: Group) -> str:
    at = f"after the steps of line {group.line}" if group.line else "after the start"
    return f"{side.launch.daemon.name} does not come to rest {at}: it {side.phase.value}"


def side_of(launch: Launch, delay: float) -> Side:
    """A daemon that has not been started."""
    return Side(launch, Gate(launch.socket), delay)
