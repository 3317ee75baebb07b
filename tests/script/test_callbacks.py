"""How the engine calls a config's functions, and what becomes of their errors (spec 2.9, notes 8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.inputs import (
    AlarmRequested,
    DiscardRequested,
    LimitsChanged,
    SpawnRequested,
    TerminateRequested,
)
from pylsyncd.core.model import EventType, Verdict
from pylsyncd.script.configuration import ConfigFile, Overrides
from script.daemon import CONFIG, START, Daemon, refusal, running, running_action, script_error
from script.fake_core import FakeCore


@pytest.mark.parametrize(
    ("returned", "verdict"),
    [
        ('"again"', Verdict.AGAIN),
        ('"die"', Verdict.DIE),
        ('"partial"', Verdict.PARTIAL),
        ('"ok"', Verdict.DONE),
        ('"nonsense"', Verdict.DONE),
        ("nil", Verdict.DONE),
        ("5", Verdict.DONE),
    ],
)
def test_what_collect_returns_is_the_verdict(returned: str, verdict: Verdict, tmp_path: Path) -> None:
    daemon = running_action("", tmp_path, collect=f"function() return {returned} end")
    assert daemon.collect(daemon.core.add(EventType.CREATE, b"/a")) is verdict


def test_without_a_collect_the_event_is_done(tmp_path: Path) -> None:
    daemon = running_action("", tmp_path, collect="false")
    assert daemon.collect(daemon.core.add(EventType.CREATE, b"/a"), exitcode=1) is Verdict.DONE


def test_the_exit_codes_of_a_sync_decide_by_the_default_collect(tmp_path: Path) -> None:
    daemon = running_action("", tmp_path, exitcodes='{ [3] = "again", [4] = "die" }')
    delay = daemon.core.add(EventType.CREATE, b"/a")
    assert [daemon.collect(delay, exitcode=code) for code in (3, 4, 0)] == [
        Verdict.AGAIN,
        Verdict.DIE,
        Verdict.DONE,
    ]


def test_init_and_full_get_their_event(tmp_path: Path) -> None:
    say = 'function(event) log("Test", event.etype, " ", event.path) end'
    daemon = running(f'sync{{ source = "{tmp_path}", init = {say}, full = {say}, action = print }}')
    daemon.init(daemon.core.add(EventType.INIT, b""))
    daemon.full(daemon.core.add(EventType.FULL, b"/"))
    assert daemon.lines() == [b"Init ", b"Full "]


def test_layer_2_functions_are_called_by_the_default_action(tmp_path: Path) -> None:
    daemon = running(f"""sync{{ source = "{tmp_path}", init = false,
        onCreate = function(event) spawn(event, "made", event.path) end,
        onMove = function(from, to) spawn(from, "moved", from.path, to.path) end }}""")
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    daemon.core.add(EventType.DELETE, b"/b")
    daemon.act()
    daemon.core.add(EventType.MOVE, b"/c", b"/d")
    daemon.act()
    spawned = [one.command.argv for one in daemon.core.inputs if isinstance(one, SpawnRequested)]
    assert spawned == [(b"made", b"a"), (b"moved", b"c", b"d")]
    assert daemon.core.asked(DiscardRequested) == [DiscardRequested(START, 0, 2)]


def test_default_rsync_starts_with_one_run_over_everything(tmp_path: Path) -> None:
    daemon = running(f'sync{{ default.rsync, source = "{tmp_path}", target = "host:dir" }}')
    daemon.init(daemon.core.add(EventType.INIT, b""))
    (request,) = daemon.core.inputs
    assert isinstance(request, SpawnRequested)
    source = bytes(tmp_path) + b"/"
    assert request.command.argv == (
        b"rsync", b"--delete", b"--ignore-errors", b"-lts", b"-r", source, b"host:dir/",
    )  # fmt: skip


# -- errors ------------------------------------------------------------------------------------------


def test_an_error_surfaces_with_a_lua_traceback(tmp_path: Path) -> None:
    daemon = running_action(
        "\nlocal function inner()\nlocal x\nreturn x.y\nend\nlocal r = inner() return r", tmp_path
    )
    with script_error() as text:
        daemon.act()
    first, second, *stack = text[0].splitlines()
    assert first == "/etc/lsyncd.conf.lua:5: attempt to index a nil value (local 'x')"
    assert second == "stack traceback:"
    assert any(
        "/etc/lsyncd.conf.lua:5: in upvalue 'inner'" in line or ":5: in local 'inner'" in line
        for line in stack
    )


def test_no_name_of_a_file_is_cut_in_a_traceback(tmp_path: Path) -> None:
    path = b"/" + b"long" * 30 + b".lua"
    daemon = Daemon()
    daemon.load(f'sync{{ source = "{tmp_path}", action = function() error("x") end }}', path=path)
    daemon.start()
    with script_error() as text:
        daemon.act()
    assert text[0].startswith(path.decode() + ":1: x\n")
    assert "..." not in text[0].replace("(...tail calls...)", "")


def test_endless_recursion_is_an_error_and_the_next_call_works(tmp_path: Path) -> None:
    body = 'FIRST = not FIRST if FIRST then local function f() return 1 + f() end f() end log("Test", "fine")'
    daemon = running_action(body, tmp_path, x="(function() FIRST = false end)()")
    with script_error() as text:
        daemon.act()
    daemon.act()
    assert "stack overflow" in text[0]
    assert daemon.lines() == [b"fine"]


def core_with_a_bug(sync: int) -> None:
    """What `first_ready` is in these tests."""
    raise ZeroDivisionError(sync)


@pytest.mark.parametrize("body", ["inlet.getEvent()", "pcall(inlet.getEvent)"])
def test_a_bug_of_our_own_is_not_swallowed_even_by_a_users_pcall(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = running_action(body, tmp_path)
    monkeypatch.setattr(FakeCore, "first_ready", lambda _, sync: core_with_a_bug(sync))
    with pytest.raises(ZeroDivisionError):
        daemon.act()


def test_a_bug_does_not_haunt_the_next_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = running_action("pcall(inlet.getEvent)", tmp_path)
    monkeypatch.setattr(FakeCore, "first_ready", lambda _, sync: core_with_a_bug(sync))
    with pytest.raises(ZeroDivisionError):
        daemon.act()
    monkeypatch.undo()
    daemon.act()


def test_a_refusal_can_be_caught_by_the_user(tmp_path: Path) -> None:
    daemon = running_action('log("Test", pcall(spawn, inlet.getEvents().getList()[1], "x", "\\0"))', tmp_path)
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    assert daemon.lines()[0].startswith(b"(false)")


# -- ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("terminate(3)", 3),
        ("terminate(-1)", 255),
        ("terminate()", 0),
        ("lsyncd.terminate(2.0)", 2),
        ("os.exit(7)", 7),
        ("os.exit()", 0),
        ("os.exit(true)", 0),
        ("os.exit(false)", 1),
        ("pcall(os.exit, 4)", 4),
    ],
)
def test_a_script_ends_the_daemon(call: str, code: int, tmp_path: Path) -> None:
    daemon = running_action(f'{call} log("Test", "went on")', tmp_path)
    daemon.act()
    assert daemon.core.inputs == [TerminateRequested(START, code)]


@pytest.mark.parametrize(
    ("call", "code"), [("terminate(3)", 3), ("os.exit(-1)", 255), ("pcall(terminate, 4)", 4)]
)
def test_a_config_ends_the_program_while_it_is_loaded(call: str, code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        Daemon().script.load(ConfigFile(b"/c", call.encode()), Overrides())
    assert ended.value.code == code


def test_a_collect_that_ends_the_daemon_needs_no_verdict(tmp_path: Path) -> None:
    daemon = running_action("", tmp_path, collect="function() terminate(5) end")
    assert daemon.collect(daemon.core.add(EventType.CREATE, b"/a")) is Verdict.DONE


def test_an_exit_code_is_a_number(tmp_path: Path) -> None:
    with script_error() as text:
        running_action('terminate("x")', tmp_path).act()
    assert "/etc/lsyncd.conf.lua:2: an exit code must be a whole number, not a string" in text[0]


# -- alarms ------------------------------------------------------------------------------------------


def test_an_alarm_calls_its_function_with_time_stamp_and_extra_once_and_may_set_itself_again(
    tmp_path: Path,
) -> None:
    body = """
    local function ring(stamp, extra)
        log("Test", stamp.seconds, extra.name)
        alarm(stamp + 5, ring, extra)
    end
    alarm(now() + 10, ring, { name = "x" })"""
    daemon = running_action(body, tmp_path)
    daemon.act()
    daemon.script.run_alarm(1)
    daemon.script.run_alarm(2)
    assert daemon.lines() == [b"%.2fx" % (START + 10), b"%.2fx" % (START + 15)]
    assert daemon.core.inputs == [
        AlarmRequested(START, 1, START + 10),
        AlarmRequested(START, 2, START + 15),
        AlarmRequested(START, 3, START + 20),
    ]


def test_an_alarm_set_while_loading_is_kept_until_the_daemon_runs(tmp_path: Path) -> None:
    daemon = running(
        f"""alarm(now() + 1, function() log("Test", "rang") end)
        sync{{ source = "{tmp_path}", onCreate = print }}"""
    )
    assert daemon.core.inputs == [AlarmRequested(START, 1, START + 1)]
    daemon.script.run_alarm(1)
    assert daemon.lines() == [b"rang"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("alarm(5, print)", "alarm takes a time stamp first, such as now() + 10, not a number"),
        ("alarm(now())", "alarm takes a function second, not a nil"),
    ],
)
def test_a_wrong_alarm_is_an_error_at_the_users_line(call: str, message: str, tmp_path: Path) -> None:
    with script_error() as text:
        running_action(call, tmp_path).act()
    assert text[0].splitlines()[0] == f"/etc/lsyncd.conf.lua:2: {message}"


def test_limits_that_a_function_sets_count_from_then_on(tmp_path: Path) -> None:
    daemon = running_action(
        "local config = inlet.getConfig() config.delay = 2.5 config.maxProcesses = 3.0", tmp_path
    )
    daemon.act()
    daemon.act()
    assert daemon.core.inputs == [LimitsChanged(START, 0, 2.5, 1000, 3)]


def test_a_limit_of_the_wrong_kind_is_an_error_of_the_script(tmp_path: Path) -> None:
    daemon = running_action("inlet.getConfig().delay = 'soon'", tmp_path)
    with script_error() as text:
        daemon.act()
    assert 'delay must be a number of seconds, 0 or more, not the string "soon".' in text[0]


def test_an_alarm_at_no_time_is_an_error_at_the_users_line() -> None:
    said = refusal("\nalarm(now() + 0/0, print)")
    assert said == f"{CONFIG.decode()}:2: alarm takes a time stamp first; this one is not a number (0/0)"
