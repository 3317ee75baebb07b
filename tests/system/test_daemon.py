"""A daemon leaves its terminal behind, and its shell hears whether it came up (spec 1.3)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from system.children import PATIENCE

HEAD = "import json, os, sys, time\nfrom pylsyncd.system.daemon import daemonize, fill_standard_streams\n"

TELL = """
facts = {
    "pid": os.getpid(), "session": os.getsid(0), "group": os.getpgid(0), "directory": os.getcwd(),
    "umask": os.umask(0), "streams": [os.readlink(f"/proc/self/fd/{n}") for n in range(3)],
    "inheritable": [os.get_inheritable(n) for n in range(3)],
    "open": sorted(map(int, os.listdir("/proc/self/fd"))),
}
with open(sys.argv[1] + ".new", "w") as file:
    json.dump(facts, file)
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""


def run(program: str, facts: Path, shell: str = 'exec "$@"') -> subprocess.CompletedProcess[str]:
    """Run a Python program that daemonizes, until its parent has exited."""
    argv = ["sh", "-c", shell, "sh", sys.executable, "-c", HEAD + program, str(facts)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)


def wait_for(path: Path) -> str:
    """Return what the daemon has written, once it has."""
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"no {path}"
        time.sleep(0.005)
    return path.read_text()


def test_the_parent_exits_with_0_once_the_daemon_is_ready(tmp_path: Path) -> None:
    program = 'readiness = daemonize()\nopen(sys.argv[1], "w").close()\nreadiness.ready()\n'
    result = run(program, tmp_path / "facts")
    assert (tmp_path / "facts").exists(), "the parent did not wait"
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_daemon_has_a_session_of_its_own_in_the_root_directory(tmp_path: Path) -> None:
    run("os.umask(0o027)\ndaemonize().ready()" + TELL, tmp_path / "facts")
    facts = json.loads(wait_for(tmp_path / "facts"))
    assert facts["session"] == facts["group"] == facts["pid"] != os.getsid(0)
    assert facts["directory"] == "/"
    assert facts["umask"] == 0o027


def test_the_daemon_has_null_for_its_streams_and_nothing_else_open(tmp_path: Path) -> None:
    run("daemonize().ready()" + TELL, tmp_path / "facts")
    facts = json.loads(wait_for(tmp_path / "facts"))
    assert facts["streams"] == ["/dev/null"] * 3
    assert facts["inheritable"] == [True] * 3
    assert facts["open"] == [0, 1, 2, 3]  # 3: the listing's own


def test_what_was_printed_before_is_printed_once(tmp_path: Path) -> None:
    program = 'print("Startup")\nreadiness = daemonize()\nprint("lost")\nreadiness.ready()\n'
    result = run(program, tmp_path / "facts")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Startup\n", "")


@pytest.mark.parametrize(("code", "status"), [(255, 255), (-1, 255), (3, 3), (0, 0)])
def test_a_failure_is_printed_by_the_parent_which_exits_with_its_code(
    tmp_path: Path,
    code: int,
    status: int,
) -> None:
    result = run(f'daemonize().fail(b"Error: no pid file", {code})\n', tmp_path / "facts")
    assert (result.returncode, result.stdout, result.stderr) == (status, "", "Error: no pid file\n")


def test_a_long_failure_of_several_lines_is_printed_whole(tmp_path: Path) -> None:
    result = run('daemonize().fail(b"line\\n" * 60_000 + b"end", 255)\n', tmp_path / "facts")
    assert result.stderr == "line\n" * 60_000 + "end\n"


def test_after_a_failure_the_daemon_may_still_clean_up(tmp_path: Path) -> None:
    result = run('daemonize().fail(b"Error", 255)' + TELL, tmp_path / "facts")
    assert result.returncode == 255
    assert wait_for(tmp_path / "facts")


@pytest.mark.parametrize("death", ["sys.exit(0)", "os.kill(os.getpid(), 9)", "raise ValueError('unseen')"])
def test_a_daemon_that_ends_without_a_word_is_an_error(tmp_path: Path, death: str) -> None:
    result = run(f"readiness = daemonize()\n{death}\n", tmp_path / "facts")
    assert result.returncode == 255
    assert result.stderr == "Error: the daemon ended before it was ready.\n"


def test_only_the_first_word_counts(tmp_path: Path) -> None:
    program = 'readiness = daemonize()\nreadiness.ready()\nreadiness.ready()\nreadiness.fail(b"late", 1)\n'
    result = run(program + TELL, tmp_path / "facts")
    assert (result.returncode, result.stderr) == (0, "")
    assert wait_for(tmp_path / "facts")


def test_children_of_the_daemon_do_not_keep_the_parent_waiting(tmp_path: Path) -> None:
    program = """
import subprocess
readiness = daemonize()
child = subprocess.Popen(["sleep", "60"])
open(sys.argv[1], "w").write(str(child.pid))
os._exit(0)
"""
    result = run(program, tmp_path / "facts")
    assert result.returncode == 255
    os.kill(int((tmp_path / "facts").read_text()), signal.SIGKILL)


def test_a_daemon_whose_parent_did_not_wait_runs_on(tmp_path: Path) -> None:
    program = """
import signal
parent = os.getpid()
readiness = daemonize()
os.kill(parent, signal.SIGKILL)
while os.getppid() == parent:
    time.sleep(0.005)
readiness.ready()
"""
    result = run(program + TELL, tmp_path / "facts")
    assert result.returncode == -signal.SIGKILL
    assert wait_for(tmp_path / "facts")


def test_interrupting_the_waiting_parent_ends_the_daemon_too(tmp_path: Path) -> None:
    program = """
import signal
def ended(*_):
    open(sys.argv[1], "w").close()
    os._exit(0)
parent = os.getpid()
readiness = daemonize()
signal.signal(signal.SIGTERM, ended)
while open(f"/proc/{parent}/stat").read().split()[2] != "S":  # until it waits for us
    time.sleep(0.005)
os.kill(parent, signal.SIGINT)
signal.pause()
"""
    result = run(program, tmp_path / "facts")
    assert (result.returncode, result.stderr) == (130, "")
    assert wait_for(tmp_path / "facts") == ""


def test_a_fork_that_fails_is_an_oserror_and_leaves_nothing_open(tmp_path: Path) -> None:
    program = """
def fail():
    raise BlockingIOError(11, "Resource temporarily unavailable")
os.fork = fail
before = os.listdir("/proc/self/fd")
try:
    daemonize()
except OSError as error:
    print(error.errno, os.listdir("/proc/self/fd") == before)
"""
    result = run(program, tmp_path / "facts")
    assert result.stdout == "11 True\n"


def test_a_daemon_can_be_started_with_all_streams_closed(tmp_path: Path) -> None:
    program = "fill_standard_streams()\ndaemonize().ready()" + TELL
    result = run(program, tmp_path / "facts", 'exec "$@" <&- >&- 2>&-')
    assert result.returncode == 0
    assert json.loads(wait_for(tmp_path / "facts"))["streams"] == ["/dev/null"] * 3


@pytest.mark.parametrize(("closing", "number"), [("<&-", 0), (">&-", 1), ("2>&-", 2)])
def test_a_closed_standard_stream_is_filled_and_the_others_stay(
    tmp_path: Path,
    closing: str,
    number: int,
) -> None:
    run("fill_standard_streams()" + TELL, tmp_path / "facts", f'exec "$@" {closing}')
    facts = json.loads((tmp_path / "facts").read_text())
    assert facts["streams"][number] == "/dev/null"
    assert facts["inheritable"] == [True] * 3
    others = [stream for index, stream in enumerate(facts["streams"]) if index not in {0, number}]
    assert all(stream.startswith("pipe:") for stream in others)
