"""A whole config in a simulated world that a test steers call by call."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from attrs import define, field

from pylsyncd.core.life import FAILURE
from pylsyncd.core.model import Delay
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.world.daemon import Circumstances, VirtualDaemon
from pylsyncd.migrate.world.eventloop import RestlessError
from pylsyncd.migrate.world.files import FileError
from pylsyncd.migrate.world.player import Player
from pylsyncd.script.errors import ConfigError, RefusalError

PATIENCE: Final = 250_000
"""Callbacks of the event loop in one call of a test: a week of alarms every minute, or ten seconds."""
_NANOSECONDS: Final = 10**9
_AT_ONCE: Final = (s.Create, s.Write, s.Link, s.Touch, s.Move, s.Delete)
"""Changes of files that follow each other are one burst: the daemon looks when all are done."""


@define(eq=False)
class World:
    """One daemon. What is asked of it is answered after all that is due by then has happened."""

    circumstances: Circumstances
    daemon: VirtualDaemon = field(init=False)
    is_watched: bool = False
    """Whether the test has asked how it ended, or for its log."""
    _player: Player = field(init=False)
    _has_begun: bool = False
    _first: int = 0
    """The entries before this one are forgotten."""

    def __attrs_post_init__(self) -> None:
        self.daemon = VirtualDaemon(self.circumstances, self._rest)
        self.daemon.loop.patience = PATIENCE
        self._player = Player(self.daemon)

    def load(self, given: Sequence[s.Have]) -> None:
        """Load the config; the daemon starts when something needs it. Raises RefusalError."""
        self._furnish([one for one in given if one.path.startswith(b"/")])
        try:
            self.daemon.load()
        except ConfigError as error:
            raise RefusalError(error.message) from None
        except SystemExit as ended:  # os.exit() or terminate() in the config itself
            self._has_begun = True
            self.daemon.end(int(ended.code or 0) & 0xFF)
            return
        self._furnish([one for one in given if not one.path.startswith(b"/")])

    def play(self, step: s.Step) -> None:
        """Let one step happen. Raises RefusalError."""
        if not self._has_begun and isinstance(step, s.BEFORE_START):
            self._happen(step)
            return
        if isinstance(step, s.Start):
            self.settle()
            return
        if not self._has_begun or not isinstance(step, _AT_ONCE):
            self.settle()
        if self.daemon.exit_code is not None:
            raise RefusalError(b"the daemon has ended with %d" % self.daemon.exit_code + self._last_error())
        self._happen(step)
        if not isinstance(step, _AT_ONCE):
            self.settle()

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises RefusalError."""
        self.settle()
        self.daemon.loop.limit = self.daemon.loop.now + seconds
        self.settle()

    def settle(self) -> None:
        """Let everything happen that is due. Raises RefusalError."""
        try:
            if not self._has_begun:
                self._has_begun = True
                self.daemon.begin()
            self.daemon.go_on()
        except RestlessError:
            raise RefusalError(restless(self.daemon.loop.now)) from None

    # -- what a test asks ------------------------------------------------------------------------

    @property
    def exit_code(self) -> int | None:
        """How it has ended; None: not yet."""
        self.is_watched = True
        self.settle()
        return self.daemon.exit_code

    def spawned(self) -> list[log.Spawned]:
        """What was started since the last `clear`, in order."""
        self.settle()
        return [one for one in self.daemon.entries[self._first :] if isinstance(one, log.Spawned)]

    def said(self) -> list[log.Said]:
        """What was logged since the last `clear`, in order."""
        self.is_watched = True
        self.settle()
        return [one for one in self.daemon.entries[self._first :] if isinstance(one, log.Said)]

    def clear(self) -> None:
        """Forget what was started and logged so far."""
        self.settle()
        self._first = len(self.daemon.entries)

    def status(self) -> dict[str, object]:
        """What runs and what waits."""
        self.settle()
        machine = self.daemon.machine
        syncs = [] if self.daemon.exit_code is not None else self.daemon.loaded.config.syncs
        return {
            "running": self.daemon.exit_code is None,
            "seconds": self.daemon.loop.now,
            "syncs": [
                {
                    "name": one.name,
                    "source": one.source,
                    "processes": machine.processes_of(one.id),
                    "delays": [_delay(delay) for delay in machine.queue(one.id)],
                }
                for one in syncs
            ],
        }

    def complaint(self) -> bytes:
        """What the test should have noticed; empty: nothing."""
        if self.is_watched or self.daemon.exit_code != FAILURE:
            return b""
        config = self.circumstances.options.config or b""
        return b"%s: the daemon has ended with %d" % (os.path.basename(config), FAILURE) + self._last_error()

    # -- parts -----------------------------------------------------------------------------------

    def _rest(self) -> None:
        daemon = self.daemon
        daemon.files.wall = int(daemon.wall() * _NANOSECONDS)
        daemon.loop.stop()

    def _furnish(self, given: Sequence[s.Have]) -> None:
        for step in given:
            self._happen(step)

    def _happen(self, step: s.Step) -> None:
        try:
            self._player.happen(step)
        except FileError as error:
            raise RefusalError(str(error).encode(errors="surrogateescape")) from None

    def _last_error(self) -> bytes:
        errors = [
            one.message
            for one in self.daemon.entries
            if isinstance(one, log.Said) and one.category == "Error"
        ]
        return b": " + errors[-1].partition(b"\n")[0] if errors else b""


def restless(now: float) -> bytes:
    """What is said where things happen without end."""
    return (
        b"more than %d things have happened, and it is %.3f seconds after the start: "
        b"does something start itself again and again?" % (PATIENCE, now)
    )


def _delay(delay: Delay) -> dict[str, object]:
    row: dict[str, object] = {
        "etype": delay.etype.value,
        "path": delay.path,
        "status": delay.status.value,
    }
    return row if delay.path2 is None else {**row, "path2": delay.path2}
