"""A file is replaced at one stroke or not at all, and appended to without hanging (spec 1.2, 1.5)."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pylsyncd.system.files import append, count_mounts, open_for_append, write_atomically, write_fully


def failing(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def names_in(directory: Path) -> list[bytes]:
    return sorted(os.listdir(bytes(directory)))


def test_a_new_file_has_the_content(tmp_path: Path) -> None:
    write_atomically(bytes(tmp_path / "status"), b"a\0\xff\n")
    assert (tmp_path / "status").read_bytes() == b"a\0\xff\n"


def test_a_longer_file_is_replaced_by_a_shorter_one(tmp_path: Path) -> None:
    write_atomically(bytes(tmp_path / "status"), b"x" * 100_000)
    write_atomically(bytes(tmp_path / "status"), b"short")
    assert (tmp_path / "status").read_bytes() == b"short"
    assert names_in(tmp_path) == [b"status"]


def test_a_relative_path_and_a_name_of_255_bytes_that_is_not_utf_8_are_fine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomically(b"\xff" * 255, b"content")
    assert names_in(tmp_path) == [b"\xff" * 255]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o644)])
def test_the_mode_is_0644_less_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    old = os.umask(umask)
    try:
        write_atomically(bytes(tmp_path / "status"), b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "status").stat().st_mode) == mode


def test_who_has_the_old_file_open_goes_on_reading_the_whole_old_one(tmp_path: Path) -> None:
    write_atomically(bytes(tmp_path / "status"), b"old")
    with (tmp_path / "status").open("rb") as reader:
        write_atomically(bytes(tmp_path / "status"), b"new")
        assert reader.read() == b"old"


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    path = tmp_path / "status"
    versions = {letter * 300_000 for letter in (b"a", b"b")}
    write_atomically(bytes(path), b"a" * 300_000)
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for version in versions:
                write_atomically(bytes(path), version)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        assert {path.read_bytes() for _ in range(100)} <= versions
    finally:
        stop.set()
        writer.join()


def test_a_symbolic_link_is_replaced_and_what_it_named_stays(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "status").symlink_to("victim")
    write_atomically(bytes(tmp_path / "status"), b"new")
    assert (tmp_path / "victim").read_text() == "precious"
    assert not (tmp_path / "status").is_symlink()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_when_writing_fails_the_old_file_stays_and_no_other_is_left(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    (tmp_path / "status").write_text("old")
    monkeypatch.setattr(os, "write", failing(number))
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is compared below
        write_atomically(bytes(tmp_path / "status"), b"new")
    assert caught.value.errno == number
    assert (tmp_path / "status").read_text() == "old"
    assert names_in(tmp_path) == [b"status"]


def test_when_renaming_fails_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        write_atomically(bytes(tmp_path / "status"), b"new")
    assert names_in(tmp_path) == []


def test_a_directory_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(bytes(tmp_path / "gone" / "status"), b"new")


def test_a_directory_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_atomically(bytes(tmp_path), b"new")


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    (tmp_path / "status").symlink_to("/dev/null")
    write_atomically(bytes(tmp_path / "status"), b"new")
    assert (tmp_path / "status").is_char_device()
    assert names_in(tmp_path) == [b"status"]


def test_a_named_pipe_without_a_reader_is_an_error_and_no_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "status")
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is compared below
        write_atomically(bytes(tmp_path / "status"), b"new")
    assert caught.value.errno == errno.ENXIO
    assert (tmp_path / "status").is_fifo()


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EPERM])
def test_a_file_that_may_not_be_replaced_is_written_in_place(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    (tmp_path / "status").write_text("longer than the new one")
    inode = (tmp_path / "status").stat().st_ino
    monkeypatch.setattr(os, "replace", failing(number))
    write_atomically(bytes(tmp_path / "status"), b"new")
    assert (tmp_path / "status").read_bytes() == b"new"
    assert (tmp_path / "status").stat().st_ino == inode
    assert names_in(tmp_path) == [b"status"]


def test_a_file_that_may_not_be_created_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    with pytest.raises(PermissionError):
        write_atomically(bytes(tmp_path / "status"), b"new")


def test_writing_in_place_follows_no_symbolic_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "status").symlink_to("victim")
    monkeypatch.setattr(os, "replace", failing(errno.EPERM))
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is compared below
        write_atomically(bytes(tmp_path / "status"), b"new")
    assert caught.value.errno == errno.ELOOP
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_write_that_takes_only_a_part_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    write_fully(writer, b"0123456789")
    os.close(writer)
    assert os.read(reader, 100) == b"0123456789"
    os.close(reader)


def test_appending_creates_and_then_extends(tmp_path: Path) -> None:
    append(bytes(tmp_path / "log"), b"one\n")
    append(bytes(tmp_path / "log"), b"two\n")
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_a_file_opened_for_append_blocks_and_is_not_inherited(tmp_path: Path) -> None:
    descriptor = open_for_append(bytes(tmp_path / "log"))
    assert os.get_blocking(descriptor)
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_appending_to_a_named_pipe_without_a_reader_is_an_error_and_no_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is compared below
        append(bytes(tmp_path / "log"), b"line")
    assert caught.value.errno == errno.ENXIO


def test_mounts_on_the_way_to_a_directory_are_counted() -> None:
    assert count_mounts(b"/") == 0
    assert count_mounts(b"/proc/") == 1
    assert count_mounts(b"/proc/self/fd/") is not None


def test_what_is_no_directory_has_no_mounts_on_its_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("/")
    assert count_mounts(bytes(tmp_path / "file") + b"/") is None
    assert count_mounts(bytes(tmp_path / "link") + b"/") is None
    assert count_mounts(bytes(tmp_path / "gone") + b"/") is None
