"""Recorders and where they report."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pylsyncd.migrate.compare import gate as gate_module
from pylsyncd.migrate.compare.gate import Gate
from pylsyncd.migrate.compare.log import Call
from pylsyncd.migrate.steps import Exit, Hold, Kill

RECORDER = Path(gate_module.__file__).parent / "recorder.py"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(bytes(tmp_path / "socket"))
    yield gate
    gate.close()


def start(gate: Gate, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-IS", RECORDER, os.fsdecode(gate.path), *words],
        stdin=stdin,
        stdout=subprocess.DEVNULL,
    )


def pump_until(gate: Gate, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        gate.pump(time.monotonic())
        time.sleep(0.005)


def test_a_recorder_tells_arguments_and_input_and_ends_well(gate: Gate) -> None:
    process = start(gate, "Sync1", "2", "rsync", "-r", "\udcff", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"a\0b" * 100_000)
    process.stdin.close()
    pump_until(gate, lambda: process.poll() is not None)

    assert process.returncode == 0
    assert gate.calls == [Call(b"Sync1", (b"rsync", b"-r", b"\xff"), b"a\0b" * 100_000)]
    assert gate.calls[0].lanes == 2
    assert gate.is_at_rest()


def test_what_the_daemon_was_given_itself_is_no_input(gate: Gate) -> None:
    process = start(gate, "Sync1", "1", "rsync")
    pump_until(gate, lambda: process.poll() is not None)

    assert gate.calls == [Call(b"Sync1", (b"rsync",))]


def test_a_recorder_ends_as_it_is_told(gate: Gate) -> None:
    gate.order(Exit(23), 0.0)
    gate.order(Kill(9), 0.0)
    ends = []
    for _ in range(3):
        process = start(gate, "Sync1", "1", "rsync")
        pump_until(gate, lambda process=process: process.poll() is not None)  # type: ignore[misc]
        ends.append(process.returncode)
        failure = gate.failures.get(b"Sync1")
        ends.append(failure.in_a_row if failure else 0)

    assert ends == [23, 1, -9, 2, 0, 0]


def test_what_is_held_counts_as_rest(gate: Gate) -> None:
    gate.order(Hold(), 0.0)
    process = start(gate, "Sync1", "1", "rsync")
    pump_until(gate, lambda: gate.calls != [])

    assert gate.is_at_rest()
    assert not gate.is_at_rest(held_too=True)
    gate.order(Exit(5), 0.0)
    assert process.wait(20) == 5
    assert gate.is_at_rest(held_too=True)


def test_a_held_process_that_is_killed_is_forgotten(gate: Gate) -> None:
    gate.order(Hold(), 0.0)
    process = start(gate, "Sync1", "1", "rsync")
    pump_until(gate, lambda: gate.calls != [])
    process.kill()
    process.wait()
    pump_until(gate, lambda: gate.is_at_rest(held_too=True))


def test_a_tunnel_stands_until_its_daemon_ends_it(gate: Gate) -> None:
    process = start(gate, "tunnel", "1", "ssh", "-N")
    pump_until(gate, lambda: gate.calls != [])

    assert process.poll() is None
    gate.close()
    assert process.wait(20) == 0
