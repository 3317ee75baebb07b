"""`pylsyncd check` as the shell sees it: options, exit codes, and what it leaves alone."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pylsyncd.cli.subcommands import run_subcommand
from pylsyncd.migrate.check.mending import Mended

CLEAN = 'settings{ nodaemon = true }\nsync{ default.rsync, source = "source", target = "host::m" }\n'
WARNS = 'settings{ nodaemon = true }\nlog("Warn", "hm")\n' + CLEAN
WRONG = "settings{ nope = 1 }\n" + CLEAN


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "source").mkdir()
    for name, text in (("clean", CLEAN), ("warns", WARNS), ("wrong", WRONG)):
        (tmp_path / f"{name}.lua").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return run_subcommand("check", [word.encode() for word in words])


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("clean.lua", 0),
        ("warns.lua", 0),
        ("--strict clean.lua", 0),
        ("--strict warns.lua", 1),
        ("wrong.lua", 2),
        ("--strict wrong.lua", 2),
        ("clean.lua wrong.lua", 2),
        ("clean.lua warns.lua", 0),
        ("none.lua", 2),
        ("", 255),
        ("--json --sarif clean.lua", 255),
        ("--nope clean.lua", 255),
        ("--help", 0),
    ],
)
def test_the_exit_code_says_what_was_found(words: str, code: int) -> None:
    assert run(*words.split()) == code


@pytest.mark.usefixtures("place")
def test_several_configs_are_checked_one_by_one(capfd: pytest.CaptureFixture[str]) -> None:
    run("wrong.lua", "clean.lua")
    lines = capfd.readouterr().out.splitlines()
    assert re.match(r"wrong\.lua:1:\d+: error: .*nope.* \[unknown-setting\]$", lines[0])
    assert lines[-2:] == [
        "wrong.lua: 1 error; pylsyncd would not start with it",
        "clean.lua: nothing found; pylsyncd starts with it",
    ]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("option", "beginning"), [("--json", "{"), ("--sarif", "{"), ("--github", "::notice file=wrong.lua")]
)
def test_the_report_alone_is_on_standard_output(
    option: str, beginning: str, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "wrong.lua").write_text('print "a line"\nos.execute "echo another"\n' + WRONG)
    run(option, "wrong.lua")
    printed = capfd.readouterr()
    assert printed.out.startswith(beginning)
    assert printed.err == "a line\nanother\n"
    if beginning == "{":
        assert json.loads(printed.out)


def test_a_script_runs_before_each_config(place: Path) -> None:
    (place / "before.lua").write_text("SOURCE = 'source'")
    (place / "c.lua").write_text(CLEAN.replace('"source"', "SOURCE"))
    assert run("c.lua") == 2
    assert run("--script", "before.lua", "c.lua", "c.lua") == 0


def test_with_no_exec_no_program_leaves_a_trace(place: Path) -> None:
    (place / "c.lua").write_text('os.execute "touch marker"\n' + CLEAN)
    assert run("--no-exec", "c.lua") == 0
    assert not (place / "marker").exists()
    assert run("c.lua") == 0
    assert (place / "marker").exists()


def test_with_no_environment_nothing_of_this_machine_counts(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "c.lua").write_text(
        'settings{ pidfile = "/nowhere/pid", nodaemon = true }\n'
        'sync{ default.rsync, source = "/nowhere/else", target = "host::m" }\n'
    )
    monkeypatch.setenv("PATH", "/nowhere")
    assert run("--no-environment", "--strict", "c.lua") == 0
    assert run("c.lua") == 2


def digest(root: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest(),
            path.lstat().st_mtime_ns,
        )
        for path in root.rglob("*")
    }


def test_nothing_is_touched_in_source_target_and_beside(place: Path) -> None:
    (place / "source" / "new").write_text("new")
    (place / "target").mkdir()
    (place / "target" / "old").write_text("old")
    (place / "pid").write_text("1\n")
    (place / "c.lua").write_text(
        f'settings{{ pidfile = "{place}/pid", logfile = "{place}/log", statusFile = "{place}/status" }}\n'
        f'sync{{ default.rsync, source = "source", target = "{place}/target" }}\n'
        f'sync{{ default.direct, source = "source", target = "{place}/target2" }}\n'
    )
    before = digest(place)
    assert run("c.lua") == 0
    assert digest(place) == before


KEPT = ("PATH", "PYTHONPATH")
"""All of the environment that it needs to be found."""


def as_a_process(place: Path, *words: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "pylsyncd", "check", *words],
        cwd=place,
        env={**{name: os.environ[name] for name in KEPT if name in os.environ}, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_it_needs_no_home_no_locale_and_takes_names_of_any_bytes(place: Path) -> None:
    name = b"c\xff\xc3\xa4.lua"
    (place / os.fsdecode(name)).write_bytes(b'log("Warn", "\xff")\n' + CLEAN.encode())
    done = as_a_process(place, "--strict", name, LC_ALL="C")
    assert done.returncode == 1
    assert done.stdout.startswith(name + b":1:1: warning: \\xff [logged-warning]\n")
    assert done.stderr == b""
    assert json.loads(as_a_process(place, "--json", name, LC_ALL="C").stdout)


def test_a_working_directory_that_is_gone_is_named(place: Path) -> None:
    gone = place / "gone"
    gone.mkdir()
    command = 'rmdir "$PWD" && exec "$0" -m pylsyncd check "$1"'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, place / "clean.lua"],
        cwd=gone,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert b"the working directory cannot be used" in done.stdout
    assert b"Traceback" not in done.stdout + done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(place: Path) -> None:
    (place / "c.lua").write_text("".join(f'log("Warn", "{"x" * 500}")\n' for _ in range(1000)) + CLEAN)
    command = f"{sys.executable} -m pylsyncd check c.lua | head -c 10"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=place,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (b"c.lua:1:1:", b"")


# -- rewriting ------------------------------------------------------------------------------------

OLD = "settings.nodaemon = true\n" + CLEAN.partition("\n")[2]


def test_fix_prints_a_diff_and_changes_nothing(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "c.lua").write_text(OLD)
    assert run("--fix", "c.lua") == 2
    lines = capfd.readouterr().out.splitlines()
    assert lines[:2] == ["--- a/c.lua", "+++ b/c.lua"]
    assert "-settings.nodaemon = true" in lines
    assert "+settings { nodaemon = true }" in lines
    assert (place / "c.lua").read_text() == OLD


def test_fix_in_place_rewrites_keeps_the_old_file_and_checks_again(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "c.lua").write_text(OLD)
    assert run("--fix", "--in-place", "c.lua") == 0
    printed = capfd.readouterr()
    assert printed.out == "c.lua: nothing found; pylsyncd starts with it\n"
    assert printed.err == f"c.lua is rewritten; what was there is {place}/c.lua.bak\n"
    assert (place / "c.lua.bak").read_text() == OLD


def test_files_that_the_config_loads_are_rewritten_too(place: Path) -> None:
    (place / "part.lua").write_text("settings.nodaemon = true\n")
    (place / "c.lua").write_text('dofile "part.lua"\n' + OLD.partition("\n")[2])
    assert run("--fix", "--in-place", "c.lua") == 0
    assert (place / "part.lua.bak").exists()
    assert not (place / "c.lua.bak").exists()


def test_what_needs_no_fix_gives_no_diff(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--fix", "clean.lua") == 0
    assert run("--fix", "--in-place", "clean.lua") == 0
    assert capfd.readouterr().out == "clean.lua: nothing found; pylsyncd starts with it\n"
    assert not (place / "clean.lua.bak").exists()


def test_a_file_that_cannot_be_rewritten_is_one_line(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(_text: object) -> bytes:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Mended, "write", refuse)
    (place / "c.lua").write_text(OLD)
    assert run("--fix", "--in-place", "c.lua") == 255
    assert capfd.readouterr().err == "Error: cannot rewrite c.lua: Read-only file system\n"


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("words", ["--in-place clean.lua", "--fix --json clean.lua"])
def test_options_that_do_not_go_together_are_refused(words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(*words.split()) == 255
    assert capfd.readouterr().err.count("\n") == 1


def test_a_script_defines_globals_for_what_is_read(place: Path) -> None:
    (place / "before.lua").write_text("SOURCE = 'source'")
    (place / "c.lua").write_text(CLEAN.replace('"source"', "SOURCE"))
    assert run("--strict", "--script", "before.lua", "c.lua") == 0


@pytest.mark.parametrize("beginning", [b"#!/usr/bin/lsyncd\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf#!/x\n"])
def test_a_file_is_read_behind_its_mark_and_shebang(place: Path, beginning: bytes) -> None:
    (place / "c.lua").write_bytes(beginning + OLD.encode())
    assert run("c.lua") == 2
    assert run("--fix", "--in-place", "c.lua") == 0
    assert (place / "c.lua").read_bytes().startswith(beginning + b"settings {")


def test_a_closed_standard_output_is_no_error(place: Path) -> None:
    command = f"{sys.executable} -m pylsyncd check --strict warns.lua >&-"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=place,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_daemon_loads_nothing_of_it() -> None:
    code = "import sys, pylsyncd.app, pylsyncd.cli; print([m for m in sys.modules if 'migrate' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_where_nothing_can_be_rewritten_fix_says_so(place: Path) -> None:
    (place / "broken.lua").write_text("sync {\n")
    done = subprocess.run(
        [sys.executable, "-m", "pylsyncd", "check", "broken.lua", "--fix"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = "Nothing can be rewritten mechanically; findings: 1, shown without --fix.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
