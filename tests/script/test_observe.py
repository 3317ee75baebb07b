"""observefd and nonobservefd (spec 2.1)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from script.daemon import Daemon, refusal, running, running_action, script_error


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("name", ["observefd", "lsyncd.observe_fd"])
def test_a_function_is_called_with_the_descriptor_when_it_is_ready(
    name: str, tmp_path: Path, pipe: tuple[int, int]
) -> None:
    say = 'function(fd) log("Test", "{} ", fd) end'
    daemon = running_action(f"{name}({pipe[0]}, {say.format('read')}, {say.format('write')})", tmp_path)
    daemon.act()
    assert daemon.core.observed == {pipe[0]: (True, True)}
    daemon.ready(pipe[0])
    daemon.ready(pipe[0], "writey")
    assert daemon.lines() == [b"read %d" % pipe[0], b"write %d" % pipe[0]]


def test_nil_means_not_interested(tmp_path: Path, pipe: tuple[int, int]) -> None:
    daemon = running_action(f"observefd({pipe[0]}, print) observefd({pipe[1]}, nil, print)", tmp_path)
    daemon.act()
    assert daemon.core.observed == {pipe[0]: (True, False), pipe[1]: (False, True)}


@pytest.mark.parametrize("name", ["nonobservefd", "lsyncd.nonobserve_fd"])
def test_it_ends_what_was_begun(name: str, tmp_path: Path, pipe: tuple[int, int]) -> None:
    daemon = running_action(f"observefd({pipe[0]}, print) {name}({pipe[0]})", tmp_path)
    daemon.act()
    assert daemon.core.observed == {}
    daemon.ready(pipe[0])  # a word that was under way: nobody is called


def test_what_is_observed_while_loading_is_handed_over_when_the_daemon_runs(
    tmp_path: Path, pipe: tuple[int, int]
) -> None:
    daemon = running(f'observefd({pipe[0]}, print) sync{{ source = "{tmp_path}", onCreate = print }}')
    assert daemon.core.observed == {pipe[0]: (True, False)}


def test_a_descriptor_that_is_closed_before_the_daemon_runs_is_told_in_the_log(tmp_path: Path) -> None:
    daemon = Daemon()
    reading, writing = os.pipe()
    daemon.load(f'observefd({reading}, print) sync{{ source = "{tmp_path}", onCreate = print }}')
    os.close(reading)
    os.close(writing)

    def refuse(descriptor: int, *, reading: bool, writing: bool) -> None:
        os.fstat(descriptor if reading or writing else 0)

    daemon.script.attach(daemon.core, daemon.core.submit, refuse)
    assert daemon.lines("Error") == [b"Descriptor %d cannot be observed: Bad file descriptor" % reading]


def test_an_error_in_the_function_has_a_traceback(tmp_path: Path, pipe: tuple[int, int]) -> None:
    daemon = running_action(f"observefd({pipe[0]}, function() error('boom') end)", tmp_path)
    daemon.act()
    with script_error() as text:
        daemon.ready(pipe[0])
    assert text[0].startswith("/etc/lsyncd.conf.lua:2: boom\nstack traceback:")


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("observefd()", "observefd takes a file descriptor, a number, not nil"),
        ('observefd("x")', 'observefd takes a file descriptor, a number, not "x"'),
        ("observefd(-1)", "observefd takes a file descriptor, a number, not -1"),
        ("nonobservefd(1.5)", "nonobservefd takes a file descriptor, a number, not 1.5"),
        ("observefd(0, 5)", "observefd takes a function or nil as argument 2, not a number"),
        ("observefd(0, nil, 5)", "observefd takes a function or nil as argument 3, not a number"),
        (
            "observefd(9999, print)",
            "observefd: descriptor 9999 cannot be waited for: Bad file descriptor",
        ),
        (
            "observefd(1 << 40, print)",
            "observefd: descriptor 1099511627776 cannot be waited for: Bad file descriptor",
        ),
    ],
)
def test_a_wrong_use_is_an_error_at_the_users_line(use: str, message: str) -> None:
    assert refusal("\n" + use) == f"/etc/lsyncd.conf.lua:2: {message}"


def test_a_regular_file_cannot_be_waited_for(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        message = refusal(f"observefd({file.fileno()}, print)")
    assert message.endswith("cannot be waited for: Operation not permitted")
