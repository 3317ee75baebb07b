"""`pylsyncd simulate`: steps in, spawn log out."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest

from pylsyncd.cli.simulate import run
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.simulate import Playbill, StepError, simulate
from pylsyncd.migrate.spawnlog import render
from pylsyncd.migrate.world.daemon import TROUBLES, Circumstances
from pylsyncd.options import Options

MONDAY = 1767571200.0

ECHO = """
sync{
    source = "/s",
    delay = 1,
    maxProcesses = 2,
    onStartup = false,
    onCreate = "/create ^path",
    onModify = "/modify ^path",
    onDelete = "/delete ^path",
    onAttrib = "/attrib ^path",
    onMove = "/move ^o.path ^d.path",
}
"""


class Stage:
    """Runs simulations in a directory."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def play(self, config: str, steps: str, *, log: tuple[str, ...] = (), start: float = MONDAY) -> list[str]:
        """The lines of the spawn log."""
        file = self.home / "conf.lua"
        file.write_text(config)
        categories = TROUBLES
        for name in log:
            categories = categories.also(name)
        circumstances = Circumstances(Options(config=bytes(file)), start, categories)
        entries = simulate(Playbill(circumstances, s.parse(steps, "steps"), "steps"))
        return [" ".join(line.split()) for line in render(entries).replace(str(file), "conf").splitlines()]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_each_change_of_a_file_is_an_event(stage: Stage) -> None:
    steps = """
        have old
        create new
        wait 5
        write old
        wait 5
        touch old
        wait 5
        move old other
        wait 5
        delete other
        wait 5
        link l old
    """
    assert stage.play(ECHO, steps) == [
        "1.000 Sync1: /create new",
        "6.000 Sync1: /modify old",
        "11.000 Sync1: /attrib old",
        "16.000 Sync1: /move old other",
        "21.000 Sync1: /delete other",
        "26.000 Sync1: /create l",
    ]


def test_what_lies_in_a_new_directory_is_found(stage: Stage) -> None:
    steps = "create d/\ncreate d/e/\ncreate d/e/f\n"
    found = stage.play(ECHO.replace("maxProcesses = 2", "maxProcesses = 9"), steps)
    assert found == ["1.000 Sync1: /create d/", "1.000 Sync1: /create d/e/", "1.000 Sync1: /create d/e/f"]


def test_steps_without_another_one_between_them_happen_at_once(stage: Stage) -> None:
    assert stage.play(ECHO, "create a\nwrite a\ncreate b\ndelete b") == [
        "1.000 Sync1: /create a",
        "1.000 Sync1: /delete b",
    ]


def test_a_process_ends_with_0_at_once_if_nothing_is_said_of_it(stage: Stage) -> None:
    assert stage.play(ECHO, "create a\nwait 2\nwrite a") == [
        "1.000 Sync1: /create a",
        "3.000 Sync1: /modify a",
    ]


def test_a_process_takes_the_time_that_a_step_says(stage: Stage) -> None:
    assert stage.play(ECHO, "take 10\ncreate a\nwait 2\nwrite a") == [
        "1.000 Sync1: /create a",
        "11.000 Sync1: /modify a",
    ]


def test_what_is_said_of_a_program_outranks_what_is_said_of_all(stage: Stage) -> None:
    assert stage.play(ECHO, "take 10\ntake 3 create\ncreate a\nwait 2\nwrite a") == [
        "1.000 Sync1: /create a",
        "4.000 Sync1: /modify a",
    ]


def test_exit_ends_the_process_that_runs_longest(stage: Stage) -> None:
    steps = "hold\ncreate a\ncreate b\nwait 5\nexit 3\nwait 5\nexit 4"
    assert stage.play(ECHO, steps) == [
        "1.000 Sync1: /create a",
        "1.000 Sync1: /create b",
        "5.000 Sync1: /create ends with 3",
        "5.000 Error: Failure with Create on /s//a = 3",
        "10.000 Sync1: /create ends with 4",
        "10.000 Error: Failure with Create on /s//b = 4",
    ]


def test_exit_is_for_the_next_process_if_none_runs(stage: Stage) -> None:
    found = stage.play(ECHO, "exit 7 modify\ncreate a\nwait 5\nwrite a\nwait 5\nwrite a")
    assert [line for line in found if "ends with" in line] == ["6.000 Sync1: /modify ends with 7"]


def test_a_killed_process_is_tried_again(stage: Stage) -> None:
    config = 'settings{ insist = true } sync{ default.rsync, source = "/s", target = "/t", delay = 5 }'
    found = stage.play(config, "hold\nwait 1\nkill KILL\nrelease\nwait 30")
    assert [line.partition(" -")[0] for line in found if "rsync" in line] == [
        "0.000 Sync1: rsync",
        "1.000 Sync1: rsync is killed by 9",
        "6.000 Sync1: rsync",
    ]


def test_what_is_held_runs_until_it_is_released(stage: Stage) -> None:
    assert stage.play(ECHO, "hold create\ncreate a\nwait 100\nwrite a\nwait 10\nrelease create") == [
        "1.000 Sync1: /create a",
        "110.000 Sync1: /modify a",
    ]


def test_a_tunnel_runs_on_and_its_end_can_be_told(stage: Stage) -> None:
    config = """
        sync{ default.rsync, source = "/s", target = "rsync://localhost:^localport/m",
              tunnel = tunnel{ command = "ssh -L ^localport:localhost:873 host", name = "T" } }
    """
    found = stage.play(config, "wait 100\nkill TERM ssh")
    assert [line.partition(" -")[0] for line in found] == [
        "0.000 T: ssh",
        "5.000 Sync1: rsync",
        "100.000 T: ssh is killed by 15",
        "100.000 Warn: Tunnel T: process 5001 ended (signal 15); it is started anew",
        "100.000 T: ssh",
    ]


def test_term_ends_the_daemon_and_its_exit_code_is_told(stage: Stage) -> None:
    assert stage.play(ECHO, "wait 3\nsignal TERM\nwait 5\ncreate a") == ["3.000 pylsyncd ends with 143"]


def test_hup_reads_the_config_again(stage: Stage) -> None:
    config = 'log("Normal", "loaded") ' + ECHO
    found = stage.play(config, "wait 3\nsignal HUP\nwait 1\ncreate a", log=("Normal",))
    assert [line for line in found if "loaded" in line or "Sync1: /create" in line] == [
        "0.000 Normal: loaded",
        "3.000 Normal: loaded",
        "5.000 Sync1: /create a",
    ]


def test_several_daemons_lives_later_a_process_still_belongs_to_its_sync(stage: Stage) -> None:
    found = stage.play(ECHO, "create a\nwait 3\nsignal HUP\nwait 1\nexit 1\nwrite a")
    assert found[:3] == [
        "1.000 Sync1: /create a",
        "5.000 Sync1: /modify a",
        "5.000 Sync1: /modify ends with 1",
    ]


def test_scripts_live_in_the_simulated_time(stage: Stage) -> None:
    config = (
        ECHO
        + """
        local function tell() log("Normal", os.date "!%F %T", " ", os.time()) alarm(now() + 3600, tell) end
        alarm(now() + 3600, tell)
    """
    )
    assert stage.play(config, "wait 7201", log=("Normal",))[-2:] == [
        "3600.000 Normal: 2026-01-05 01:00:00 1767574800",
        "7200.000 Normal: 2026-01-05 02:00:00 1767578400",
    ]


def test_what_scripts_start_by_themselves_is_noted_and_not_done(stage: Stage, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    config = (
        ECHO
        + f"""
        assert(os.execute "touch {marker}")
        assert(io.popen("touch {marker}"):read "a" == "")
        lsyncd.exec("touch", "{marker}")
        assert(io.open("{marker}", "w")):write "x"
    """
    )
    assert [line.replace(str(marker), "M") for line in stage.play(config, "wait 1")] == [
        '0.000 os.execute: sh -c "touch M"',
        '0.000 io.popen: sh -c "touch M"',
        "0.000 lsyncd.exec: touch M",
    ]
    assert not marker.exists()


def test_no_real_process_gets_a_signal(stage: Stage) -> None:
    config = ECHO + f'log("Normal", lsyncd.kill({os.getpid()}, 9))'
    assert stage.play(config, "wait 1", log=("Normal",))[0] == "0.000 Normal: -1"


def test_signals_that_end_no_process_end_none(stage: Stage) -> None:
    config = """
        sync{ source = "/s", delay = 0, onCreate = function(event)
            spawn(event, "/run")
            alarm(now() + 1, function()
                for _, signal in ipairs{ 0, 18, 15 } do log("Normal", lsyncd.kill(5001, signal)) end
            end)
        end }
    """
    found = stage.play(config, "hold\ncreate a", log=("Normal",))
    assert [line for line in found if "0.000" not in line][:4] == [
        "1.000 Normal: 0",
        "1.000 Normal: 0",
        "1.000 Normal: 0",
        "1.000 Sync1: /run is killed by 15",
    ]


def test_what_is_said_of_all_processes_is_not_said_of_tunnels(stage: Stage) -> None:
    config = """
        sync{ default.rsync, source = "/s", target = "rsync://localhost:^localport/m",
              tunnel = tunnel{ command = "ssh -L ^localport:localhost:873 host", name = "T" } }
    """
    found = stage.play(config, "exit 24\nwait 10\nexit 12")
    assert [line for line in found if "ends with" in line] == ["5.000 Sync1: rsync ends with 24"]


def test_more_records_than_the_kernel_keeps_overflow_its_queue(stage: Stage) -> None:
    config = 'sync{ default.rsync, source = "/s", target = "/t", delay = 1 }'
    found = stage.play(config, "wait 5\n" + "".join(f"create f{n}\n" for n in range(9000)), log=("Normal",))
    assert "5.000 Normal: --- OVERFLOW in event queue ---" in found


def test_below_a_source_there_is_nothing_but_what_the_steps_say(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "source" / "real").mkdir(parents=True)
    config = f"""
        sync{{ source = "{tmp_path}/source", onCreate = "/create ^path" }}
        log("Normal", readdir "{tmp_path}/source/real", next(readdir "{tmp_path}/source"))
        log("Normal", readdir("{tmp_path}").source)
    """
    found = stage.play(config, "wait 1", log=("Normal",))
    assert [line.replace(str(tmp_path), "") for line in found] == [
        "0.000 Error: cannot open dir [/source/real]: No such file or directory.",
        "0.000 Normal: (nil)(nil)",
        "0.000 Normal: (true)",
    ]


def test_the_engine_shows_scripts_the_simulated_files(stage: Stage) -> None:
    config = """
        for name, is_directory in pairs(readdir "/sites") do
            log("Normal", name, is_directory, lsyncd.get_file_size("/sites/" .. name .. "/page"))
            sync{ source = "/sites/" .. name, delay = 1, onCreate = "/create ^path" }
        end
    """
    found = stage.play(config, "have /sites/a/page 77\nwait 1\ncreate x", log=("Normal",))
    assert found[0] == "0.000 Normal: a(true)77"
    assert "2.000 Sync1: /create x" in found


def test_a_crontab_goes_by_the_local_time_of_the_start(stage: Stage) -> None:
    start = time.mktime((2026, 3, 1, 2, 59, 50, 0, 0, -1))
    config = 'sync{ default.rsync, source = "/s", target = "/t", crontab = { "0 0 3 * * *" } }'
    found = stage.play(config, "wait 60", start=start)
    assert [line.split(" -")[0] for line in found] == ["0.000 Sync1: rsync", "10.000 Sync1: rsync"]


def test_a_week_takes_seconds(stage: Stage) -> None:
    config = 'sync{ default.rsync, source = "/s", target = "/t", crontab = { "0 0 * * * *" } }'
    began = time.perf_counter()
    found = stage.play(config, "create f\n" + "write f\nwait 3600\n" * 24 * 7)
    assert len([line for line in found if "rsync" in line]) == 1 + 2 * 24 * 7
    assert time.perf_counter() - began < 20  # less than two, on a quiet machine


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("delete a", "steps:1: /s/a is not there: create it first, or say `have` before the start"),
        ("create a\ncreate a", "steps:2: /s/a is there already"),
        ("create d/f", "steps:1: /s/d/f has no directory to be in: create /s/d/ first"),
        ("have a\nmove a b/c", "steps:2: /s/b/c has no directory to be in: create /s/b/ first"),
        ("have a/\nmove a a/b", "steps:2: /s/a/b lies in /s/a"),
        ("have a/\nhave b/f\nmove a b", "steps:3: /s/b is a directory that is not empty"),
        ("have a/\nhave b\nmove a b", "steps:3: /s/b is there already, and is of another kind"),
        ("have a\nhave a/b", "steps:2: /s/a/b would lie in a, which is a file"),
        ("have a\nhave ./a 5", "steps:2: /s/a is there already"),
        ("have d/\nwrite d", "steps:2: /s/d is no file"),
        ("delete d/../a", "steps:1: /s/a is not there: create it first, or say `have` before the start"),
        ("delete /", "steps:1: / is the root"),
    ],
)
def test_what_no_file_system_would_do_is_refused_with_its_line(
    stage: Stage, steps: str, problem: str
) -> None:
    with pytest.raises(StepError) as caught:
        stage.play(ECHO, steps)
    assert str(caught.value) == problem


def test_a_config_that_ends_the_daemon_says_so(stage: Stage) -> None:
    assert stage.play("os.exit(3)", "wait 1") == ["0.000 pylsyncd ends with 3"]


def test_a_lua_error_ends_the_daemon_as_in_life(stage: Stage) -> None:
    found = stage.play('sync{ source = "/s", onCreate = function() error "no" end }', "create a")
    assert found[0] == "0.000 Error: conf:1: no"
    assert found[-1] == "0.000 pylsyncd ends with 255"


# The command line -----------------------------------------------------------------------------------


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf.lua").write_text(ECHO)
    (tmp_path / "steps").write_text("create a\n")
    return Call(capsys)


class Call:
    """Calls the sub-command."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        try:
            code = run([word.encode() for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        shown = self.capsys.readouterr()
        return code, shown.out, shown.err


LOG = "     1.000  Sync1: /create a\n"


def test_the_spawn_log_is_printed(call: Call) -> None:
    assert call("conf.lua", "--steps", "steps") == (0, LOG, "")


def test_steps_may_come_from_standard_input(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"create b\n")))
    assert call("conf.lua", "--steps", "-") == (0, LOG.replace("a\n", "b\n"), "")


def test_what_is_expected_gives_exit_code_0_and_anything_else_1_and_the_difference(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text(LOG)
    assert call("conf.lua", "--steps", "steps", "--expect", "log") == (0, "", "")
    (tmp_path / "log").write_text(LOG.replace("1.000", "2.000"))
    diff = f"--- log\n+++ this run\n@@ -1 +1 @@\n-{LOG.replace('1.000', '2.000')}+{LOG}"
    assert call("conf.lua", "--steps", "steps", "--expect", "log") == (1, diff, "")


def test_update_writes_what_is_expected_from_now_on(call: Call, tmp_path: Path) -> None:
    assert call("conf.lua", "--steps", "steps", "--expect", "log", "--update") == (0, "", "")
    assert (tmp_path / "log").read_text() == LOG


def test_the_delay_of_the_command_line_outranks_the_configs(call: Call) -> None:
    assert call("conf.lua", "--steps", "steps", "--delay", "7")[1] == LOG.replace("1.000", "7.000")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["conf.lua"], "the following arguments are required: --steps"),
        (["conf.lua", "--steps", "none"], "cannot read none: No such file or directory"),
        (["none.lua", "--steps", "steps"], "Cannot find config file at"),
        (["conf.lua", "--steps", "steps", "--update", "--expect", "."], "cannot write .: Is a directory"),
        (["conf.lua", "--steps", "steps", "--update"], "--update needs --expect FILE, the file to write"),
        (["conf.lua", "--steps", "steps", "--expect", "none"], "cannot read none: No such file or directory"),
        (["conf.lua", "--steps", "steps", "--log", "lower"], "'lower' is not a valid logging category"),
        (["conf.lua", "--steps", "steps", "--delay", "long"], "'long' is not a number of seconds, 0 or more"),
        (["conf.lua", "--steps", "steps", "--start", "then"], "'then' is not a time such as"),
        (["conf.lua", "--steps", "conf.lua"], "conf.lua:2: there is no step sync{"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_255(call: Call, words: list[str], problem: str) -> None:
    code, out, err = call(*words)
    assert (code, out, err.count("\n")) == (255, "", 1)
    assert err.startswith("Error: ")
    assert problem in err
