"""The private directory for the sockets of ssh."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylsyncd.system.sockets import Sockets

WORDS = (b"rsync", b"--rsh=ssh -o ControlPath=${PYLSYNCD_SOCKETS}/12", b"/s/")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short place for it, as the runtime directory of a user is."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as path:
        monkeypatch.setenv("XDG_RUNTIME_DIR", path)
        yield Path(path)


@pytest.fixture
def lines() -> list[tuple[str, bytes]]:
    return []


@pytest.fixture
def sockets(lines: list[tuple[str, bytes]]) -> Iterator[Sockets]:
    made = Sockets(lambda *line: lines.append(line))
    yield made
    made.close()


def directory_in(argv: tuple[bytes, ...]) -> str:
    found = re.fullmatch(rb"--rsh=ssh -o ControlPath=(.*)/12", argv[1])
    assert found
    return found[1].decode()


def test_a_command_that_does_not_speak_of_it_stays_and_nothing_is_made(
    runtime: Path, sockets: Sockets
) -> None:
    assert sockets.fill_in((b"rsync", b"/s/")) == (b"rsync", b"/s/")
    assert os.listdir(runtime) == []


def test_it_is_made_once_for_all_commands_and_for_nobody_else(runtime: Path, sockets: Sockets) -> None:
    directory = directory_in(sockets.fill_in(WORDS))
    assert sockets.fill_in(WORDS) == (WORDS[0], f"--rsh=ssh -o ControlPath={directory}/12".encode(), b"/s/")
    assert os.listdir(runtime) == [os.path.basename(directory)]
    assert os.stat(directory).st_mode & 0o777 == 0o700


def test_the_next_configuration_has_another_directory_and_in_the_end_nothing_is_left_of_either(
    runtime: Path, sockets: Sockets
) -> None:
    first = directory_in(sockets.fill_in(WORDS))
    sockets.renew()
    second = directory_in(sockets.fill_in(WORDS))
    assert second != first
    assert {os.path.basename(one) for one in (first, second)} == set(os.listdir(runtime))
    sockets.close()
    assert os.listdir(runtime) == []


def test_a_directory_without_connections_goes_with_the_configuration_after_the_next(
    runtime: Path, sockets: Sockets
) -> None:
    sockets.fill_in(WORDS)
    sockets.renew()
    sockets.renew()
    assert os.listdir(runtime) == []


def test_in_the_end_nothing_is_left_of_it(runtime: Path, sockets: Sockets) -> None:
    directory = directory_in(sockets.fill_in(WORDS))
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(f"{directory}/1")
    sockets.close()
    assert os.listdir(runtime) == []


def test_behind_the_end_it_is_made_anew(runtime: Path, sockets: Sockets) -> None:
    first = directory_in(sockets.fill_in(WORDS))
    sockets.close()
    assert directory_in(sockets.fill_in(WORDS)) != first
    assert len(os.listdir(runtime)) == 1


def test_a_connection_that_does_not_answer_does_not_hold_up_the_end(
    runtime: Path, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pylsyncd.system.sockets._PATIENCE", 0.2)
    directory = directory_in(sockets.fill_in(WORDS))
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(f"{directory}/1")
        hung.listen()
        sockets.close()
    assert os.listdir(runtime) == []


def test_one_that_somebody_has_removed_is_no_trouble_in_the_end(runtime: Path, sockets: Sockets) -> None:
    os.rmdir(directory_in(sockets.fill_in(WORDS)))
    sockets.close()
    assert os.listdir(runtime) == []


@pytest.mark.parametrize("place", ["", "run", "/tmp/" + "l" * 60, "/tmp/two words", "/nowhere/at/all"])
def test_where_the_runtime_directory_does_not_do_it_is_made_in_tmp(
    place: str, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", place)
    assert os.path.dirname(directory_in(sockets.fill_in(WORDS))) == "/tmp"


def test_where_others_may_change_names_it_is_not_made(runtime: Path, sockets: Sockets) -> None:
    runtime.chmod(0o777)
    directory_in(sockets.fill_in(WORDS))
    assert os.listdir(runtime) == []


def test_without_any_place_each_call_has_a_connection_of_its_own(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch, lines: list[tuple[str, bytes]]
) -> None:
    def refuse(_path: bytes, _mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "mkdir", refuse)
    for _ in range(2):
        assert sockets.fill_in(WORDS) == (b"rsync", b"--rsh=ssh -o ControlPath=none", b"/s/")
    assert lines == [
        ("Warn", b"No directory for the sockets of ssh (No space left on device): each call logs in anew.")
    ]
