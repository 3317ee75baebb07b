"""What a sync's configuration inherits, and what the engine is told of it (spec 2.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.model import SyncConfig
from pylsyncd.script.configuration import CommandLineSync, CommandLineSyncs, Overrides
from script.daemon import Daemon, refusal

SHOW = """
local function show(value)
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    for key, entry in pairs(value) do parts[#parts + 1] = tostring(key) .. "=" .. show(entry) end
    table.sort(parts)
    return "{" .. table.concat(parts, " ") .. "}"
end
"""


def inherited(options: str, key: str, prelude: str = "") -> str:
    """One key of the configuration that a sync with these options gets."""
    daemon = Daemon()
    sync = f'sync{{ {options}, source = "/", init = false, onCreate = print, checkgauge = false }}'
    daemon.load(f'{SHOW} {prelude} log("Test", show({sync}.getConfig().{key}))')
    return daemon.lines()[0].decode()


@pytest.mark.parametrize(
    ("options", "key", "expected"),
    [
        ("x = 1", "x", "1"),
        ("{ x = 1 }", "x", "1"),
        ("{ x = 1 }, x = 2", "x", "2"),
        ("{ x = 1 }, { x = 2 }", "x", "1"),
        ("{ { x = 1 }, y = 2 }", "x", "1"),
        ("{ x = true }, x = false", "x", "false"),
        # tables are merged key by key, the nearer wins
        ("{ t = { a = 1, b = 1 } }, t = { b = 2, c = 2 }", "t", "{a=1 b=2 c=2}"),
        ("{ t = { u = { a = 1 } } }, t = { u = { b = 2 } }", "t", "{u={a=1 b=2}}"),
        ("{ t = { a = 1 } }, t = 5", "t", "5"),
        ("{ t = 5 }, t = { a = 1 }", "t", "{a=1}"),
        # lists add up, the nearer first
        ('{ t = { "c" } }, t = { "a", "b" }', "t", "{1=a 2=b 3=c}"),
        ('t = { { a = 1 }, "x" }', "t", "{1=x a=1}"),
        # _merge: whole or not at all, or only these keys
        ("{ t = { _merge = false, a = 1 } }, t = { b = 2 }", "t", "{b=2}"),
        ("{ t = { _merge = false, a = 1 } }", "t", "{a=1}"),
        ("{ t = { a = 1 } }, t = { _merge = false, b = 2 }", "t", "{a=1 b=2}"),
        ("{ t = { _merge = { a = true }, a = 1, b = 1 } }, t = { c = 2 }", "t", "{a=1 c=2}"),
        ("{ _merge = { x = true }, x = 1, y = 1 }", "y", "nil"),
        # integer keys that mean something stay
        ("{ t = { _verbatim = true, [3] = 1 } }", "t", "{3=1}"),
        ("t = { [3] = 1, [7] = 2 }", "t", "{1=1 2=2}"),
        ('exitcodes = { [0] = "ok", [5] = "die" }', "exitcodes", "{0=ok 5=die}"),
        (
            '{ exitcodes = { [5] = "again", [6] = "ok" } }, exitcodes = { [5] = "die" }',
            "exitcodes",
            "{5=die 6=ok}",
        ),
        ('{ exitcodes = default.rsyncExitCodes }, exitcodes = { [5] = "die" }', "exitcodes", "{5=die}"),
        # `default` gives only what it declares
        ("x = 1", "maxProcesses", "1"),
        ("x = 1", "maxDelays", "1000"),
        ("x = 1", "delay", "0"),
        ("x = 1", "rsync", "nil"),
        ("x = 1", "rsyncExitCodes", "nil"),
        ("x = 1", "subdirs", "true"),
        ("x = 1", "monitor", "inotify"),
    ],
)
def test_inheritance(options: str, key: str, expected: str) -> None:
    assert inherited(options, key) == expected


def test_tables_are_copied_never_shared() -> None:
    prelude = "local base = { t = { u = {} } }"
    assert inherited("(function() BASE = base return base end)()", "t.u ~= BASE.t.u", prelude) == "true"


def test_objects_keep_their_methods() -> None:
    prelude = "local object = setmetatable({}, { __index = { method = function() return 7 end } })"
    assert inherited("object = object", "object.method()", prelude) == "7"


def test_default_rsync_brings_its_own_delay_and_exit_codes(tmp_path: Path) -> None:
    sync = Daemon().load(f'sync{{ default.rsync, source = "{tmp_path}", target = "h:t" }}').syncs[0]
    assert sync == SyncConfig(
        id=0, name=b"Sync1", source=bytes(tmp_path) + b"/", delay=15, has_init=True, has_full=True
    )


def test_every_key_of_a_sync_reaches_the_engine(tmp_path: Path) -> None:
    config = f"""sync{{
        source = "{tmp_path}", target = "/t", name = "mine\\xff",
        delay = 1.5, maxDelays = 5, maxProcesses = 3,
        onMove = true, init = false, full = function() end, subdirs = false, collapse = false,
        exclude = {{ "a", "b\\xff" }}, filter = "+ c", retries = 0, retryMax = 9 }}"""
    assert Daemon().load(config).syncs == (
        SyncConfig(
            id=0,
            name=b"mine\xff",
            source=bytes(tmp_path) + b"/",
            delay=1.5,
            max_delays=5,
            max_processes=3,
            keeps_moves=True,
            has_init=False,
            has_full=True,
            subdirs=False,
            collapse=False,
            excludes=(b"a", b"b\xff"),
            filters=(b"+ c",),
            retries=0,
            retry_max=9,
        ),
    )


def test_rules_from_files_stand_behind_those_in_the_config(tmp_path: Path) -> None:
    (tmp_path / "ex").write_bytes(b"# remark\n\n- x\ny\xff\n")
    (tmp_path / "fi").write_bytes(b"+ p\n- q\n")
    config = f"""sync{{ source = "/", onCreate = print, exclude = "a", excludeFrom = "{tmp_path}/ex",
        filter = {{ "- b" }}, filterFrom = "{tmp_path}/fi" }}"""
    sync = Daemon().load(config).syncs[0]
    assert sync.excludes == (b"a", b"x", b"y\xff")
    assert sync.filters == (b"- b", b"+ p", b"- q")


def test_a_filter_rule_without_a_sign_is_refused_with_the_line() -> None:
    assert refusal('sync{ source = "/", filter = "x" }').startswith("/etc/lsyncd.conf.lua:1: ")


def test_an_empty_pattern_is_none() -> None:
    config = 'sync{ source = "/", onCreate = print, exclude = { "", "a", "" }, filter = "" }'
    sync = Daemon().load(config).syncs[0]
    assert (sync.excludes, sync.filters) == ((b"a",), ())


def test_a_filter_rule_in_a_file_is_refused_at_the_line_of_its_sync(tmp_path: Path) -> None:
    (tmp_path / "fi").write_text("nonsense\n")
    text = refusal(f'\nsync{{ source = "/", filterFrom = "{tmp_path}/fi" }}')
    assert text.startswith("/etc/lsyncd.conf.lua:2: ")
    assert "nonsense" in text


def test_a_file_of_rules_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "ex").write_bytes(b"a\0b")
    assert refusal(f'sync{{ source = "/", excludeFrom = "{tmp_path}/ex" }}') == (
        f'/etc/lsyncd.conf.lua:1: The exclude file "{tmp_path}/ex" holds a NUL; is it a text?'
    )


def test_syncs_are_named_by_the_call_that_made_them() -> None:
    config = """
    for i = 1, 3 do sync{ source = "/", onCreate = print, name = i == 2 and "own" or nil } end"""
    assert [sync.name for sync in Daemon().load(config).syncs] == [b"Sync1", b"own", b"Sync3"]


def test_settings_stand_above_the_sync_and_the_command_line_above_all() -> None:
    config = """
    settings{ maxProcesses = 4, maxDelays = 6, delay = 8, collapse = false }
    sync{ source = "/", onCreate = print, maxProcesses = 2, maxDelays = 2, delay = 2 }"""
    sync = Daemon().load(config).syncs[0]
    assert (sync.max_processes, sync.max_delays, sync.delay, sync.collapse) == (4, 6, 8, False)
    assert Daemon().load(config, Overrides(delay=0.5)).syncs[0].delay == 0.5


def test_a_syncs_own_collapse_stands_above_settings() -> None:
    config = 'settings{ collapse = false } sync{ source = "/", onCreate = print, collapse = true }'
    assert Daemon().load(config).syncs[0].collapse


def test_the_source_becomes_its_real_path_and_the_original_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("dir")
    monkeypatch.chdir(tmp_path)
    daemon = Daemon()
    config = 'local c = sync{ source = "link", onCreate = print }.getConfig()'
    daemon.load(config + 'log("Test", c._source, " ", c.source)')
    assert daemon.lines() == [b"link %s/" % bytes(tmp_path / "dir")]


def test_a_relative_target_is_resolved_against_the_starting_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    daemon = Daemon()
    daemon.load('log("Test", sync{ default.rsync, source = "src", target = "t" }.getConfig().target)')
    assert daemon.lines() == [bytes(tmp_path / "t") + b"/"]


def test_a_dangerous_target_can_be_allowed(tmp_path: Path) -> None:
    config = f'sync{{ default.rsync, source = "{tmp_path}", target = "/", allowDangerousTarget = true }}'
    assert len(Daemon().load(config).syncs) == 1


def test_a_users_prepare_completes_the_config_and_may_call_that_of_its_base(tmp_path: Path) -> None:
    config = f"""
    local base = {{ default.rsync, prepare = function(config, level)
        config.target = "host:" .. config.target
        default.rsync.prepare(config, level + 1)
    end }}
    log("Test", sync{{ base, source = "{tmp_path}", target = "dir" }}.getConfig().target)"""
    daemon = Daemon()
    daemon.load(config)
    assert daemon.lines() == [b"host:dir/"]


def test_a_sync_without_any_action_is_accepted_with_a_warning() -> None:
    daemon = Daemon()
    daemon.load('\nsync{ source = "/" }')
    assert daemon.lines("Warn") == [
        (
            b'/etc/lsyncd.conf.lua:2: sync "Sync1" has no action; its events will only be forgotten. '
            b"Did you mean to inherit default.rsync?"
        )
    ]


def test_syncs_of_the_command_line_go_the_same_way(tmp_path: Path) -> None:
    daemon = Daemon()
    pair = {b"source": bytes(tmp_path), b"target": b"h:\xff"}
    loaded = daemon.script.load(
        CommandLineSyncs((CommandLineSync(b"rsync", pair), CommandLineSync(b"rsync", pair))),
        Overrides(delay=3),
    )
    assert [sync.name for sync in loaded.syncs] == [b"Sync1", b"Sync2"]
    assert [sync.delay for sync in loaded.syncs] == [3, 3]
