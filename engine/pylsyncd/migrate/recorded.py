"""The spawn log of what was recorded."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Exit, Log, Spawn, SpawnTunnel
from pylsyncd.core.journal import RecordedEffect, decode_effect
from pylsyncd.core.model import Exited
from pylsyncd.migrate import spawnlog as log

_TROUBLES: Final = frozenset({"Warn", "Error"})
_OF_INTEREST: Final = (
    b'"_type":"Spawn"}}',
    b'"_type":"SpawnTunnel"}}',
    b'"_type":"Log"}}',
    b'"_type":"Exit"}}',
)
"""How the lines of effects end that belong to the log; the others are not taken apart."""


@define(eq=False)
class RecordedLog:
    """Of one run; all that it is shown has to come in order."""

    entries: list[log.Entry] = field(factory=list)
    _started: float | None = None
    _now: float = 0.0
    _names: dict[tuple[type, int], bytes] = field(factory=dict)
    """Of syncs and tunnels, by their effects' class and their number."""
    _programs: dict[int, tuple[bytes, bytes]] = field(factory=dict)
    """By process: the name that it belongs to, and the program's."""

    def on_input(self, happened: i.Input) -> None:
        """Take note of what happened."""
        if self._started is None:
            self._started = happened.now
        self._now = max(self._now, happened.now)
        match happened:
            case i.Started() | i.Reloaded():
                self._names = {(Spawn, one.id): one.name for one in happened.syncs}
                self._names |= {(SpawnTunnel, one.id): one.name for one in happened.tunnels}
                if isinstance(happened, i.Started):
                    self._programs = {}
            case i.ProcessEnded(_, process, end) if end != Exited(0):
                self.entries.append(log.Ended(self._at(), *self._programs.get(process, (b"", b"")), end))

    def on_effect(self, recorded: RecordedEffect) -> None:
        """Take note of what the daemon did. Raises JournalError."""
        if not recorded.line.rstrip(b"\n").endswith(_OF_INTEREST):
            return
        match decode_effect(recorded):
            case Spawn(process, number, command) | SpawnTunnel(process, number, command) as effect:
                name = self._names.get((type(effect), number), b"")
                self._programs[process] = name, command.argv[0] if command.argv else b""
                self.entries.append(log.Spawned(self._at(), name, command.argv, command.stdin))
            case Log(category, message) if category in _TROUBLES:
                self.entries.append(log.Said(self._at(), category, message))
            case Exit(code):
                self.entries.append(log.Finished(self._at(), code))
            case _:  # a line of the log that nobody has to worry about
                return

    def _at(self) -> float:
        return self._now - (self._started or 0.0)
