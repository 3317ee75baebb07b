"""lsyncd.exec and lsyncd.configure (spec 2.1)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from script.daemon import Daemon, refusal, running_action, said_while_loading


def run(words: str, tmp_path: Path) -> tuple[Daemon, int]:
    daemon = running_action(f'log("Test", lsyncd.exec({words}))', tmp_path)
    daemon.act()
    return daemon, int(daemon.lines()[0])


def wait_for(path: Path, content: bytes) -> None:
    deadline = time.monotonic() + 10
    while not path.exists() or path.read_bytes() != content:
        assert time.monotonic() < deadline, f"{path} does not hold {content!r}"
        time.sleep(0.01)


def test_it_starts_a_program_and_gives_its_pid(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _, pid = run(f'"sh", "-c", "echo $$ > {out}"', tmp_path)
    wait_for(out, b"%d\n" % pid)


def test_arguments_are_taken_as_by_spawn(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f"cat > {out}; printf '%s|' \\\"$@\\\" >> {out}"
    daemon, pid = run(f'"sh", "<", "in\\0put", "-c", "{script}", "sh", "a b", 5, nil, {{ "c" }}', tmp_path)
    wait_for(out, b"in\0puta b|5|c|")
    assert daemon.lines("Exec")[0].startswith(b"sh [<] [in\nput] [-c] [cat > ")
    assert pid > 0


def test_its_end_is_taken_note_of_at_the_next_call_of_the_script(tmp_path: Path) -> None:
    daemon, pid = run('"true"', tmp_path)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    daemon.act()
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("lsyncd.exec()", "lsyncd.exec: the program must be a string that is not empty, not a nil"),
        (
            'lsyncd.exec("x", print)',
            "lsyncd.exec: argument 1 is a function; only strings, numbers and tables of them can be passed",
        ),
        (
            'lsyncd.exec("/none/such")',
            'lsyncd.exec: cannot execute "/none/such": No such file or directory',
        ),
        ("lsyncd.configure()", "lsyncd.configure takes a string, not a nil"),
        (
            'lsyncd.configure("delay", "x")',
            'setting "delay" must be a number of seconds, 0 or more, not the string "x".',
        ),
    ],
)
def test_a_wrong_use_is_an_error_at_the_users_line(use: str, message: str) -> None:
    assert refusal("\n" + use) == f"/etc/lsyncd.conf.lua:2: {message}"


def test_configure_sets_a_setting() -> None:
    code = """lsyncd.configure("maxDelays", 7) lsyncd.configure("nodaemon")
    log("Test", settings("maxDelays"), settings("nodaemon"))"""
    assert said_while_loading(code) == [b"7(true)"]


def test_configure_ignores_what_is_no_setting_with_a_warning(tmp_path: Path) -> None:
    daemon = Daemon()
    daemon.load(f'lsyncd.configure("log", "all") sync{{ source = "{tmp_path}", onCreate = print }}')
    assert daemon.lines("Warn") == [b'lsyncd.configure("log") is ignored: there is no such setting.']
