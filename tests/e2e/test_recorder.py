"""The stand-in for rsync writes down what it is given, and does as it is told."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from e2e.recorder import Call, Recorder
from e2e.waiting import until


def call(recorder: Recorder, *arguments: bytes, fed: bytes = b"") -> int:
    return subprocess.run([recorder.executable, *arguments], input=fed, check=False).returncode


def test_arguments_and_input_are_kept_byte_by_byte(tmp_path: Path) -> None:
    recorder = Recorder.install(tmp_path / "recorder")

    call(recorder, b"-lts", b"\xff\n\xe4", fed=b"/\xfe\0/")

    assert recorder.calls() == [Call(0, ("-lts", "\xff\n\xe4"), "/\xfe\0/")]


def test_calls_are_numbered_in_the_order_of_their_start(tmp_path: Path) -> None:
    recorder = Recorder.install(tmp_path / "recorder")

    for argument in (b"first", b"second", b"third"):
        call(recorder, argument)

    assert [entry.argv for entry in recorder.calls()] == [("first",), ("second",), ("third",)]


@pytest.mark.parametrize(("scripted", "seen"), [(23, 23), (-signal.SIGKILL, -9), (0, 0)])
def test_a_call_ends_as_scripted_and_later_ones_with_zero(tmp_path: Path, scripted: int, seen: int) -> None:
    recorder = Recorder.install(tmp_path / "recorder", exit_codes=(scripted,))

    assert [call(recorder), call(recorder)] == [seen, 0]


def test_a_call_hangs_at_the_gate_until_it_opens(tmp_path: Path) -> None:
    recorder = Recorder.install(tmp_path / "recorder")
    recorder.close_gate()

    with subprocess.Popen([recorder.executable], stdin=subprocess.DEVNULL) as process:
        until(lambda: len(recorder.calls()) == 1, what="the call to be written down")
        assert process.poll() is None
        recorder.open_gate()

        assert process.wait(10) == 0


def test_the_real_program_gets_the_same_arguments_and_input(tmp_path: Path) -> None:
    recorder = Recorder.install(tmp_path / "recorder", real="/bin/cat")

    copied = subprocess.run(
        [recorder.executable, "-A", "-"], input=b"fed\0", capture_output=True, check=True
    ).stdout

    assert copied == b"fed^@"
    assert recorder.calls() == [Call(0, ("-A", "-"), "fed\0")]
