"""When a child cannot be started, fed or watched, the errno is told and nothing is lost or leaked."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylsyncd.core.model import Command, Exited, Killed
from pylsyncd.system.processes import END_UNKNOWN, Processes
from system.children import Children, new_loop, open_descriptors


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with new_loop() as loop:
        yield loop


@pytest.fixture
def children(loop: asyncio.AbstractEventLoop) -> Iterator[Children]:
    children = Children(loop)
    yield children
    children.processes.close()


def errno_of_start(processes: Processes, *argv: bytes, stdin: bytes | None = None) -> int | None:
    """Say why the start failed, after making sure that nothing is left of it."""
    before, family = open_descriptors(), own_children()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is what the caller compares
        processes.start(1, Command(argv, stdin))
    assert open_descriptors() == before
    assert processes.running == 0
    assert own_children() <= family  # no new child, not even a zombie
    return caught.value.errno


def own_children() -> set[str]:
    """Pids of this process's children, zombies included; other tests of it may have left some."""
    return {
        pid for children in Path("/proc/self/task").glob("*/children") for pid in children.read_text().split()
    }


def failing(number: int) -> object:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_binary_that_is_nowhere_in_path_is_enoent(children: Children) -> None:
    assert errno_of_start(children.processes, b"no-such-binary-anywhere") == errno.ENOENT


def test_a_path_to_nothing_is_enoent(children: Children) -> None:
    assert errno_of_start(children.processes, b"/no/such/b\xffnary") == errno.ENOENT


def test_a_script_whose_interpreter_is_missing_is_enoent(children: Children, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/no/such/interpreter\n")
    (tmp_path / "script").chmod(0o755)
    assert errno_of_start(children.processes, bytes(tmp_path / "script")) == errno.ENOENT


def test_a_file_that_is_not_executable_is_eacces(children: Children, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("#!/bin/sh\n")
    assert errno_of_start(children.processes, bytes(tmp_path / "file")) == errno.EACCES


def test_a_directory_is_eacces(children: Children, tmp_path: Path) -> None:
    assert errno_of_start(children.processes, bytes(tmp_path)) == errno.EACCES


def test_a_file_of_no_executable_format_is_enoexec(children: Children, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("echo no interpreter line\n")
    (tmp_path / "script").chmod(0o755)
    assert errno_of_start(children.processes, bytes(tmp_path / "script")) == errno.ENOEXEC


def test_an_argument_longer_than_the_kernel_takes_is_e2big(children: Children) -> None:
    assert errno_of_start(children.processes, b"true", b"x" * 4_000_000) == errno.E2BIG


@pytest.mark.parametrize("argv", [(), (b"tr\0ue",), (b"true", b"a\0b")])
def test_what_execve_cannot_carry_is_einval(children: Children, argv: tuple[bytes, ...]) -> None:
    assert errno_of_start(children.processes, *argv) == errno.EINVAL


@pytest.mark.parametrize("stdin", [None, b"x"])
@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_full_descriptor_table_is_emfile(children: Children, left: int, stdin: bytes | None) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, open_descriptors()))
    filler = [os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC) for _ in range(highest)]  # fills the gaps
    for descriptor in filler:
        if descriptor > highest:
            os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1 + left, hard))
    try:
        before = len(children.ends)
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is compared below
            children.processes.start(1, Command((b"true",), stdin))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in filler:
            if descriptor <= highest:
                os.close(descriptor)
    assert caught.value.errno == errno.EMFILE
    assert (children.processes.running, len(children.ends)) == (0, before)
    assert children.run(b"true") == Exited(0)


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM])
def test_a_fork_that_fails_is_told(children: Children, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(subprocess, "_fork_exec", failing(number))
    assert errno_of_start(children.processes, b"true", stdin=b"x") == number


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSYS])
def test_no_memory_for_the_standard_input_is_told(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    monkeypatch.setattr(os, "memfd_create", failing(number))
    assert errno_of_start(children.processes, b"cat", stdin=b"x") == number


def test_a_kernel_older_than_the_noexec_flag_still_gives_memory(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    real = os.memfd_create

    def linux_5(name: str, flags: int) -> int:
        if flags & 0x0008:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(name, flags)

    monkeypatch.setattr(os, "memfd_create", linux_5)
    assert children.run(b"cat", stdin=b"fed") == Exited(0)
    assert capfd.readouterr().out == "fed"


PIDFD_ERRNOS = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSYS, errno.EPERM]


@pytest.mark.parametrize("number", PIDFD_ERRNOS)
def test_a_child_without_a_pidfd_runs_and_its_end_is_told(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    monkeypatch.setattr(os, "pidfd_open", failing(number))
    assert children.run(b"sh", b"-c", b"exit 6") == Exited(6)
    assert children.processes.running == 0


def test_a_child_without_a_pidfd_takes_signals(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pidfd_open", failing(errno.ENFILE))
    children.processes.start(1, Command((b"sleep", b"60")))
    assert children.processes.signal(1, signal.SIGTERM)
    children.until(lambda: children.ends == {1: Killed(signal.SIGTERM)})


def test_a_child_without_a_pidfd_does_not_outlive_close_as_a_report(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "pidfd_open", failing(errno.ENFILE))
    pid = children.processes.start(1, Command((b"sleep", b"60")))
    children.processes.close()
    os.kill(pid, signal.SIGKILL)
    waiters = [thread for thread in threading.enumerate() if thread.name == f"wait-{pid}"]
    for thread in waiters:
        thread.join()
    children.loop.run_until_complete(asyncio.sleep(0))
    assert (len(waiters), children.ends) == (1, {})
    os.waitpid(pid, 0)


def test_a_child_without_a_pidfd_may_outlive_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pidfd_open", failing(errno.ENFILE))
    with new_loop() as loop:
        pid = Children(loop).processes.start(1, Command((b"sleep", b"60")))
    os.kill(pid, signal.SIGKILL)
    for thread in threading.enumerate():
        if thread.name == f"wait-{pid}":
            thread.join()  # an exception in it would fail this test
    assert os.waitpid(pid, 0) == (pid, signal.SIGKILL)


def test_a_wake_up_for_a_child_that_still_runs_changes_nothing(children: Children) -> None:
    children.processes.start(1, Command((b"sleep", b"60")))
    children.processes._look(1)
    assert (children.processes.running, children.ends) == (1, {})
    children.processes.signal(1, signal.SIGKILL)
    children.until(lambda: children.ends == {1: Killed(signal.SIGKILL)})


def test_a_child_whose_pidfd_cannot_be_polled_runs_and_its_end_is_told(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = open_descriptors()
    monkeypatch.setattr(children.loop, "add_reader", failing(errno.ENOSPC))
    assert children.run(b"sh", b"-c", b"exit 6") == Exited(6)
    assert open_descriptors() == before


def test_a_child_that_nothing_can_watch_is_ended_and_told_as_not_started(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more_threads(_: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(os, "pidfd_open", failing(errno.ENFILE))
    monkeypatch.setattr(threading.Thread, "start", no_more_threads)
    assert errno_of_start(children.processes, b"sleep", b"60") == errno.EAGAIN


@pytest.mark.parametrize("has_pidfd", [True, False])
def test_a_child_reaped_by_somebody_else_is_told_with_code_255(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
    has_pidfd: bool,  # noqa: FBT001 - a parameter of the test, given by pytest
) -> None:
    if not has_pidfd:
        monkeypatch.setattr(os, "pidfd_open", failing(errno.ENFILE))
    old = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps at once (waitid(2))
    try:
        assert children.run(b"sh", b"-c", b"exit 6") == END_UNKNOWN == Exited(255)
    finally:
        signal.signal(signal.SIGCHLD, old)


def test_a_child_of_another_user_cannot_be_signalled_and_that_is_said(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children.processes.start(1, Command((b"sleep", b"60")))
    with monkeypatch.context() as patch:
        patch.setattr(signal, "pidfd_send_signal", failing(errno.EPERM))
        assert not children.processes.signal(1, signal.SIGTERM)
    assert children.processes.signal(1, signal.SIGTERM)
    children.until(lambda: children.ends == {1: Killed(signal.SIGTERM)})
