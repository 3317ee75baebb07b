"""HUP: what changes with the configuration, what stays, and what comes in between."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.place import Place
from e2e.waiting import until
from pylsyncd.core.journal import read_inputs, replay

pytestmark = pytest.mark.timeout(90)


def reload(place: Place, pid: int, old: str, new: str) -> None:
    """Change the config and send HUP."""
    config = place.home / "lsyncd.conf.lua"
    config.write_text(config.read_text().replace(old, new))
    os.kill(pid, signal.SIGHUP)


def start(place: Place) -> int:
    """Start the daemon, wait for its start-up and return its pid."""
    assert place.start(str(place.write_config())).returncode == 0
    place.wait_for(" finished.")
    return place.pid()


def exit_code_after_term(pid: int) -> int:
    os.kill(pid, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_log_goes_on_in_the_new_log_file(place: Place) -> None:
    pid = start(place)
    reload(place, pid, "/log", "/other-log")
    place.wait_for("Unchanged, and going on: Sync1", log="other-log")
    assert "--- HUP signal, resetting ---" in place.log().splitlines()[-1]
    assert "--- Startup ---" in place.read("other-log").splitlines()[0]


def test_the_log_takes_its_new_form(place: Place) -> None:
    pid = start(place)
    reload(place, pid, "settings{", 'settings{ logformat = "json",')
    place.wait_for('"message": "--- Startup ---"')


def test_the_pid_file_moves(place: Place) -> None:
    pid = start(place)
    reload(place, pid, "/pid", "/other-pid")
    until(lambda: not (place.home / "pid").exists(), what="the old pid file to go")
    assert place.read("other-pid") == f"{pid}\n"
    assert exit_code_after_term(pid) == 143
    assert not (place.home / "other-pid").exists()


def test_a_pid_file_that_is_no_longer_configured_goes(place: Place) -> None:
    pid = start(place)
    reload(place, pid, "pidfile =", "-- pidfile =")
    until(lambda: not (place.home / "pid").exists(), what="the pid file to go")
    assert exit_code_after_term(pid) == 143


def test_a_pid_file_that_cannot_be_had_is_reported_and_the_old_one_stays(place: Place) -> None:
    pid = start(place)
    reload(place, pid, "/pid", "/missing/pid")
    place.wait_for("--- Startup ---")
    assert f'Cannot write pid file "{place.home}/missing/pid"' in place.log()
    assert place.pid() == pid


def test_nodaemon_cannot_be_changed_and_that_is_said(place: Place) -> None:
    pid = start(place)
    reload(place, pid, "settings{", 'settings{ "nodaemon",')
    place.wait_for('Warn: HUP changes nothing about "nodaemon"')
    place.wait_for("--- Startup ---")
    assert place.pid() == pid


def test_a_config_with_relative_paths_is_refused_when_they_mean_nothing_any_more(place: Place) -> None:
    """Taken from `/`, where the daemon is, they would let `rsync --delete` loose there (#668)."""
    began = place.home / "began"
    (began / "backup").mkdir(parents=True)
    config = place.write_config()
    config.write_text(config.read_text().replace(f'"{place.home}/target"', '"backup"'))
    command = ["sh", "-c", 'cd began && exec "$@"', "sh", *PYLSYNCD]
    assert place.start(str(config), command=command).returncode == 0
    place.wait_for(" finished.")
    shutil.rmtree(began)
    os.kill(place.pid(), signal.SIGHUP)
    place.wait_for(f"refused: cannot go to {began}")


BUSY = """
sync{
    source = "@HOME@/source",
    onStartup = function()
        print("busy")
        repeat local file = io.open("@HOME@/go") until file
    end,
}
"""


def has_taken_its_signals(pid: int) -> bool:
    """Whether none is pending: a process takes them one by one in the order in which they come."""
    status = Path(f"/proc/{pid}/status").read_text()
    return "ShdPnd:\t0000000000000000\n" in status


def test_term_right_after_hup_ends_the_daemon(place: Place) -> None:
    """Both are read in one turn of the event loop, and the HUP ends the session."""
    config = place.home / "busy.lua"
    config.write_text(BUSY.replace("@HOME@", str(place.home)))
    with running(PYLSYNCD, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_until(lambda: "busy" in daemon.log(), what="the action to run")
        for signum in (signal.SIGHUP, signal.SIGTERM):
            daemon.process.send_signal(signum)
            until(lambda: has_taken_its_signals(daemon.process.pid), what="the signal to be taken")
        (place.home / "go").touch()
        assert daemon.process.wait(15) == 143


RECORDING = """
import sys
from pylsyncd import app
from pylsyncd.options import Options
nodaemon, config, journal = sys.argv[1:]
with open(journal, "wb", buffering=0) as file:
    sys.exit(app.run(Options(config=config.encode(), nodaemon=True), journal=file.write))
"""


def test_a_journal_with_a_reload_in_it_replays_to_the_byte(place: Place) -> None:
    config, journal = place.write_config(delay=0), place.home / "journal"
    config.write_text("alarm(now(), function() end)\n" + config.read_text())
    home = place.home / "run"
    with running([sys.executable, "-c", RECORDING], [str(config), str(journal)], home=home) as daemon:
        daemon.wait_for_startup()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: "going on: Sync1" in daemon.log(), what="the reload")
        Path(place.home / "source" / "second").write_text("two")
        place.wait_for_mirror()
        assert daemon.terminate() == 143
    lines = journal.read_bytes().splitlines(keepends=True)
    assert any(b'"_type":"Reloaded"' in line for line in lines)
    assert list(replay(read_inputs(lines))) == lines


def test_an_unchanged_sync_goes_on_without_a_start_up_and_with_its_queue(place: Place) -> None:
    assert place.start(str(place.write_config(delay=2))).returncode == 0
    place.wait_for(" finished.")
    source, target = place.home / "source", place.home / "target"
    (source / "before").write_text("waits for its delay")
    os.kill(place.pid(), signal.SIGHUP)
    place.wait_for("Unchanged, and going on: Sync1")
    (source / "behind").write_text("waits with it")
    until(lambda: all((target / name).exists() for name in ("before", "behind")), what="both files")
    assert place.log().count("recursive full rsync") == 1


def test_a_process_that_runs_over_hup_belongs_to_the_sync_that_goes_on(place: Place) -> None:
    script = f'#!/bin/sh\nuntil test -e {place.home}/go; do sleep 0.05; done\nexec rsync "$@"\n'
    (place.home / "slow").write_text(script)
    (place.home / "slow").chmod(0o755)
    config = place.write_config(f'rsync = {{ binary = "{place.home}/slow" }},')
    assert place.start(str(config)).returncode == 0
    place.wait_for("recursive full rsync")
    os.kill(place.pid(), signal.SIGHUP)
    place.wait_for("Unchanged, and going on: Sync1")
    (place.home / "go").touch()
    place.wait_for(" finished.")
    assert place.is_in_line()


HANDLERS = """
settings{ logfile = "@HOME@/log", pidfile = "@HOME@/pid", drainTimeout = 0 }
sync{
    source = "@HOME@/source", delay = @DELAY@, maxProcesses = 4, onCreate = "cp ^sourcePath @HOME@/target/",
}
"""


def test_no_event_falls_between_two_configs_even_without_a_start_up(place: Place) -> None:
    """Each HUP brings another config, and files are created all the time."""
    config = place.home / "handlers.lua"
    text = HANDLERS.replace("@HOME@", str(place.home))
    config.write_text(text.replace("@DELAY@", "0.3"))
    assert place.start(str(config)).returncode == 0
    names = []
    for number in range(8):
        config.write_text(text.replace("@DELAY@", f"0.{number + 1}"))
        os.kill(place.pid(), signal.SIGHUP)
        for part in range(10):
            names.append(f"{number}-{part}")
            (place.home / "source" / names[-1]).write_text("x")
    until(lambda: all((place.home / "target" / name).exists() for name in names), what="all files")
    assert place.log().count("--- HUP signal, resetting ---") > 1
