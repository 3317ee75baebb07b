"""The status file: text or JSON, and what becomes of one that cannot be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import define, field

from pylsyncd.core.report import StatusReport
from pylsyncd.system.clock import Clock
from pylsyncd.system.logsink import LogFile, Logger
from pylsyncd.system.logtext import Categories, plain
from pylsyncd.system.statusfile import StatusFile
from system.test_logsink import Memory


@define
class Timers:
    """Holds what is to be called later."""

    waiting: list[Callable[[], object]] = field(factory=list)

    def call_later(self, _seconds: float, callback: Callable[[], object]) -> Timer:
        self.waiting.append(callback)
        return Timer(self.waiting, callback)

    def go_off(self) -> None:
        waiting, self.waiting = self.waiting, []
        for callback in waiting:
            callback()


@define
class Timer:
    waiting: list[Callable[[], object]]
    callback: Callable[[], object]

    def cancel(self) -> None:
        if self.callback in self.waiting:
            self.waiting.remove(self.callback)


def report(watches: int) -> StatusReport:
    return StatusReport((), watches)


@pytest.fixture
def log() -> Memory:
    return Memory()


@pytest.fixture
def timers() -> Timers:
    return Timers()


def status_file(path: Path, log: Memory, timers: Timers) -> StatusFile:
    logger = Logger(lambda: 0.0, Categories(), (log,))
    return StatusFile(bytes(path), Clock(), logger, timers.call_later)


def test_a_name_that_ends_in_json_gives_json(tmp_path: Path, log: Memory, timers: Timers) -> None:
    status_file(tmp_path / "status.json", log, timers).write(report(3))
    status = json.loads((tmp_path / "status.json").read_bytes())
    assert status["watches"]["count"] == 3
    assert status["time"][:4] >= "2026"
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"], "it is replaced as a whole"


def test_any_other_name_gives_text(tmp_path: Path, log: Memory, timers: Timers) -> None:
    status_file(tmp_path / "status.json.txt", log, timers).write(report(3))
    assert (tmp_path / "status.json.txt").read_text().startswith("Lsyncd status report at ")


def test_a_missing_directory_is_told_once_and_the_status_written_when_it_is_there(
    tmp_path: Path, log: Memory, timers: Timers
) -> None:
    path = tmp_path / "run" / "status"
    file = status_file(path, log, timers)
    file.write(report(1))
    file.write(report(2))
    timers.go_off()
    path.parent.mkdir()
    timers.go_off()
    assert "watching 2 directories" in path.read_text(), "nothing has happened since"
    name = bytes(path).decode()
    assert [line.message.decode() for line in log.lines] == [
        f'Cannot write status file "{name}": No such file or directory',
        f'Status file "{name}" can be written again.',
    ]
    assert timers.waiting == []


def test_a_newer_status_takes_the_place_of_one_that_is_tried_again(
    tmp_path: Path, log: Memory, timers: Timers
) -> None:
    path = tmp_path / "run" / "status"
    file = status_file(path, log, timers)
    file.write(report(1))
    path.parent.mkdir()
    file.write(report(2))
    timers.go_off()
    assert "watching 2 directories" in path.read_text()


def test_after_the_end_nothing_is_tried_again(tmp_path: Path, log: Memory, timers: Timers) -> None:
    file = status_file(tmp_path / "run" / "status", log, timers)
    file.write(report(1))
    file.close()
    assert timers.waiting == []


def test_the_status_tells_of_a_log_that_cannot_be_written(tmp_path: Path, timers: Timers) -> None:
    logger = Logger(lambda: 0.0, Categories(), (LogFile(b"/dev/full", plain, Memory()),))
    logger.log("Normal", b"lost")
    StatusFile(bytes(tmp_path / "s"), Clock(), logger, timers.call_later).write(report(1))
    assert "\nLog: /dev/full: No space left on device, 1 lines lost\n" in (tmp_path / "s").read_text()
    StatusFile(bytes(tmp_path / "s.json"), Clock(), logger, timers.call_later).write(report(1))
    assert json.loads((tmp_path / "s.json").read_bytes())["log"]["trouble"].startswith("/dev/full: ")


def test_without_a_status_file_nothing_is_written(tmp_path: Path, log: Memory, timers: Timers) -> None:
    logger = Logger(lambda: 0.0, Categories(), (log,))
    StatusFile(None, Clock(), logger, timers.call_later).write(report(1))
    assert (log.lines, list(tmp_path.iterdir())) == ([], [])
