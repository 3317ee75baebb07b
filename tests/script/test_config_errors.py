"""Every way to get a config wrong: one message with file and line, and never a Python traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.script.configuration import CommandLineSync, CommandLineSyncs, ConfigFile, Overrides
from pylsyncd.script.errors import ConfigError
from script.daemon import Daemon, refusal


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src" / "inner").mkdir(parents=True)
    return tmp_path / "src"


def test_a_syntax_error_names_file_and_line() -> None:
    assert refusal("\n= 5") == "/etc/lsyncd.conf.lua:2: unexpected symbol near '='"


def test_an_error_that_lua_raises_names_file_and_line() -> None:
    assert refusal("local x\nx.y = 1") == "/etc/lsyncd.conf.lua:2: attempt to index a nil value (local 'x')"


@pytest.mark.parametrize("text", ["= 5", "error('x')", "local x x.y = 1", "sync{}", "settings{ nope = 1 }"])
def test_a_long_file_name_is_never_cut(text: str) -> None:
    path = b"/" + b"long" * 30 + b".lua"
    assert refusal(text, path).startswith(path.decode() + ":1: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = bytes(tmp_path / "none.lua")
    with pytest.raises(ConfigError) as refused:
        Daemon().script.load(ConfigFile(path), Overrides())
    assert refused.value.message == b"Cannot find config file at '%s'." % path


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        Daemon().script.load(ConfigFile(bytes(tmp_path)), Overrides())
    assert refused.value.message == b"Cannot read config file '%s': Is a directory." % bytes(tmp_path)


def test_a_config_without_a_sync_is_refused() -> None:
    assert refusal("") == "Nothing to watch! The configuration has no sync{ ... }."


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        ("error{ code = 3 }", "/etc/lsyncd.conf.lua: error object is a table: { code = 3 }"),
        (
            "error(setmetatable({}, { __tostring = function() return 'mine' end }))",
            "/etc/lsyncd.conf.lua: mine",
        ),
        (
            "error(setmetatable({}, { __tostring = error }))",
            "/etc/lsyncd.conf.lua: an error whose __tostring failed",
        ),
        ("error()", "/etc/lsyncd.conf.lua: an error without a message"),
        ("error('\\xff\\0', 0)", "/etc/lsyncd.conf.lua: \xff\0"),
    ],
)
def test_whatever_is_raised_becomes_readable_text(raised: str, message: str) -> None:
    assert refusal(raised) == message


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('target = "/t"', 'source missing from sync. Add source = "/the/directory/to/watch".'),
        ("source = 5", "source must be a path (a string that is not empty), not 5."),
        ('source = ""', 'source must be a path (a string that is not empty), not the string "".'),
        (
            'source = "none", target = "/t"',
            "Cannot access source directory: none (No such file or directory)",
        ),
        ('source = "file", target = "/t"', "Cannot access source directory: file (Not a directory)"),
        ('source = "src"', 'default.rsync needs "target" configured'),
        ('source = "src", target = 5', "target must be a string, not 5."),
        (
            'source = "src", target = "/t", delay = "x"',
            'delay must be a number of seconds, 0 or more, not the string "x".',
        ),
        (
            'source = "src", target = "/t", delay = -1',
            "delay must be a number of seconds, 0 or more, not -1.",
        ),
        (
            'source = "src", target = "/t", maxProcesses = 1.5',
            "maxProcesses must be a whole number, 1 or more, not 1.5.",
        ),
        (
            'source = "src", target = "/t", action = "x"',
            'action must be a function, or false for none, not the string "x".',
        ),
        (
            'source = "src", target = "/t", exitcodes = { [1] = "fine" }',
            'exitcodes must be a table from exit codes to "ok", "again", "partial" or "die", not a table.',
        ),
        (
            'source = "src", target = "/t", monitor = "fsevents"',
            'monitor must be one of "inotify", "fanotify", "poll", "auto", not the string "fsevents".',
        ),
        (
            'source = "src", target = "/t", exclude = { 5 }',
            "exclude must be a string or a list of strings, not a table.",
        ),
        ('source = "src", target = "/t", rsync = true', 'Parameter "rsync" must be a table.'),
        (
            'source = "src", target = "/t", excludeFrom = "none"',
            'Cannot open exclude file "none": No such file or directory',
        ),
        (
            'source = "src", target = "/t", filterFrom = "none"',
            'Cannot open filter file "none": No such file or directory',
        ),
        (
            'source = "src", target = "/"',
            'target "/" is the root directory; if that is meant, set allowDangerousTarget = true',
        ),
        (
            'source = "src", target = "."',
            'target "." holds the source "SOURCE"; if that is meant, set allowDangerousTarget = true',
        ),
        (
            'source = "src", target = "src/inner"',
            (
                'target "src/inner" lies in the source "SOURCE"; '
                "if that is meant, set allowDangerousTarget = true"
            ),
        ),
        (
            'source = "src", target = "src/../src"',
            'target "src/../src" is the source itself; if that is meant, set allowDangerousTarget = true',
        ),
        ('source = "src", target = ""', 'default.rsync needs "target" configured'),
    ],
)
def test_a_wrong_key_of_a_sync_is_one_message_with_the_line(keys: str, message: str, source: Path) -> None:
    (source.parent / "file").touch()
    text = refusal(f"\nsync{{\n  default.rsync, {keys} }}")
    assert text == "/etc/lsyncd.conf.lua:2: " + message.replace("SOURCE", str(source))


@pytest.mark.usefixtures("source")
def test_an_unknown_parameter_is_named_with_a_suggestion_and_the_line() -> None:
    text = refusal('\nsync{ default.rsync, source = "src", target = "/t", rsync = { compres = true } }')
    assert text.startswith('/etc/lsyncd.conf.lua:2: Parameter "rsync.compres" unknown.')
    assert "did you mean rsync.compress?" in text


@pytest.mark.parametrize("argument", ["", "5", '"x"'])
def test_sync_takes_a_table(argument: str) -> None:
    kind = {"": "nil", "5": "number", '"x"': "string"}[argument]
    assert (
        refusal(f"sync({argument})")
        == f"/etc/lsyncd.conf.lua:1: sync takes a table, sync{{ ... }}, not a {kind}"
    )


def test_a_table_that_holds_itself_is_refused_instead_of_copied_for_ever() -> None:
    assert refusal("local t = {} t.t = t\nsync{ source = '/', x = t }") == (
        "/etc/lsyncd.conf.lua:2: tables are nested more than 50 deep in this sync; does one hold itself?"
    )


@pytest.mark.usefixtures("source")
def test_the_line_is_that_of_the_sync_however_deep_the_users_functions() -> None:
    config = """
    local function mirror(options)
        options[1] = default.rsync
        local inlet = sync(options)
        return inlet
    end
    mirror{ source = "src", target = "/t", nonsense = 1 }
    """
    assert refusal(config).startswith('/etc/lsyncd.conf.lua:4: Parameter "nonsense" unknown.')


@pytest.mark.usefixtures("source")
def test_a_users_prepare_can_point_at_its_sync() -> None:
    config = """
    local mine = { prepare = function(config, level) error("no", level) end }
    sync{ mine, source = "src" }"""
    assert refusal(config) == "/etc/lsyncd.conf.lua:3: no"


@pytest.mark.usefixtures("source")
def test_the_call_stack_is_kept_for_those_who_debug_a_config() -> None:
    with pytest.raises(ConfigError) as refused:
        Daemon().load("local function deep() sync{} end\ndeep()")
    assert b"in upvalue 'deep'" in refused.value.traceback or b"in local 'deep'" in refused.value.traceback


@pytest.mark.usefixtures("source")
def test_a_sync_of_the_command_line_is_named_as_it_was_typed() -> None:
    one = CommandLineSync(b"rsync", {b"source": b"none\xff", b"target": b"/t"})
    with pytest.raises(ConfigError) as refused:
        Daemon().script.load(CommandLineSyncs((one,)), Overrides())
    assert refused.value.message == (
        b"-rsync none\xff /t: Cannot access source directory: none\xff (No such file or directory)"
    )


def test_a_missing_source_is_waited_for_wherever_insist_stands(tmp_path: Path) -> None:
    missing = f'sync{{ default.rsync, source = "{tmp_path}/late", target = "/t" }}\n'
    loaded = Daemon().load(missing + 'settings{ "insist" }')
    assert [sync.source for sync in loaded.syncs] == [bytes(tmp_path) + b"/late/"]
    with pytest.raises(ConfigError) as refusal:
        Daemon().load("\n" + missing)
    assert refusal.value.message.startswith(b"/etc/lsyncd.conf.lua:2: Cannot access source directory: ")


def test_a_config_can_catch_that_a_source_is_missing(tmp_path: Path) -> None:
    attempt = f'pcall(sync, {{ default.rsync, source = "{tmp_path}/late", target = "/t" }})\n'
    loaded = Daemon().load(attempt + f'sync{{ default.rsync, source = "{tmp_path}", target = "/t" }}')
    assert [sync.source for sync in loaded.syncs] == [bytes(tmp_path) + b"/"]
