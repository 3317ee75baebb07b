"""A recording as steps: played to the same config they give the same spawn log, and records the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.recordings import played, recorded, simulated
from pylsyncd.core import inputs as i
from pylsyncd.migrate import journalparts
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.knowntree import KnownTree
from pylsyncd.migrate.replay import replay_lines
from pylsyncd.migrate.spawnlog import Said, in_step, render
from pylsyncd.migrate.transcribe import Transcriber
from pylsyncd.migrate.world.files import FileError, Files

SOURCE = "/srv/data/"

RSYNC = """
sync {
    default.rsync,
    source = "/srv/data",
    target = "backup:/data",
    delay = 2,
    exclude = { "*.tmp", "cache/" },
}
"""
EACH = """
sync {
    source = "/srv/data",
    delay = 1,
    maxProcesses = 3,
    onStartup = "/start ^source",
    onCreate = "/create ^path",
    onModify = "/modify ^path",
    onDelete = "/delete ^path",
    onAttrib = "/attrib ^path",
    onMove = "/move ^o.path ^d.path",
    exitcodes = { [23] = "again" },
}
"""
TUNNEL = """
sync {
    default.rsync,
    tunnel = tunnel {
        command = { "ssh", "-N", "-L", "^localport:localhost:873", "backup" },
        mode = "command",
    },
    source = "/srv/data",
    target = "rsync://localhost:^localport/data",
}
"""

DAY = """\
have a/b/
have a/file
take 5 rsync
start
wait 1
create new
wait 9
write a/file
touch a/
create c/
create c/d/
create c/d/e
create x.tmp
move a/b/ c/b/
wait 10
exit 12 rsync
write c/d/e
wait 30
delete c/
move a/file a/other
create cache/
create cache/x
wait 20
signal HUP
wait 3
write new
move new x.tmp
wait 10
kill 9 rsync
write x.tmp
write a/other
wait 40
signal TERM
"""


def transcribed(home: Path, config: str, steps: str) -> tuple[str, str, str]:
    """The spawn log of these steps, what a recording of that says as steps, and the spawn log of those."""
    file = home / "conf.lua"
    file.write_text(config)
    log, happened = simulated(file, s.parse(steps, "steps"))
    found = replay_lines(journalparts.lines(bytes(recorded(home / "journal", happened))), Transcriber)
    (run,) = found.runs
    assert run.difference is None
    assert [entry for entry in run.log.entries if not isinstance(entry, Said)] == list(log)
    text = s.show_all(run.listener.steps())
    again, _ = simulated(file, s.parse(text, "transcribed"))
    return render(log), text, render(in_step(log, again))


def test_a_whole_day_is_the_same_as_the_steps_that_were_recorded(tmp_path: Path) -> None:
    log, text, again = transcribed(tmp_path, RSYNC, DAY)
    assert again == log
    assert "exit 12 rsync\n" in text


@pytest.mark.parametrize("config", [EACH, TUNNEL], ids=["each event", "tunnel"])
def test_processes_of_all_kinds_fare_as_they_did(tmp_path: Path, config: str) -> None:
    log, _, again = transcribed(tmp_path, config, DAY.replace("exit 12 rsync", "exit 23\nexit 255 ssh"))
    assert again == log


def test_what_happened_can_be_read(tmp_path: Path) -> None:
    steps = """\
have old/file
take 2.5 rsync
start
wait 4
create new/
create new/file
wait 0.5
move old/ new/old/
write new/old/file
touch new/file
wait 20
delete new/old/file
wait 1
signal TERM
"""
    _, text, _ = transcribed(tmp_path, RSYNC, steps)
    assert text.replace(SOURCE, "") == (
        "have ./\n"
        "have old/\n"
        "have old/file\n"
        "take 2.5 rsync\n"
        "start\n"
        "wait 4\n"
        "create new/\n"
        "create new/file\n"
        "wait 0.5\n"
        "move old/ new/old/\n"
        "write new/old/file\n"
        "touch new/file\n"
        "wait 20\n"
        "delete new/old/file\n"
        "wait 1\n"
        "signal 15\n"
        "wait 2.5\n"
    ).replace("./", "")


def steps_of(transcript: str) -> list[str]:
    """What the recording of a transcript says as steps, without what every one of them has."""
    machine, transcriber = None, Transcriber()
    for happened, _ in played(transcript):
        if machine is None or isinstance(happened, i.Started):
            machine = transcriber.machine()
        transcriber.heard(happened, machine.handle(happened))
    return s.show_all(transcriber.steps()).splitlines()


def test_a_change_that_several_syncs_see_is_one_step() -> None:
    sync = "sync source=/s/ noinit delay=60\n"
    steps = steps_of(f"{sync}{sync}dir /s/ 1\n0 start\n1 records 1:CREATE:f 1:MODIFY:f\n")
    assert steps == ["have /s/", "start", "wait 1", "create /s/f"]


def test_what_comes_from_outside_in_the_place_of_a_file_is_written() -> None:
    steps = steps_of(
        "sync source=/s/ noinit delay=60\ndir /s/ 1\n0 start\n"
        "1 records 1:CREATE:f 1:MODIFY:f\n2 records 1:MOVED_TO:f:7\n"
    )
    assert steps[3:] == ["create /s/f", "wait 1", "write /s/f"]


def test_what_a_listing_told_of_before_the_record_is_made_once() -> None:
    steps = steps_of(
        "sync source=/s/ noinit delay=60\ndir /s/ 1\ndir /s/d/ 2 f e/\ndir /s/d/e/ 3\n0 start\n"
        "1 records 1:CREATE+ISDIR:d\n2 records 2:CREATE:f 2:MODIFY:f 2:CREATE+ISDIR:e\n"
    )
    assert steps[3:] == ["create /s/d/", "create /s/d/e/", "create /s/d/f", "wait 1", "write /s/d/f"]


def test_a_process_that_could_not_be_started_has_no_step() -> None:
    steps = steps_of("sync source=/s/\ndir /s/ 1\n0 unspawnable ENOENT\n0 start\n")
    assert steps == ["have /s/", "start"]


def test_what_was_missed_is_put_right_when_it_turns_out() -> None:
    tree = KnownTree()
    assert tree.add_source(b"/s/") == []
    assert tree.listed(b"/s/", (b"d",)) == []
    assert tree.ensure(b"/s/d/file") == []
    assert tree.ensure(b"/s/d") == [s.Delete(b"/s/d/"), s.Create(b"/s/d")]
    assert tree.ensure(b"/s/new/x") == [s.Create(b"/s/new/"), s.Create(b"/s/new/x")]
    assert tree.create(b"/s/d/") == [s.Delete(b"/s/d"), s.Create(b"/s/d/")]
    assert tree.move(b"/s/d/", b"/s/new/") == [s.Delete(b"/s/new/")]
    assert tree.find(b"/s/new/x") is None
    tree.delete(b"/s/new/")
    assert tree.find(b"/s/new/") is None
    assert tree.had == [s.Have(b"/s/"), s.Have(b"/s/d/"), s.Have(b"/s/d/file")]


_PATHS = st.sampled_from([f"{directory}{name}" for directory in ("", "d/", "d/e/") for name in ("f", "g")])
_DIRECTORIES = st.sampled_from(["d/", "d/e/", "h/", "d/i/"])
_STEPS = st.one_of(
    st.builds("write {}".format, _PATHS),
    st.builds("create {}".format, _PATHS | _DIRECTORIES),
    st.builds("touch {}".format, _PATHS | _DIRECTORIES),
    st.builds("delete {}".format, _PATHS | _DIRECTORIES),
    st.builds("move {} {}".format, _PATHS, _PATHS),
    st.builds("move {} {}".format, _DIRECTORIES, _DIRECTORIES),
    st.builds("wait {}".format, st.sampled_from([0.31, 1.57, 4.13])),
    st.builds("take {}".format, st.sampled_from([0.17, 0.71])),
    st.builds("wait 0.05\nexit {}\nwait 0.05".format, st.sampled_from([0, 23])),
    st.just("wait 1\nsignal HUP\nwait 0.05"),
)


def possible(steps: list[str]) -> str:
    """Those of the steps that a file system would do."""
    files = Files()
    files.have(SOURCE.encode() + b"d/e/f", 1)
    text = "have d/e/f\ntake 0.1\nstart\n"  # no real process takes no time
    for step in steps:
        change: Callable[[], object]
        match s.parse(step, "random")[0].step:
            case s.Create(path) if path.endswith(b"/"):
                change = partial(files.make_directory, SOURCE.encode() + path)
            case s.Create(path) | s.Write(path):
                is_new = step.startswith("create")
                change = partial(files.write, SOURCE.encode() + path, 1, is_new=is_new)
            case s.Touch(path):
                change = partial(files.touch, SOURCE.encode() + path)
            case s.Delete(path):
                change = partial(files.delete, SOURCE.encode() + path)
            case s.Move(path, path2):
                change = partial(files.move, SOURCE.encode() + path, SOURCE.encode() + path2)
            case _:
                change = partial(files.find, b"/")
        with suppress(FileError):
            change()
            text += step + "\n"
    return text + "wait 40\n"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEPS, max_size=25))
def test_whatever_happened_the_steps_can_be_played(tmp_path: Path, steps: list[str]) -> None:
    log, _, again = transcribed(tmp_path, RSYNC, possible(steps))
    assert again == log
