"""settings{} (spec 1.4): kinds, precedence, messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.script.configuration import DaemonSettings, InotifyMode, LogFormat, Overrides
from script.daemon import Daemon, refusal, said_while_loading

SYNC = 'sync{ source = "/", target = "/t", init = false, onCreate = print }'
HERE = b"/etc/lsyncd.conf.lua"


def loaded(text: str, overrides: Overrides | None = None) -> DaemonSettings:
    return Daemon().load(text + SYNC, overrides).settings


def test_without_a_word_the_defaults_are_those_of_the_manual() -> None:
    assert loaded("") == DaemonSettings(
        status_interval=10.0, logfacility="user", logident=b"lsyncd", inotify_mode=InotifyMode.CLOSE_WRITE
    )


def test_every_setting_reaches_the_engine() -> None:
    assert loaded(
        """settings{
            logfile = "/l", pidfile = "/p", statusFile = "/s", statusInterval = 1.5, statusWatches = true,
            logfacility = "local3", logident = "\\xff", logformat = "json", nodaemon = true, onepass = true,
            drainTimeout = 3, rescanInterval = 4, monitor = "poll", pollInterval = 5,
            insist = true, inotifyMode = "CloseWrite or Modify", maxProcesses = 3.0 }"""
    ) == DaemonSettings(
        logfile=b"/l",
        pidfile=b"/p",
        status_file=b"/s",
        status_interval=1.5,
        status_watches=True,
        logfacility="local3",
        logident=b"\xff",
        logformat=LogFormat.JSON,
        nodaemon=True,
        onepass=True,
        insist=True,
        drain_timeout=3.0,
        rescan_interval=4.0,
        poll_interval=5.0,
        inotify_mode=InotifyMode.BOTH,
        max_processes=3,
    )


def test_with_compat_nothing_is_sent_after_term_unless_asked_for() -> None:
    assert loaded('settings{ compat = "2.3" }').drain_timeout == 0
    assert loaded('settings{ compat = "2.3", drainTimeout = 5 }').drain_timeout == 5


def test_settings_may_be_given_in_several_calls() -> None:
    settings = loaded("settings{ insist = true } settings{ nodaemon = true }")
    assert settings.insist
    assert settings.nodaemon


def test_a_lone_string_sets_that_flag() -> None:
    assert loaded('settings{ "nodaemon", "insist" }').nodaemon


@pytest.mark.parametrize("value", ["true", "1", '"yes"', '"true"'])
def test_a_flag_takes_what_people_write_for_true(value: str) -> None:
    assert loaded(f"settings{{ nodaemon = {value} }}").nodaemon


def test_relative_paths_are_resolved_before_the_daemon_changes_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert loaded('settings{ logfile = "log" }').logfile == bytes(tmp_path / "log")


def test_the_command_line_stands_above_settings() -> None:
    settings = loaded(
        'settings{ logfile = "/a", insist = false, statusFile = "/s" }',
        Overrides(logfile=b"/b", insist=True, status_file=b"/o", pidfile=b"/p\xff", logformat="json"),
    )
    assert (settings.logfile, settings.insist, settings.status_file) == (b"/b", True, b"/o")
    assert (settings.pidfile, settings.logformat) == (b"/p\xff", LogFormat.JSON)


def test_a_call_with_a_name_gives_the_value_in_force() -> None:
    assert said_while_loading(
        'settings{ insist = true } log("Test", settings("insist"), settings "pidfile")'
    ) == [b"(true)(nil)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "settings{ statusIntervall = 1 }",
            'setting "statusIntervall" unknown. Did you mean "statusInterval"?',
        ),
        ("settings{ foo = 1 }", 'setting "foo" unknown.'),
        ('settings{ "nodemon" }', 'setting "nodemon" unknown. Did you mean "nodaemon"?'),
        (
            'settings{ "logfile" }',
            'setting "logfile" needs a value: write logfile = ... instead of "logfile".',
        ),
        ("settings{ 5 }", "settings{} takes keys with values and names of flags, not a lone number."),
        ("settings{ logfile = 5 }", 'setting "logfile" must be a path (a string that is not empty), not 5.'),
        (
            'settings{ statusInterval = "5" }',
            (
                'setting "statusInterval" must be a number of seconds, 0 or more, not the string "5"; '
                "write 5 without the quotes."
            ),
        ),
        ("settings{ maxProcesses = 0 }", 'setting "maxProcesses" must be a whole number, 1 or more, not 0.'),
        (
            "settings{ rescanInterval = 0 }",
            'setting "rescanInterval" must be a number of seconds above 0, not 0.',
        ),
        ("settings{ insist = 0 }", 'setting "insist" must be true or false, not 0.'),
        (
            'settings{ inotifyMode = "x" }',
            (
                'setting "inotifyMode" must be one of "Modify", "CloseWrite", "CloseWrite or Modify", '
                'not the string "x".'
            ),
        ),
        (
            'settings{ logfacility = "x" }',
            (
                'setting "logfacility" must be a syslog facility such as user, daemon or local0, '
                "or its number, "
                'not the string "x".'
            ),
        ),
        (
            "settings{ logfacility = 24 }",
            (
                'setting "logfacility" must be a syslog facility such as user, daemon or local0, '
                "or its number, "
                "not 24."
            ),
        ),
        (
            "settings(5)",
            'settings takes a table, settings{ key = value }, or the name of a key, settings("key").',
        ),
    ],
)
def test_a_wrong_setting_is_one_message_with_the_line(text: str, message: str) -> None:
    assert refusal(f"\n\n{text}") == f"/etc/lsyncd.conf.lua:3: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'settings = { logfile = "/l", nodaemon = true }\nsync.nothing.works()',
            (
                "Do not use settings = { ... }, please use settings{ ... } (without the equal sign), "
                'here: settings{ logfile = "/l", nodaemon = true }'
            ),
        ),
        (
            "settings = {}",
            (
                "Do not use settings = { ... }, please use settings{ ... } (without the equal sign), "
                "here: settings{ }"
            ),
        ),
        (
            'settings.logfile = "/l"',
            'Do not use settings.logfile = ..., please use settings{ logfile = "/l" }',
        ),
        (
            "print(settings.logfile)",
            'Do not use settings.logfile, please use settings("logfile") to read a setting.',
        ),
    ],
)
def test_the_dead_2_0_style_is_refused_with_the_line_rewritten(text: str, message: str) -> None:
    assert refusal(text) == f"/etc/lsyncd.conf.lua:1: {message}"


def test_a_facilitys_number_may_be_the_result_of_a_calculation() -> None:
    assert str(loaded("settings{ logfacility = 46 / 2 }").logfacility) == "23"


def test_seconds_are_fractions_even_when_written_whole() -> None:
    """Else a journal, which knows the types, would not read back as what was written."""
    loaded = Daemon().load(
        f"settings{{ statusInterval = 1 }} {SYNC.replace('init', 'retryMax = 9, delay = 2, init')}"
    )
    seconds = loaded.settings.status_interval, loaded.syncs[0].delay, loaded.syncs[0].retry_max
    assert [(type(one), one) for one in seconds] == [(float, 1.0), (float, 2.0), (float, 9.0)]


@pytest.mark.parametrize(
    ("settings", "sync", "commanded", "expected"),
    [
        ("", "", None, "inotify"),
        ('monitor = "poll"', "", None, "poll"),
        ('monitor = "poll"', 'monitor = "inotify"', None, "inotify"),
        ("", 'monitor = "poll"', None, "poll"),
        ('monitor = "inotify"', 'monitor = "inotify"', "poll", "poll"),
    ],
)
def test_the_command_line_says_how_to_watch_then_the_sync_then_the_settings(
    settings: str, sync: str, commanded: str | None, expected: str
) -> None:
    config = f'settings{{ {settings} }} sync{{ source = "/", {sync} }}'
    found = Daemon().load(config, Overrides(monitor=commanded))
    assert [one.monitor.value for one in found.syncs] == [expected]


def test_sources_that_lie_in_each_other_are_watched_in_one_way() -> None:
    outer = 'sync{ source = "/", name = "outer", monitor = "poll" }'
    said = refusal(outer + ' sync{ source = "/usr", name = "inner" }')
    assert said.endswith(
        'sync "inner" is to be watched by inotify, and "outer" by poll, but one source lies in the other: '
        "give both the same monitor."
    )
    Daemon().load(outer + ' sync{ source = "/usr", monitor = "poll" }')
    Daemon().load('sync{ source = "/usr", monitor = "poll" } sync{ source = "/etc" }')
