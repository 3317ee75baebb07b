"""Recording: flushed in time, one line in the log when it cannot go on, begun anew by HUP."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import define, field

from migrate.recordings import Happened, played
from pylsyncd.core.journal import Head, decode
from pylsyncd.migrate import journalparts
from pylsyncd.migrate.replay import replay_lines
from pylsyncd.options import Options
from pylsyncd.recording import Recording
from pylsyncd.system import journalfile
from pylsyncd.system.clock import Clock
from pylsyncd.system.journalfile import JournalFileError

BUSY = played("""\
sync source=/s/ exclude=*.tmp
dir /s/ 1
dir /s/new/ 2 b a c/
dir /s/new/c/ 3
1 start
2 exit 1 ok
3 records 1:CREATE+ISDIR:new
4 records 1:CREATE:x.tmp
5 records 2:MODIFY:secret.txt 1:MOVED_FROM:x.tmp:7 2:MOVED_TO:y:7
6 exit 2 ok
7 full /new/
8 fade 15
9 fade 15
""")


@define
class Loop:
    """An event loop that waits until it is told that time has come."""

    due: list[tuple[float, Callable[[], object]]] = field(factory=list)

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        self.due.append((delay, callback))

    def go_on(self) -> None:
        due, self.due = self.due, []
        for _, callback in due:
            callback()


@define
class Log:
    lines: list[tuple[str, bytes]] = field(factory=list)

    def __call__(self, category: str, message: bytes) -> None:
        self.lines.append((category, message))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def loop() -> Loop:
    return Loop()


def opened(path: Path, log: Log, **options: object) -> Recording:
    given = Options(record=path.name.encode(), **options)  # type: ignore[arg-type]  # values of many kinds
    recording = Recording.of(given, bytes(path.parent), Clock(), log)
    assert recording is not None
    recording.open([b"/srv/"])
    return recording


def take(recording: Recording, happened: Happened) -> None:
    for one, effects in happened:
        recording.take(one, effects)


def test_without_the_option_nothing_is_recorded() -> None:
    assert Recording.of(Options(config=b"c"), b"/", Clock(), print) is None


def test_a_relative_path_is_below_the_directory_the_daemon_was_started_in(tmp_path: Path, log: Log) -> None:
    opened(tmp_path / "journal", log).close()
    assert (tmp_path / "journal").exists()


def test_what_happens_is_written_after_a_second_at_the_latest(tmp_path: Path, log: Log, loop: Loop) -> None:
    path = tmp_path / "journal"
    recording = opened(path, log)
    recording.begin(loop)
    take(recording, BUSY[:5])
    assert path.read_bytes() == b""
    assert [delay for delay, _ in loop.due] == [1.0]
    loop.go_on()
    written = path.read_bytes()
    assert written.count(b'{"in":') == 5
    take(recording, BUSY[5:7])
    assert len(loop.due) == 1
    recording.close()
    loop.go_on()
    assert path.read_bytes().count(b'{"in":') == 7
    assert log.lines == []


def test_the_head_says_what_ran_and_when(tmp_path: Path, log: Log, loop: Loop) -> None:
    config = tmp_path / "conf.lua"
    config.write_text("sync{}")
    path = tmp_path / "journal"
    recording = opened(path, log, config=b"conf.lua")
    for _ in range(2):
        recording.begin(loop)
    config.unlink()
    recording.begin(loop)
    recording.close()
    heads = [decode(line) for line in path.read_bytes().splitlines()]
    assert all(isinstance(one, Head) for one in heads)
    told = [(one.session, one.part, one.config, one.digest) for one in heads if isinstance(one, Head)]
    digest = hashlib.sha256(b"sync{}").hexdigest()
    assert told == [(1, 1, bytes(config), digest), (2, 1, bytes(config), digest), (3, 1, bytes(config), "")]


def test_a_config_that_is_a_pipe_has_no_digest(tmp_path: Path, log: Log, loop: Loop) -> None:
    os.mkfifo(tmp_path / "conf")
    recording = opened(tmp_path / "journal", log, config=b"conf")
    recording.begin(loop)
    recording.close()
    head = decode((tmp_path / "journal").read_bytes())
    assert isinstance(head, Head)
    assert head.digest == ""


def test_it_replays_to_the_same(tmp_path: Path, log: Log, loop: Loop) -> None:
    recording = opened(tmp_path / "journal", log)
    recording.begin(loop)
    take(recording, BUSY)
    recording.close()
    (run,) = replay_lines(journalparts.lines(bytes(tmp_path / "journal"))).runs
    assert (run.difference, run.is_over, run.inputs) == (None, True, len(BUSY))


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_one_line_in_the_log_and_hup_begins_anew(
    tmp_path: Path, log: Log, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = opened(tmp_path / "journal", log)
    recording.begin(loop)
    with monkeypatch.context() as patch:
        patch.setattr(journalfile, "write_fully", full_disk)
        take(recording, BUSY[:3])
        loop.go_on()
        take(recording, BUSY[3:6])
        loop.go_on()
        recording.close()
    assert log.lines == [
        (
            "Error",
            b"Nothing is recorded any more, until HUP begins a new recording: cannot write "
            + bytes(tmp_path / "journal")
            + b": No space left on device",
        )
    ]
    recording.begin(loop)
    take(recording, BUSY)
    recording.close()
    assert len(replay_lines(journalparts.lines(bytes(tmp_path / "journal"))).runs) == 1


def test_hup_begins_a_new_recording_when_half_of_the_room_is_used_or_nothing_is_recorded(
    tmp_path: Path, log: Log, loop: Loop
) -> None:
    recording = opened(tmp_path / "journal", log, record_size=1000, record_keep=100)
    recording.begin(loop)
    assert not recording.needs_start()
    while recording.file._part < 51:
        take(recording, BUSY)
    assert recording.needs_start()
    recording.close()
    assert recording.needs_start()


def test_a_directory_that_has_gone_is_one_line_too(tmp_path: Path, log: Log, loop: Loop) -> None:
    path = tmp_path / "there" / "journal"
    path.parent.mkdir()
    recording = opened(path, log)
    recording.begin(loop)
    path.unlink()
    path.parent.rmdir()
    take(recording, BUSY)
    recording.close()
    recording.begin(loop)
    take(recording, BUSY)
    assert [category for category, _ in log.lines] == ["Error", "Error"]


def test_a_full_recording_ends_and_what_is_there_replays(tmp_path: Path, log: Log, loop: Loop) -> None:
    path = tmp_path / "journal"
    recording = opened(path, log, record_size=1500, record_keep=2)
    recording.begin(loop)
    take(recording, BUSY)
    ((_, message),) = log.lines
    assert b"journal has reached 2 parts of" in message
    found = replay_lines(journalparts.lines(bytes(path)))
    assert [(run.difference, run.is_over) for run in found.runs] == [(None, False)]
    assert found.notes == ()


def test_a_file_that_is_no_journal_refuses_the_start(tmp_path: Path, log: Log) -> None:
    (tmp_path / "conf.lua").write_text("settings {}\n")
    with pytest.raises(JournalFileError, match=r"conf\.lua is there already, and is no journal"):
        opened(tmp_path / "conf.lua", log)


def test_a_journal_of_another_format_is_left_alone(tmp_path: Path, log: Log) -> None:
    (tmp_path / "journal").write_text('{"journal":{"format":99}}\n')
    with pytest.raises(JournalFileError):
        opened(tmp_path / "journal", log)


def test_with_hashed_names_it_replays_and_holds_no_name(tmp_path: Path, log: Log, loop: Loop) -> None:
    path = tmp_path / "journal"
    recording = opened(path, log, record_hash=True)
    recording.begin(loop)
    take(recording, BUSY)
    recording.close()
    assert log.lines == []
    text = path.read_bytes()
    assert not [name for name in (b"secret", b'"a"', b'"b"', b"/new") if name in text]
    assert b"x.tmp" in text
    (run,) = replay_lines(journalparts.lines(bytes(path))).runs
    assert (run.difference, run.is_over, run.inputs) == (None, True, len(BUSY))
    assert run.head.is_hashed


def test_after_hup_names_keep_their_words(tmp_path: Path, log: Log, loop: Loop) -> None:
    path = tmp_path / "journal"
    recording = opened(path, log, record_hash=True)
    for _ in range(2):
        recording.begin(loop)
        take(recording, BUSY)
    recording.close()
    first, second = (text.split(b"\n", 1)[1] for text in path.read_bytes().split(b'{"journal":')[1:])
    assert first == second


def test_names_that_cannot_be_hidden_end_the_recording(tmp_path: Path, log: Log, loop: Loop) -> None:
    path = tmp_path / "journal"
    recording = opened(path, log, record_hash=True)
    recording.begin(loop)
    take(
        recording,
        played(
            "sync source=/s/ noinit\ndir /s/ 1\ndir /s/d.bak/ 2\n0 start\n1 records 1:CREATE+ISDIR:d.bak\n"
            "2 exclude *.bak\n3 records 1:DELETE+ISDIR:d.bak\n4 records 2:CREATE:file\n"
        ),
    )
    ((_, message),) = log.lines
    assert message.endswith(b"with hashed names something else would have happened, so they cannot be hidden")
