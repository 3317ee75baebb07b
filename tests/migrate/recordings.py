"""Recordings of machines and of simulated daemons, as lines and as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, Reset
from pylsyncd.core.journal import FORMAT, Head, encode_effect, encode_head, encode_input
from pylsyncd.core.machine import Machine
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.simulate import Playbill, simulate
from pylsyncd.migrate.world.daemon import Circumstances, VirtualDaemon
from pylsyncd.options import Options
from pylsyncd.system.logtext import Categories
from scenarios.player import Player

Happened = list[tuple[i.Input, list[Effect]]]

HEAD = Head(FORMAT, "run1", 1, 1, "1.0", 0.0, 1_767_571_200.0, 3600, b"/etc/lsyncd.conf.lua")


def played(transcript: str) -> Happened:
    """Inputs of a transcript, as `scenarios.player` plays it, and what a machine answers."""
    player = Player()
    list(player.play(transcript))
    machine = Machine()
    return [(one, machine.handle(one)) for one in player.inputs]


def lines(happened: Iterable[tuple[i.Input, Sequence[Effect]]]) -> list[bytes]:
    """The lines of a journal, without a head."""
    return [line for one, effects in happened for line in (encode_input(one), *map(encode_effect, effects))]


def head(**changes: object) -> bytes:
    """The line of a head."""
    return encode_head(evolve(HEAD, **changes))  # type: ignore[arg-type]  # values of many kinds


def write(path: Path, *lines: bytes) -> Path:
    """A file of these lines."""
    path.write_bytes(b"".join(lines))
    return path


def simulated(config: Path, steps: Sequence[s.Placed]) -> tuple[tuple[log.Entry, ...], Happened]:
    """The spawn log of a simulation, and all that its daemon's machine was told and answered."""
    happened: Happened = []
    note = VirtualDaemon._note

    def tap(daemon: VirtualDaemon, one: i.Input, effects: list[Effect]) -> None:
        happened.append((one, effects))
        note(daemon, one, effects)

    circumstances = Circumstances(Options(config=bytes(config)), HEAD.epoch, Categories(frozenset()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VirtualDaemon, "_note", tap)
        return simulate(Playbill(circumstances, steps, "steps", patience=0.0)), happened


def recorded(path: Path, happened: Happened) -> Path:
    """A recording of that, with a new session behind each HUP."""
    session, text = 1, head()
    for one, effects in happened:
        text += b"".join(lines([(one, effects)]))
        if effects and isinstance(effects[-1], Reset):
            session += 1
            text += head(session=session)
    path.write_bytes(text)
    return path
