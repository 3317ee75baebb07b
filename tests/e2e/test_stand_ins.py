"""The stand-ins write down what they are given, in order, and do as they are told."""

from __future__ import annotations

import subprocess
from pathlib import Path

from e2e.stand_ins import Call, StandIns


def run(stand_ins: StandIns, path: str, *arguments: bytes, fed: bytes = b"") -> int:
    return subprocess.run([stand_ins.home / path, *arguments], input=fed, check=False).returncode


def test_arguments_and_input_are_kept_byte_by_byte(tmp_path: Path) -> None:
    stand_ins = StandIns.install(tmp_path / "bin", {"one": ("cp", "mv")})

    run(stand_ins, "one/cp", b"-a", b"", b"\xff\n\xe4 '\"$x`", fed=b"/\xfe\0/")
    run(stand_ins, "one/mv")

    assert stand_ins.calls() == [
        Call("one", "cp", ("-a", "", "\xff\n\xe4 '\"$x`"), "/\xfe\0/"),
        Call("one", "mv", (), ""),
    ]


def test_the_first_calls_of_one_stand_in_end_as_scripted(tmp_path: Path) -> None:
    codes = {"one/cp": (7, 0, 3)}
    stand_ins = StandIns.install(tmp_path / "bin", {"one": ("cp",), "two": ("cp",)}, exit_codes=codes)

    assert [run(stand_ins, path) for path in ("one/cp", "two/cp", "one/cp", "one/cp", "one/cp")] == [
        7,
        0,
        0,
        3,
        0,
    ]


def test_calls_that_linger_know_how_many_run_beside_them(tmp_path: Path) -> None:
    stand_ins = StandIns.install(tmp_path / "bin", {"one": ("cp",)}, linger=True)

    processes = [subprocess.Popen([stand_ins.home / "one/cp"], stdin=subprocess.DEVNULL) for _ in range(3)]

    assert [process.wait(30) for process in processes] == [0, 0, 0]
    assert sorted(call.beside for call in stand_ins.calls()) == [0, 1, 2]


def test_a_question_for_the_version_is_answered_and_not_written_down(tmp_path: Path) -> None:
    stand_ins = StandIns.install(tmp_path / "bin", {"one": ("rsync",)})

    assert run(stand_ins, "one/rsync", b"--version") == 0
    assert stand_ins.calls() == []
