"""Replaying recordings: equal, different, cut off, with gaps; a hundred thousand events."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from migrate.busy_journal import busy_inputs
from migrate.recordings import head, lines, played, write
from pylsyncd.core.journal import encode_effect, encode_input
from pylsyncd.migrate import journalparts
from pylsyncd.migrate.journalparts import RecordingError
from pylsyncd.migrate.replay import Replayed, replay_lines
from pylsyncd.migrate.spawnlog import render

TRANSCRIPT = """\
settings drain=0
sync source=/s/ delay=1
dir /s/ 1
1000 start
1001 exit 1 ok
1002 records 1:CREATE:a
1003 tick
1004 exit 2 again
1006 fade 15
"""
LINES = lines(played(TRANSCRIPT))
RESET = lines(played("sync source=/s/\ndir /s/ 1\n1 start\n2 exit 1 ok\n3 reset\n"))


def replayed(*paths_or_lines: Path | bytes) -> Replayed:
    """Of a recording in files, or of the lines of one file."""
    if isinstance(paths_or_lines[0], Path):
        return replay_lines(journalparts.lines(bytes(paths_or_lines[0])))
    text = b"".join(one for one in paths_or_lines if isinstance(one, bytes))
    numbered = enumerate(text.splitlines(keepends=True), start=1)
    return replay_lines((journalparts.Place(b"j", number), line) for number, line in numbered)


def test_what_was_recorded_is_done_again_and_gives_a_spawn_log() -> None:
    found = replayed(head(), *LINES)
    (run,) = found.runs
    assert (run.difference, run.is_over, found.notes) == (None, True, ())
    assert run.inputs + run.effects == len(LINES)
    assert render(run.log.entries) == (
        "     0.000  Sync1: cmd\n"
        "     3.000  Sync1: cmd\n"
        "     4.000  Sync1: cmd ends with 1\n"
        "     6.000  Warn: Sync1: 1 changes have not been sent: /a\n"
        "     6.000  pylsyncd ends with 143\n"
    )


def test_another_effect_is_the_first_difference() -> None:
    spawn = next(number for number, line in enumerate(LINES) if b'"_type":"Spawn"' in line)
    other = LINES[spawn].replace(b'"cmd"', b'"other"')
    (run,) = replayed(head(), *LINES[:spawn], other, *LINES[spawn + 1 :]).runs
    assert run.difference is not None
    assert str(run.difference.place) == f"j:{spawn + 2}"
    assert (run.difference.recorded, run.difference.recomputed) == (other, LINES[spawn])
    assert "Sync1: other\n" in render(run.log.entries)
    assert "pylsyncd ends with 143" in render(run.log.entries)


def test_a_missing_effect_and_one_too_many_are_differences() -> None:
    spawn = next(number for number, line in enumerate(LINES) if b'"_type":"Spawn"' in line)
    (run,) = replayed(head(), *LINES[:spawn], *LINES[spawn + 1 :]).runs
    assert run.difference is not None
    assert (run.difference.recorded, run.difference.recomputed) == (None, LINES[spawn])
    (run,) = replayed(head(), *LINES[: spawn + 1], *LINES[spawn:]).runs
    assert run.difference is not None
    assert (run.difference.recorded, run.difference.recomputed) == (LINES[spawn], None)


@pytest.mark.parametrize("length", range(1, len(b"".join(LINES[-3:]))))
def test_a_recording_may_end_anywhere(length: int) -> None:
    text = b"".join([head(), *LINES])[:-length]
    found = replayed(text)
    assert found.runs[0].difference is None
    is_cut = not text.endswith((b"\n", b"}}"))  # an input that lacks but its line feed is whole
    assert is_cut <= len(found.notes) <= 1
    assert all(
        "the line is cut off: the daemon was killed, or the disk was full" in one for one in found.notes
    )


def test_a_cut_line_may_be_followed_by_another_run() -> None:
    for cut in (LINES[-1][:-5], b'{"in":{"no'):
        found = replayed(head(), *LINES[:-1], cut, b"\n", head(run="run2"), *LINES)
        assert [run.head.run for run in found.runs] == ["run1", "run2"]
        assert [run.difference for run in found.runs] == [None, None]
        assert len(found.notes) == 1


def test_after_hup_a_run_goes_on_with_a_fresh_machine() -> None:
    found = replayed(head(), *RESET, head(session=2), *LINES)
    (run,) = found.runs
    assert (run.difference, run.is_over) == (None, True)


def test_parts_are_read_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    write(tmp_path / "j.10", head(), *LINES[:2])
    write(tmp_path / "j.9", head(part=2), *LINES[2:4])
    write(tmp_path / "j", head(part=3), *LINES[4:])
    write(tmp_path / "j.old", b"something else")
    found = replayed(tmp_path / "j")
    assert (len(found.runs), found.notes) == (1, ())
    assert (found.runs[0].difference, found.runs[0].is_over) == (None, True)


def test_what_has_no_beginning_any_more_is_skipped_with_a_note(tmp_path: Path) -> None:
    write(tmp_path / "j.2", head(part=3), *LINES[4:], head(run="run2"), *LINES[:2])
    write(tmp_path / "j", head(run="run2", part=3), *LINES[2:], head(run="run3"), *LINES)
    found = replayed(tmp_path / "j")
    assert [run.head.run for run in found.runs] == ["run2", "run3"]
    assert found.notes == tuple(
        f"{tmp_path}/{name}:1: the beginning of this recording is not there; what follows is skipped"
        for name in ("j.2", "j")
    )
    assert [run.difference for run in found.runs] == [None, None]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "j:1: there is no beginning of a recording in it"),
        (LINES[0], "j:1: there is no beginning of a recording in it"),
        (head() + b"rubbish\n" + LINES[0], "j:2: not readable: it is no JSON"),
        (head() + b'{"out":{"_type":"Spawn"}}\n' + LINES[0], "j:2: not readable"),
        (head(format=2), "j:1: written in format 2 by another version of pylsyncd, 1.0"),
        (
            head() + b'{"in":{"now":1.0,"process":5,"pid":1,"_type":"ProcessStarted"}}\n',
            "j:2: nothing that can have happened here: KeyError: 5",
        ),
    ],
)
def test_what_is_no_recording_is_refused_with_its_line(text: bytes, problem: str) -> None:
    with pytest.raises(RecordingError, match=problem):
        replayed(text or b"\n")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=f"cannot read {tmp_path}/none: No such file or directory"):
        replayed(tmp_path / "none")
    with pytest.raises(RecordingError, match=f"cannot read {tmp_path}/no/ne: No such file or directory"):
        replayed(tmp_path / "no" / "ne")


@pytest.mark.slow  # with coverage, or beside other tests
def test_a_hundred_thousand_events_replay_in_seconds_to_the_same_effects_twice(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with path.open("wb") as file:
        file.write(head())
        for happened, effects in busy_inputs(100_000):
            file.write(encode_input(happened) + b"".join(map(encode_effect, effects)))
    begin = time.process_time()
    for _ in range(2):
        (run,) = replayed(path).runs
        assert run.difference is None
        assert run.inputs > 2000
    assert time.process_time() - begin < 60
