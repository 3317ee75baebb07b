"""The command line of `pylsyncd compare`, as far as it goes without any Lsyncd."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pylsyncd.cli.subcommands import run_subcommand

USAGE = "(pylsyncd compare --help shows how)"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.lua").write_text('sync{ default.rsync, source = "/srv", target = "/mnt/t" }')
    (tmp_path / "steps").write_text("create a\n\nflip a\n")
    (tmp_path / "no-record").write_text("{}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("config.lua", f"pylsyncd compare: one of the arguments --with --against is required {USAGE}"),
        ("--with lsyncd", f"pylsyncd compare: the following arguments are required: CONFIG-FILE {USAGE}"),
        (
            "config.lua --with x --against y",
            f"pylsyncd compare: argument --against: not allowed with argument --with {USAGE}",
        ),
        (
            "config.lua --with x --length -3",
            f"pylsyncd compare: argument --length: '-3' is not a whole number, 0 or more {USAGE}",
        ),
        ("config.lua --with no-such-program", "--with no-such-program: there is no such program"),
        ("config.lua --with sh --steps none", "cannot read none: No such file or directory"),
        ("config.lua --with sh --tree none", "--tree none: there is no such directory"),
        ("config.lua --with sh --keep .", "--keep .: there is something in it; name a new directory"),
        ("none.lua --with sh", "cannot read none.lua: No such file or directory"),
        ("config.lua --against none", "cannot read none: No such file or directory"),
        (
            "config.lua --against no-record",
            "no-record: it is no record of `pylsyncd compare --record`",
        ),
        (
            "config.lua --against no-record --steps steps",
            "--against has steps and tree of its own: leave --steps, --tree and --record out",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_255(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_subcommand("compare", [word.encode() for word in words.split()]) == 255
    assert capsys.readouterr() == ("", f"Error: {message}\n")


def test_a_wrong_step_is_reported_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_subcommand("compare", [b"config.lua", b"--with", b"sh", b"--steps", b"steps"]) == 255
    assert capsys.readouterr().err.startswith("Error: steps:3: there is no step flip;")


def test_steps_come_from_standard_input_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"flip\n")))

    assert run_subcommand("compare", [b"config.lua", b"--with", b"sh", b"--steps", b"-"]) == 255
    assert capsys.readouterr().err.startswith("Error: -:1: there is no step flip;")


def test_the_help_says_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_subcommand("compare", [b"--help"]) == 0
    assert "1 some are not" in capsys.readouterr().out
