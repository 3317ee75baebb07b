"""The file of a recording: its parts, and what can go wrong with it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pylsyncd.system import journalfile
from pylsyncd.system.journalfile import JournalFile, JournalFileError

LIMIT = 100
LINE = b"x" * 29 + b"\n"
"""With a head in front of them, three fit into a part."""


def opened(path: Path, *, keep: int = 3, limit: int = LIMIT) -> JournalFile:
    return JournalFile(bytes(path), limit, keep, lambda line: line.startswith(b"head"))


def head(name: str) -> Callable[[int], bytes]:
    return lambda part: f"head {name}{part}\n".encode()


def parts(path: Path) -> list[str]:
    """The heads in each part, newest first."""
    files = sorted(path.parent.glob("journal*"))
    return [" ".join(line for line in file.read_text().splitlines() if line[:1] != "x") for file in files]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def write(file: JournalFile, lines: int) -> None:
    for _ in range(lines):
        file.write(LINE)


def test_nobody_else_may_read_it(path: Path) -> None:
    file = opened(path)
    file.begin(head("a"))
    file.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"head a1\n"


def test_lines_wait_in_a_buffer_until_they_are_flushed(path: Path) -> None:
    file = opened(path)
    file.begin(head("a"))
    file.flush()
    assert file.write(LINE)
    assert not file.write(LINE)
    assert path.read_bytes() == b"head a1\n"
    file.flush()
    assert path.read_bytes() == b"head a1\n" + 2 * LINE
    file.close()


def test_much_at_once_is_written_at_once(path: Path) -> None:
    file = opened(path, limit=1 << 30)
    file.begin(head("a"))
    write(file, 10_000)
    assert path.stat().st_size > 200_000
    file.close()


def test_a_full_part_is_moved_on_and_a_new_one_begun(path: Path) -> None:
    file = opened(path)
    file.begin(head("a"))
    write(file, 7)
    file.close()
    assert parts(path) == ["head a3", "head a2", "head a1"]
    assert b"".join(Path(f"{path}{end}").read_bytes() for end in (".2", ".1", "")).count(LINE) == 7


def test_the_beginning_of_a_recording_is_never_removed(path: Path) -> None:
    file = opened(path)
    file.begin(head("a"))
    write(file, 9)
    with pytest.raises(JournalFileError, match=r"journal has reached 3 parts of 0 MB"):
        file.write(LINE)
    assert parts(path) == ["head a3", "head a2", "head a1"]


def test_with_one_part_a_recording_ends_when_that_is_full(path: Path) -> None:
    file = opened(path, keep=1)
    file.begin(head("a"))
    write(file, 3)
    with pytest.raises(JournalFileError, match="journal has reached 0 MB"):
        file.write(LINE)
    file.abandon()
    file = opened(path, keep=1, limit=50)
    file.begin(head("b"))
    file.close()
    assert parts(path) == ["head b1"]


def test_a_new_recording_goes_on_in_the_same_part_and_may_push_out_older_ones(path: Path) -> None:
    file = opened(path)
    file.begin(head("a"))
    write(file, 6)
    file.begin(head("b"))
    write(file, 3)
    file.close()
    assert parts(path) == ["head b2", "head a2 head b1", "head a1"]
    file = opened(path)
    file.begin(head("c"))
    write(file, 3)
    file.close()
    assert parts(path) == ["head c2", "head b2 head c1", "head a2 head b1"]


def test_a_line_that_was_cut_off_is_ended_before_the_next_recording(path: Path) -> None:
    path.write_bytes(b"head a1\nxxx")
    file = opened(path)
    file.begin(head("b"))
    file.close()
    assert path.read_bytes() == b"head a1\nxxx\nhead b1\n"


@pytest.mark.parametrize("name", ["journal", "journal.2"])
def test_a_file_that_is_no_journal_is_left_alone(path: Path, name: str) -> None:
    (path.parent / name).write_text("settings {\n")
    with pytest.raises(JournalFileError, match=rf"{name} is there already, and is no journal: name another"):
        opened(path).open()
    assert (path.parent / name).read_text() == "settings {\n"


def test_only_one_daemon_may_write_it(path: Path) -> None:
    first, second = opened(path), opened(path)
    first.open()
    with pytest.raises(JournalFileError, match=r"cannot write .*journal: Another pylsyncd records in it"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_it_has_to_be_a_regular_file_of_its_own(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(JournalFileError, match=r"It is no regular file|No such device"):
        opened(path).open()
    path.unlink()
    path.symlink_to(path.parent / "other")
    with pytest.raises(JournalFileError, match="Too many levels of symbolic links"):
        opened(path).open()
    with pytest.raises(JournalFileError, match="Is a directory"):
        opened(path.parent).open()
    with pytest.raises(JournalFileError, match="No such file or directory"):
        opened(path / "none").open()


def test_on_a_full_disk_it_ends_with_a_whole_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = opened(path)
    file.begin(head("a"))
    write(file, 1)
    file.flush()

    def write_some(descriptor: int, content: bytes) -> None:
        os.write(descriptor, content[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(journalfile, "write_fully", write_some)
    file.write(LINE)
    with pytest.raises(JournalFileError, match=r"cannot write .*/journal: No space left on device"):
        file.flush()
    assert path.read_bytes() == b"head a1\n" + LINE
    file.abandon()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_was_taken_away_is_noticed(path: Path, *, is_replaced: bool) -> None:
    file = opened(path)
    file.begin(head("a"))
    file.flush()
    path.rename(path.parent / "elsewhere")
    if is_replaced:
        path.write_text("mine")
    file.write(LINE)
    with pytest.raises(JournalFileError, match=r"moved away|No such file"):
        file.flush()
    file.abandon()


def test_what_cannot_be_moved_on_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = opened(path)
    file.begin(head("a"))
    write(file, 3)

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(JournalFileError, match="Read-only file system"):
        file.write(LINE)
    file.close()
    assert path.read_bytes() == b"head a1\n" + 3 * LINE
