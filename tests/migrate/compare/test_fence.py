"""A command that can write below one directory only."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pylsyncd.migrate.compare import fence

pytestmark = pytest.mark.skipif(not fence.is_available(), reason="this kernel has no Landlock")


def run(directory: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-IS", fence.__file__, directory, "sh", "-c", script, "sh", *arguments],
        capture_output=True,
        check=False,
    )


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    (tmp_path / "precious").write_text("precious")
    return tmp_path / "inside"


def test_it_writes_inside(inside: Path) -> None:
    script = (
        'cd "$1" && mkdir d && echo x > d/a && mv d/a b && ln -s b l && rm b && rmdir d && echo >/dev/null'
    )
    assert run(inside, script, str(inside)).returncode == 0


@pytest.mark.parametrize(
    "script",
    [
        'echo > "$1/new"',
        'echo > "$1/precious"',
        'rm "$1/precious"',
        'mv "$1/precious" "$1/x"',
        'mkdir "$1/d"',
    ],
)
def test_it_writes_nowhere_else_not_even_as_root(inside: Path, script: str) -> None:
    assert run(inside, script, str(inside.parent)).returncode != 0
    assert sorted(path.name for path in inside.parent.iterdir()) == ["inside", "precious"]
    assert (inside.parent / "precious").read_text() == "precious"


@pytest.mark.skipif(fence.version() < 4, reason="Landlock knows connections from version 4 on")
def test_it_connects_nowhere(inside: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}))"
        ended = run(inside, f'"{sys.executable}" -c "$1"', code)
    assert b"Permission denied" in ended.stderr


@pytest.mark.skipif(fence.version() < 6, reason="Landlock knows signals from version 6 on")
def test_it_signals_nobody_outside(inside: Path) -> None:
    assert run(inside, 'kill -0 "$1"', str(os.getpid())).returncode != 0
    assert signal.Signals.SIGTERM not in signal.sigpending()


def test_it_ends_with_whoever_has_started_it(inside: Path) -> None:
    start = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL).pid)"
    fenced = [sys.executable, "-IS", fence.__file__, str(inside), "sh", "-c", "echo x > fifo; sleep 1000"]
    os.mkfifo(inside / "fifo")
    with subprocess.Popen(
        [sys.executable, "-c", f"{start}; sys.stdout.flush(); sys.stdin.read()", *fenced],
        cwd=inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as starter:  # fmt: skip
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert (inside / "fifo").read_text() == "x\n"  # so it runs behind the fence
        handle = os.pidfd_open(pid)
        starter.kill()
    ended, _, _ = select.select([handle], [], [], 20)
    os.close(handle)
    assert ended
