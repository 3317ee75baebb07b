"""The children of io.popen and their ends."""

from __future__ import annotations

import os
import resource
import signal

import pytest

from pylsyncd.script.popen import _REMEMBERED, Children, _collect


def ended(children: Children, command: bytes) -> int:
    """Start a command and wait, without collecting it, until it has ended; returns its number."""
    descriptor, number = children.start(command, "r")
    os.close(descriptor)
    os.waitid(os.P_PID, children._running[number], os.WEXITED | os.WNOWAIT)
    return number


def test_a_child_that_ended_unasked_is_buried_and_its_code_kept() -> None:
    children = Children()
    number = ended(children, b"exit 3")
    children.reap()
    assert children._running == {}
    assert children.wait(number) == 3


def test_starting_the_next_child_buries_those_that_have_ended() -> None:
    children = Children()
    first = ended(children, b"kill -9 $$")
    second = ended(children, b"true")
    assert list(children._running) == [second]
    assert children.wait(first) == -signal.SIGKILL


def test_only_so_many_codes_are_kept() -> None:
    children = Children()
    number = ended(children, b"exit 3")
    children._codes.update(dict.fromkeys(range(-_REMEMBERED, 0), 0))
    children.reap()
    assert children.wait(number) == 3
    with pytest.raises(KeyError):
        children.wait(-_REMEMBERED)


def test_a_child_that_somebody_else_has_buried_counts_as_done() -> None:
    assert _collect(os.getpid(), os.WNOHANG) == 0


def test_a_failed_start_leaves_no_descriptor_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ValueError, match="null byte"):
        Children().start(b"a\0b", "r")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before + 1, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            Children().start(b"true", "r")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(os.listdir("/proc/self/fd")) == before
