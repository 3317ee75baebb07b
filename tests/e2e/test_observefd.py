"""observefd with a real FIFO: an operator asks for a full sync by writing into it (spec 2.1)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running

pytestmark = pytest.mark.timeout(90)

CONFIG = """
local inlet = sync{{ default.rsync, source = "{home}/source", target = "{home}/target" }}

-- Lua does not tell a file's descriptor, but the kernel does
local fifo = io.open("{home}/fifo", "r+")
local descriptor
for line in io.popen("ls -l /proc/$PPID/fd"):lines() do
    descriptor = descriptor or tonumber(line:match "(%d+) %-> .*/fifo$")
end

observefd(descriptor, function(fd)
    local word = fifo:read("l")
    log("Normal", "heard ", word)
    if word == "full" then inlet.createFullEvent("/") end
    if word == "stop" then nonobservefd(fd) end
    if word == "fail" then error("failed on purpose") end
end)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("source", "target"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "f").write_text("x")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "lsyncd.conf.lua").write_text(CONFIG.format(home=tmp_path))
    return tmp_path


def say(home: Path, word: str) -> None:
    with (home / "fifo").open("w") as fifo:
        fifo.write(word + "\n")


def test_a_word_in_the_fifo_calls_the_function(home: Path) -> None:
    with running(PYLSYNCD, [str(home / "lsyncd.conf.lua")], home=home / "run") as daemon:
        daemon.wait_for_startup()
        (home / "target" / "f").unlink()
        say(home, "full")
        daemon.wait_until((home / "target" / "f").exists, what="the full sync")
        say(home, "stop")
        daemon.wait_until(lambda: "heard stop" in daemon.log(), what="the last word")
        say(home, "unheard")
        (home / "source" / "g").touch()
        daemon.wait_until((home / "target" / "g").exists, what="the daemon to go on", seconds=30)
        assert "unheard" not in daemon.log()


def test_an_error_in_the_function_ends_the_daemon_with_a_traceback(home: Path) -> None:
    with running(PYLSYNCD, [str(home / "lsyncd.conf.lua")], home=home / "run") as daemon:
        daemon.wait_for_startup()
        say(home, "fail")
        assert daemon.process.wait(30) == 255
        assert f"Error: {home}/lsyncd.conf.lua:16: failed on purpose\nstack traceback:" in daemon.complaints()
