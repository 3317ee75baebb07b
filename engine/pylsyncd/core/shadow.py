"""A machine that sees words in the place of names, and has to do the same as the one that sees the names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Log, Look, Scan, Spawn, SpawnTunnel, WriteStatus
from pylsyncd.core.machine import Machine
from pylsyncd.core.pseudonyms import Pseudonyms, hide


@define(eq=False)
class Shadow:
    """Follows one machine after the other; each begins with `Started`."""

    key: bytes
    _machine: Machine = field(factory=Machine)
    _names: Pseudonyms = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._names = Pseudonyms(self.key, ())

    def follow(self, happened: i.Input, effects: Sequence[Effect]) -> tuple[i.Input, Sequence[Effect]] | None:
        """The input with words, and what is answered to that; None: something else, and so from now on."""
        if isinstance(happened, i.Started):
            self._machine, self._names = Machine(), Pseudonyms(self.key, happened.syncs)
        if isinstance(happened, i.Reloaded):
            self._names.learn(happened.syncs)
        try:
            seen = hide(happened, self._names)
            answered = self._machine.handle(seen)
        except Exception:  # noqa: BLE001 - where it has gone another way it may stumble over anything
            return None
        hidden = [_likeness(one, self._names.path) for one in effects]
        return (seen, answered) if hidden == [_likeness(one, _as_it_is) for one in answered] else None


def _as_it_is(path: bytes) -> bytes:
    return path


def _likeness(effect: Effect, spell: Callable[[bytes], bytes]) -> object:
    """What has to be the same, apart from names."""
    match effect:
        case Scan(ticket, paths, files):
            return Scan(ticket, tuple(map(spell, paths)), files)
        case Look(ticket, paths, watch):
            return Look(ticket, tuple(map(spell, paths)), watch)
        case Spawn(process, owner) | SpawnTunnel(process, owner):
            return type(effect), process, owner
        case Log(category):
            return Log, category
        case WriteStatus():
            return WriteStatus
        case _:  # there is no name in it
            return effect
