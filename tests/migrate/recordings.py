"""Recordings of machines in the tests, as lines and as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import evolve

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect
from pylsyncd.core.journal import FORMAT, Head, encode_effect, encode_head, encode_input
from pylsyncd.core.machine import Machine
from scenarios.player import Player

HEAD = Head(FORMAT, "run1", 1, 1, "1.0", 0.0, 1_767_571_200.0, 3600, b"/etc/lsyncd.conf.lua")


def played(transcript: str) -> list[tuple[i.Input, list[Effect]]]:
    """Inputs of a transcript, as `scenarios.player` plays it, and what a machine answers."""
    player = Player()
    list(player.play(transcript))
    machine = Machine()
    return [(one, machine.handle(one)) for one in player.inputs]


def lines(happened: Iterable[tuple[i.Input, Sequence[Effect]]]) -> list[bytes]:
    """The lines of a journal, without a head."""
    return [
        line for one, effects in happened for line in (encode_input(one), *map(encode_effect, effects))
    ]


def head(**changes: object) -> bytes:
    """The line of a head."""
    return encode_head(evolve(HEAD, **changes))  # type: ignore[arg-type]  # values of many kinds


def write(path: Path, *lines: bytes) -> Path:
    """A file of these lines."""
    path.write_bytes(b"".join(lines))
    return path
