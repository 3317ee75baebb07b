"""The pid file is held by one daemon at a time, and says which (spec 1.3)."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pylsyncd.system.pidfile import PidFile, PidFileError
from system.children import open_descriptors

HOLDER = """\
import fcntl, os, sys
file = open(sys.argv[1], "a+")
fcntl.lockf(file, fcntl.LOCK_EX)
file.truncate(0)
file.write(sys.argv[2].replace("PID", str(os.getpid())))
file.flush()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another(path: Path, content: str) -> Iterator[int]:
    """Let another process hold the lock (Lsyncd does it by the same call)."""
    argv = [sys.executable, "-c", HOLDER, str(path), content]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid


def test_it_holds_the_pid_and_a_line_feed(tmp_path: Path) -> None:
    held = PidFile(bytes(tmp_path / "pid"))
    assert (tmp_path / "pid").read_text() == f"{os.getpid()}\n"
    held.release()


def test_what_stood_in_an_old_file_is_gone(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("123456789012345\nand more")
    held = PidFile(bytes(tmp_path / "pid"))
    assert (tmp_path / "pid").read_text() == f"{os.getpid()}\n"
    held.release()


def test_release_removes_it_and_may_be_repeated(tmp_path: Path) -> None:
    before = open_descriptors()
    held = PidFile(bytes(tmp_path / "pid"))
    held.release()
    held.release()
    assert not (tmp_path / "pid").exists()
    assert open_descriptors() == before


def test_it_can_be_taken_again_after_release(tmp_path: Path) -> None:
    PidFile(bytes(tmp_path / "pid")).release()
    held = PidFile(bytes(tmp_path / "pid"))
    assert (tmp_path / "pid").exists()
    held.release()


def test_one_that_is_held_names_the_file_and_the_process(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with held_by_another(path, "PID\n") as pid:
        before = open_descriptors()
        with pytest.raises(PidFileError) as caught:
            PidFile(bytes(path))
        assert caught.value.message == (
            b'Pid file "%s" is held by process %d: is the daemon running already?' % (bytes(path), pid)
        )
        assert path.read_text() == f"{pid}\n"
        assert open_descriptors() == before


@pytest.mark.parametrize("content", ["", "what is this?"])
def test_one_that_is_held_without_a_pid_in_it_says_so(tmp_path: Path, content: str) -> None:
    with (
        held_by_another(tmp_path / "pid", content),
        pytest.raises(PidFileError, match="is held by another process"),
    ):
        PidFile(bytes(tmp_path / "pid"))


def test_a_file_left_by_a_daemon_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    with held_by_another(tmp_path / "pid", "PID\n"):
        assert (tmp_path / "pid").exists()
    held = PidFile(bytes(tmp_path / "pid"))
    assert (tmp_path / "pid").read_text() == f"{os.getpid()}\n"
    held.release()


def test_the_file_of_a_successor_is_not_removed(tmp_path: Path) -> None:
    held = PidFile(bytes(tmp_path / "pid"))
    (tmp_path / "pid").unlink()
    (tmp_path / "pid").write_text("successor\n")
    held.release()
    assert (tmp_path / "pid").read_text() == "successor\n"


def test_a_file_that_is_gone_at_the_end_is_no_error(tmp_path: Path) -> None:
    held = PidFile(bytes(tmp_path / "pid"))
    (tmp_path / "pid").unlink()
    held.release()
    assert not (tmp_path / "pid").exists()


def test_a_file_removed_between_open_and_lock_is_made_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = fcntl.lockf

    def lock_late(descriptor: int, operation: int) -> None:
        if not os.get_inheritable(descriptor) and not removed:
            (tmp_path / "pid").unlink()
            removed.append(True)
        real(descriptor, operation)

    removed: list[bool] = []
    monkeypatch.setattr(fcntl, "lockf", lock_late)
    held = PidFile(bytes(tmp_path / "pid"))
    assert removed
    assert (tmp_path / "pid").read_text() == f"{os.getpid()}\n"
    held.release()


def test_a_relative_path_is_released_even_from_another_directory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    held = PidFile(b"p\xffd")
    monkeypatch.chdir("/")
    held.release()
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/gone/p\xffd"
    with pytest.raises(PidFileError) as caught:
        PidFile(path)
    assert caught.value.message == b'Cannot write pid file "%s": No such file or directory' % path
    assert str(caught.value).endswith('/gone/p\\xffd": No such file or directory')


@pytest.mark.parametrize("call", ["pwrite", "ftruncate"])
def test_a_full_disk_says_so_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = open_descriptors()
    monkeypatch.setattr(os, call, full)
    with pytest.raises(PidFileError, match="No space left on device"):
        PidFile(bytes(tmp_path / "pid"))
    assert list(tmp_path.iterdir()) == []
    assert open_descriptors() == before


def test_a_file_system_without_locks_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "lockf", no_locks)
    with pytest.raises(PidFileError, match="No locks available"):
        PidFile(bytes(tmp_path / "pid"))


def test_a_directory_locked_away_at_the_end_does_not_keep_the_daemon_from_ending(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    before = open_descriptors()
    held = PidFile(bytes(tmp_path / "pid"))
    monkeypatch.setattr(os, "unlink", refuse)
    held.release()
    assert open_descriptors() == before
