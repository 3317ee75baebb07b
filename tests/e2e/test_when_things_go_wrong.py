"""Trouble of the daemon's own: it ends, or goes on, but an operator is told in one line."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.place import Place
from pylsyncd import app
from pylsyncd.options import Options

pytestmark = pytest.mark.timeout(90)

BROKEN = """
import sys
from pylsyncd import app
from pylsyncd.options import Options
def journal(lines):
    if sys.argv[1].encode() in lines:
        raise RuntimeError("planted")
config, nodaemon = sys.argv[2].encode(), "-nodaemon" in sys.argv
sys.exit(app.run(Options(config=config, nodaemon=nodaemon), journal))
"""
"""A daemon with a bug: it strikes when the word of its first argument gets into the journal."""

LINE = "internal error: RuntimeError: planted (a bug in pylsyncd; please report it, "


def exit_codes_of_orphans() -> list[int]:
    """Wait for all whose parents have ended: they are our children then."""
    codes = []
    with suppress(ChildProcessError):
        while True:
            codes.append(os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1]))
    return codes


def broken(word: str) -> list[str]:
    return [sys.executable, "-c", BROKEN, word]


def test_a_bug_in_an_event_loops_callback_ends_it_with_255_and_one_line(place: Place) -> None:
    config = place.write_config()
    finished = place.start(str(config), "-nodaemon", command=broken("ProcessEnded"))
    assert finished.returncode == 255
    [line] = finished.stderr.decode().splitlines()
    assert LINE in line
    assert "Traceback" not in place.log()


def test_a_bug_shows_where_it_is_when_debugging(place: Place) -> None:
    config = place.write_config()
    command = broken("ProcessEnded")
    finished = place.start(str(config), "-nodaemon", command=command, PYLSYNCD_DEBUG="1")
    assert finished.returncode == 255
    assert b"Traceback" in finished.stderr
    assert LINE.encode() in finished.stderr


def test_a_daemon_tells_its_log_of_a_bug(place: Place) -> None:
    config = place.write_config()
    assert place.start(str(config), command=broken("ProcessEnded")).returncode == 0
    assert 255 in exit_codes_of_orphans()
    assert f"Error: {LINE}" in place.log()
    assert not (place.home / "pid").exists()


def test_whoever_started_a_daemon_hears_of_a_bug_before_it_was_ready(place: Place) -> None:
    config = place.write_config()
    config.write_text("alarm(now(), function() end)\n" + config.read_text())
    started = place.start(str(config), command=broken("AlarmRequested"))
    exit_codes_of_orphans()
    assert started.returncode == 255
    assert started.stderr.startswith(b"Error: " + LINE.encode())


def test_a_machine_that_cannot_fork_is_no_bug(
    place: Place, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(app, "daemonize", refuse)
    assert app.run(Options(config=bytes(place.write_config()))) == 255
    said = capfd.readouterr().err
    assert said.endswith("Error: Cannot become a daemon: Resource temporarily unavailable\n")


def test_a_working_directory_that_is_gone_is_no_bug(place: Place) -> None:
    (place.home / "gone").mkdir()
    command = ["sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh", *PYLSYNCD]
    finished = place.start(str(place.write_config()), command=command)
    assert finished.returncode == 255
    assert finished.stderr.startswith(b"Error: The working directory is gone")


@pytest.mark.parametrize(
    "restless",
    [
        "local function again() alarm(now(), again) end\nalarm(now(), again)",
        "restless = function(inlet) inlet.createBlanketEvent() inlet.discardEvent(inlet.getEvent()) end",
    ],
    ids=["an alarm that sets itself", "an action that makes events"],
)
def test_a_script_that_never_rests_does_not_shut_out_signals(place: Place, restless: str) -> None:
    config = place.home / "restless.lua"
    config.write_text(
        f"""{restless}
        sync{{
            source = "{place.home}/source",
            init = function(event)
                print("it began")
                event.inlet.createBlanketEvent()
                event.inlet.discardEvent(event)
            end,
            action = restless,
            onCreate = print,
        }}
        """
    )
    with running(PYLSYNCD, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_until(lambda: "it began" in daemon.log(), what="the start-up")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(15) == 143


def test_an_error_in_a_script_leaves_no_child_behind(place: Place) -> None:
    config = place.home / "faulty.lua"
    config.write_text(
        f"""sync{{
            source = "{place.home}/source",
            onStartup = function(event) spawn(event, "sleep", "1234.5") error("planted") end,
        }}
        """
    )
    finished = place.start(str(config), "-nodaemon")
    assert finished.returncode == 255
    assert b"planted" in finished.stderr
    assert -signal.SIGTERM in exit_codes_of_orphans()


def test_the_status_of_a_single_pass_is_that_of_its_end(place: Place) -> None:
    assert place.start(str(place.write_config()), "-nodaemon", "-onepass").returncode == 0
    assert "There are 0 delays\n" in place.status()
    assert "State: finished\n" in place.status()


def test_a_source_that_goes_while_it_is_started_is_told_in_one_line(place: Place) -> None:
    config = place.home / "early.lua"
    shutil.copy(place.write_config(), config)
    gone = Path(place.home / "source")
    config.write_text(config.read_text() + f'\nos.execute("rm -r {gone}")\n')
    finished = place.start(str(config), "-nodaemon")
    assert finished.returncode == 255
    assert f"Cannot watch {gone}/ (ENOENT)" in finished.stderr.decode()
