"""The program as the shell sees it: streams and exit codes (spec 1.1)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from pylsyncd import __version__, cli
from pylsyncd.cli.usage import usage
from pylsyncd.options import Options, SyncOption


def pylsyncd(*words: str | bytes) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pylsyncd", *words], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def run_app(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Options], int], str], int]:
    """Run `main` on a command line, with this in the place of the daemon."""

    def call(run: Callable[[Options], int], line: str) -> int:
        app = types.ModuleType("pylsyncd.app")
        app.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pylsyncd.app", app)
        monkeypatch.setattr(sys, "argv", ["pylsyncd", *line.split()])
        return cli.main()

    return call


def test_help_goes_to_standard_output_and_ends_with_0() -> None:
    done = pylsyncd("-help")
    assert (done.returncode, done.stdout, done.stderr) == (0, usage(), "")


def test_version_goes_to_standard_output_and_ends_with_0() -> None:
    done = pylsyncd("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Version: {__version__}\n", "")


def test_monitor_without_a_name_lists_the_monitors() -> None:
    done = pylsyncd("-monitor")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout == "This pylsyncd supports these monitors:\n   inotify\n   fanotify\n   poll\n   auto\n"
    )


def test_called_with_nothing_shows_the_usage_and_ends_with_255() -> None:
    done = pylsyncd()
    assert (done.returncode, done.stdout, done.stderr) == (255, "", usage())


def test_a_mistake_is_one_line_on_standard_error_and_ends_with_255() -> None:
    done = pylsyncd("-nodeamon", "conf")
    assert (done.returncode, done.stdout) == (255, "")
    assert done.stderr == "Error: unknown option -nodeamon (did you mean -nodaemon?)\n"


def test_a_sub_command_runs_and_gives_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text('sync{ source = "/s", onCreate = "/bin/true" }')
    (tmp_path / "steps").write_text("wait 1\n")
    (tmp_path / "log").write_text("another log\n")
    words = ["simulate", str(tmp_path / "conf"), "--steps", str(tmp_path / "steps")]
    assert pylsyncd(*words).returncode == 0
    assert pylsyncd(*words, "--expect", str(tmp_path / "log")).returncode == 1


def test_the_help_of_a_sub_command_ends_with_0() -> None:
    done = pylsyncd("simulate", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--steps" in done.stdout


def test_a_reader_of_a_sub_command_may_stop_reading(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text('sync{ source = "/s", delay = 0, onCreate = "/bin/true ^path" }')
    (tmp_path / "steps").write_text("".join(f"create {n:0200}\nwait 1\n" for n in range(6000)))
    line = '"$0" -m pylsyncd simulate conf --steps steps | head -1'
    done = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}", sys.executable],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (f"     0.000  Sync1: /bin/true {0:0200}\n141\n", "")


def test_a_config_that_never_ends_is_ended_by_the_interrupt_key(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text('io.stderr:write("begun") while true do end')
    words = [sys.executable, "-m", "pylsyncd", "explain", str(tmp_path / "conf"), "/x"]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.read(5) == b"begun"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT


def test_a_full_disk_behind_standard_output_is_told(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text('sync{ source = "/s", onCreate = "/bin/true" }')
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pylsyncd", "explain", str(tmp_path / "conf"), "/s/x"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    message = "Error: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (255, message)


def test_a_working_directory_that_has_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text('sync{ source = "/s", onCreate = "/bin/true" }')
    script = 'mkdir d && cd d && rmdir ../d && exec "$@"'
    words = [sys.executable, "-m", "pylsyncd", "explain", str(tmp_path / "conf"), "/s/x"]
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    message = "Error: the working directory is gone: start from another one\n"
    assert (done.returncode, done.stderr) == (255, message)


def test_a_config_called_like_a_sub_command_is_reached_by_its_path(
    run_app: Callable[[Callable[[Options], int], str], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "check").touch()
    asked = []

    def run(options: Options) -> int:
        asked.append(options.config)
        return 0

    assert run_app(run, "./check") == 0
    assert asked == [b"./check"]


def test_words_that_are_not_utf8_are_shown_escaped() -> None:
    assert pylsyncd(b"-\xff\n").stderr == "Error: unknown option -\\xff\\n (-help shows all options)\n"


def test_a_missing_config_file_is_named(tmp_path: Path) -> None:
    done = pylsyncd(str(tmp_path / "none"))
    assert done.returncode == 255
    assert done.stderr == f"Error: Cannot find config file at '{tmp_path}/none'.\n"


def test_a_directory_is_no_config_file(tmp_path: Path) -> None:
    done = pylsyncd(str(tmp_path))
    assert done.returncode == 255
    assert done.stderr == f"Error: Cannot read config file '{tmp_path}': it is a directory.\n"


def test_a_config_file_below_a_file_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = pylsyncd(str(tmp_path / "file" / "conf"))
    assert done.returncode == 255
    assert done.stderr == f"Error: Cannot read config file '{tmp_path}/file/conf': Not a directory.\n"


def test_a_config_file_without_permission_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "conf").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)  # for root every file is readable
    monkeypatch.setattr(sys, "argv", ["pylsyncd", str(tmp_path / "conf")])
    assert cli.main() == 255
    assert (
        capsys.readouterr().err == f"Error: Cannot read config file '{tmp_path}/conf': Permission denied.\n"
    )


def test_the_reader_of_the_help_may_stop_early() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "pylsyncd", "-help"], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_and_version_load_neither_lua_nor_the_event_loop() -> None:
    code = "import sys, pylsyncd.cli; sys.exit(bool({'lupa', 'asyncio', 'pylsyncd.app'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_daemon_gets_the_options_and_its_exit_code_is_the_programs(
    run_app: Callable[[Callable[[Options], int], str], int],
) -> None:
    seen: list[Options] = []

    def run(options: Options) -> int:
        seen.append(options)
        return 143

    assert run_app(run, "-rsync src trg --nodaemon") == 143
    assert seen == [Options(syncs=(SyncOption("rsync", (b"src", b"trg")),), nodaemon=True)]


def broken(_: Options) -> int:
    message = "no\nsuch luck"
    raise LookupError(message)


def test_a_bug_shows_one_line_and_no_traceback(
    run_app: Callable[[Callable[[Options], int], str], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("PYLSYNCD_DEBUG", raising=False)
    assert run_app(broken, "-rsync src trg") == 255
    assert capsys.readouterr().err == (
        "Error: internal error: LookupError: no such luck (a bug in pylsyncd; please report it, "
        "with what it prints when PYLSYNCD_DEBUG=1 is set)\n"
    )


def test_a_bug_shows_its_traceback_when_debugging(
    run_app: Callable[[Callable[[Options], int], str], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYLSYNCD_DEBUG", "1")
    assert run_app(broken, "-rsync src trg") == 255
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert "in broken" in error


def test_an_interrupt_before_the_daemon_listens_is_not_a_bug(
    run_app: Callable[[Callable[[Options], int], str], int], capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Options) -> int:
        raise KeyboardInterrupt

    assert run_app(interrupted, "-rsync src trg") == 130
    assert capsys.readouterr().err == ""
