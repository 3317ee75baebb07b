"""Each transcript in this folder gives the effects that stand in it.

`REGENERATE=1` writes them anew; what changed is then to be read and explained in the commit.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylsyncd.core.journal import encode_effect, encode_input, read_inputs, replay
from pylsyncd.core.machine import Machine
from scenarios.player import Player

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_core_answers_as_the_transcript_says(path: Path) -> None:
    text = path.read_text("latin-1")
    played = "\n".join(Player().play(text)) + "\n"
    if os.environ.get("REGENERATE"):
        path.write_text(played, "latin-1")
    assert played == text


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_journal_replays_to_byte_identical_effects(path: Path) -> None:
    player = Player()
    list(player.play(path.read_text("latin-1")))
    inputs = [encode_input(happened) for happened in player.inputs]
    journal = list(replay(read_inputs(inputs)))
    machine = Machine()
    expected = []
    for happened in player.inputs:
        expected.append(encode_input(happened))
        expected += [encode_effect(effect) for effect in machine.handle(happened)]
    assert journal == expected
    assert list(replay(read_inputs(journal))) == journal
