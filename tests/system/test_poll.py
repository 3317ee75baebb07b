"""The polling monitor on the real kernel: what no other one does."""

from __future__ import annotations

import errno
import os
import select
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylsyncd.core import masks
from pylsyncd.core.model import Looked, Record
from pylsyncd.system.watch import poll
from pylsyncd.system.watch.poll import PollMonitor, read_folder, sights_of
from pylsyncd.system.watch.snapshot import Folder
from system.test_monitors import gather, has, spelt, watch


@pytest.fixture
def monitor() -> Iterator[PollMonitor]:
    made = PollMonitor(interval=0.02)
    yield made
    made.close()


def changed(path: Path) -> Folder:
    """A directory as it was before a file in it was deleted."""
    (path / "gone").touch()
    before = read_folder(spelt(path), {})
    (path / "gone").unlink()
    return before


def refusing(monkeypatch: pytest.MonkeyPatch, function: str, number: int) -> None:
    def refuse(*_arguments: object, **_options: object) -> object:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, function, refuse)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EACCES, errno.ETIMEDOUT])
def test_a_server_that_is_away_deletes_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = changed(tmp_path)
    refusing(monkeypatch, "open", number)
    assert list(sights_of([(1, before)])) == []


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ENOTDIR, errno.ELOOP])
def test_a_directory_that_is_not_there_is_seen_to_be_gone(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = changed(tmp_path)
    refusing(monkeypatch, "open", number)
    assert [sight.after for sight in sights_of([(1, before)])] == [None]


class Entry:
    """A directory's entry that cannot be asked about."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self._number = number

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        raise OSError(self._number, os.strerror(self._number), follow_symlinks)


def test_an_entry_that_cannot_be_read_is_taken_for_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    known = read_folder(spelt(tmp_path), {}).entries
    entries = [Entry("f", errno.EIO), Entry("new", errno.EACCES), Entry("left", errno.ENOENT)]
    seen = dict(poll._read(entries, known, 0))  # type: ignore[arg-type]  # stands for what scandir gives
    assert seen[b"f"] == known[b"f"]
    assert stat.S_IFMT(seen[b"new"].kind) == 0
    assert b"left" not in seen


def test_a_file_changed_just_now_is_told_again_when_its_times_can_be_trusted(
    monitor: PollMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writes within what the file system's clock can tell apart leave the same times."""
    (tmp_path / "f").touch()
    watch(monitor, tmp_path)
    monkeypatch.setattr(poll, "_FRESH", -(10**12))

    assert [record.mask for record in gather(monitor, has(masks.CLOSE_WRITE, b"f"))] == [masks.CLOSE_WRITE]


def test_nobody_waits_for_a_server_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def hang(*_arguments: object) -> Folder:
        asked.set()
        assert answer.wait(10)
        return Folder(spelt(tmp_path), 0, 0, {})

    monitor = PollMonitor(interval=0.001)
    watch(monitor, tmp_path)
    monkeypatch.setattr(poll, "read_folder", hang)
    assert asked.wait(10)
    assert monitor.drain() == ()
    monitor.close()
    answer.set()
    monitor._thread.join(10)
    assert not monitor._thread.is_alive()


def test_a_look_that_nobody_has_taken_keeps_nobody_from_closing(tmp_path: Path) -> None:
    monitor = PollMonitor(interval=0.001)
    watch(monitor, tmp_path)
    (tmp_path / "f").touch()
    assert select.select([monitor], [], [], 10)[0]
    monitor.close()
    assert not monitor._thread.is_alive()


def test_a_moved_directory_is_looked_into_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    monitor = PollMonitor(interval=0.2)
    watch(monitor, tmp_path)
    watch(monitor, tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "b" / "f").touch()
    records = gather(monitor, has(masks.CREATE, b"f"))
    assert [record.name for record in records if record.name in (b"a", b"b")][:2] == [b"a", b"b"]
    monitor.close()


def test_a_directory_that_has_come_back_after_it_could_not_be_watched_is_told(
    monitor: PollMonitor, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    watch(monitor, tmp_path)
    (tmp_path / "d").rename(tmp_path.parent / "away")
    monitor.scan((spelt(tmp_path / "d"),), files=False)
    (tmp_path.parent / "away").rename(tmp_path / "d")
    gather(monitor, has(masks.CREATE | masks.ISDIR, b"d"))


def test_looking_gives_what_is_known_of_each_entry(monitor: PollMonitor, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("four")
    (tmp_path / "d").mkdir()
    there, gone = monitor.look((spelt(tmp_path), spelt(tmp_path / "gone")), watch=False)
    assert there.entries is not None
    assert [(one.name, one.is_directory) for one in there.entries] == [(b"d", True), (b"f", False)]
    assert there.entries[1].size == 4
    assert there.wd is None
    assert gone == Looked(spelt(tmp_path / "gone"), None, errno.ENOENT)
    (watched,) = monitor.look((spelt(tmp_path),), watch=True)
    assert watched.wd == watch(monitor, tmp_path)
    assert monitor.watch_limit() is None


def test_a_source_whose_parent_was_renamed_ends(monitor: PollMonitor, tmp_path: Path) -> None:
    (tmp_path / "p" / "s").mkdir(parents=True)
    wd = watch(monitor, tmp_path / "p" / "s")
    (tmp_path / "p").rename(tmp_path / "q")

    def done(records: list[Record]) -> bool:
        return records == [Record(wd, masks.DELETE_SELF, 0, b""), Record(wd, masks.IGNORED, 0, b"")]

    gather(monitor, done)


def test_a_removed_watch_is_answered_at_the_next_drain(monitor: PollMonitor, tmp_path: Path) -> None:
    wd = watch(monitor, tmp_path)
    monitor.remove((wd, 4711))
    assert monitor.pending
    assert monitor.drain() == (Record(wd, masks.IGNORED, 0, b""),)
