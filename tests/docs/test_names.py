"""Every name that operators can write is explained in the manual, once, and stands in an example that runs.

The names are those of the running program: a new one without a place in the manual fails here.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from docs.manual import blocks, code_in, explained_on, page, words_of_examples
from pylsyncd.cli import test as test_command
from pylsyncd.cli.options import OPTIONS
from pylsyncd.cli.subcommands import SUBCOMMANDS
from pylsyncd.core.tunnels import TunnelStatus
from pylsyncd.migrate.luatest.suite import Suite
from pylsyncd.migrate.spawnlog import Said
from pylsyncd.system.logtext import DEBUG_CATEGORIES
from script.daemon import running_action, said_while_loading
from stdlib.lua import STDLIB, new_state


def keys_of(expression: str, test: str = "true") -> list[str]:
    """The text keys of a table while a config is loaded, where `test` holds for `value`."""
    (line,) = said_while_loading(f"""
        local names = {{}}
        for key, value in pairs({expression}) do
            if type(key) == "string" and ({test}) then names[#names + 1] = key end
        end
        table.sort(names)
        log("Test", table.concat(names, " "))""")
    return line.decode().split()


def keys_of_inlet(expression: str, tmp_path: Path) -> list[str]:
    """Likewise, of a table that a running sync's inlet gives."""
    daemon = running_action(f'for name in pairs({expression}) do log("Test", name) end', tmp_path)
    daemon.act()
    return [line.decode() for line in daemon.lines()]


def declared_in(chunk: str, pattern: str) -> list[str]:
    """Names that a chunk of the library declares."""
    return re.findall(pattern, (STDLIB / chunk).read_text(), re.MULTILINE)


def global_names() -> list[str]:
    plain = set(
        new_state()
        .eval("(function() local n = '' for k in pairs(_G) do n = n .. k .. ' ' end return n end)()")
        .split()
    )
    older = set(declared_in("compat.lua", r"^(?:function )?globals\.(\w+)"))
    return sorted({*keys_of("_G"), "settings"} - plain - older - {"bit32"})


def service_names() -> list[str]:
    return [name for name in keys_of("lsyncd") if name != "internal"]


def settings_keys() -> list[str]:
    (table,) = declared_in("settings.lua", r"^local keys = \{\n(.*(?:\n    .*)*)\n\}")
    return re.findall(r"^    (\w+) =", table, re.MULTILINE)


def event_fields() -> list[str]:
    return declared_in("event.lua", r"^(?:function )?fields\.(\w+)")


def list_fields() -> list[str]:
    return declared_in("eventlist.lua", r"^function fields\.(\w+)")


def are_explained_once(names: Iterable[str], on: str) -> None:
    counts = Counter(explained_on(page(on)))
    assert {name: counts[name] for name in names if counts[name] != 1} == {}


def stand_in_an_example(names: Iterable[str]) -> None:
    words = words_of_examples()
    assert [name for name in names if name.rpartition(".")[2] not in words] == []


def test_each_global_is_explained_and_used() -> None:
    own_page = {"Queue": "Queue.new", "Tunnel": "Tunnel.new"}
    names = [own_page.get(name, name) for name in global_names()]
    are_explained_once({*names, "string.starts", "string.ends", "table.contains"}, "lua-functions")
    stand_in_an_example(names)


def test_each_service_in_the_table_lsyncd_is_explained_and_used() -> None:
    are_explained_once([f"lsyncd.{name}" for name in service_names()], "lua-functions")
    stand_in_an_example(service_names())


def test_each_function_of_a_queue_is_explained_and_used() -> None:
    names = keys_of("getmetatable(Queue.new()).__index", 'type(value) == "function"')
    are_explained_once([f"queue:{name}" for name in names], "lua-functions")
    stand_in_an_example(names)


def test_each_key_of_a_tunnel_is_explained_and_used() -> None:
    (table,) = declared_in("tunnel.lua", r"^local keys = \{\n(.*(?:\n    .*)*)\n\}")
    names = re.findall(r"^    (\w+) =", table, re.MULTILINE)
    are_explained_once(names, "tunnels-and-crontab")
    stand_in_an_example(names)


def test_each_state_of_a_tunnel_is_explained() -> None:
    are_explained_once([status.value for status in TunnelStatus], "tunnels-and-crontab")


def test_each_setting_is_explained_and_used() -> None:
    are_explained_once(settings_keys(), "settings")
    stand_in_an_example(settings_keys())


def test_each_key_of_a_sync_is_explained_and_used() -> None:
    names = keys_of("default.checkgauge", "value")
    are_explained_once(names, "syncs")
    stand_in_an_example(names)


def test_each_option_of_rsync_is_explained_and_used() -> None:
    names = keys_of("default.rsync.checkgauge.rsync", "value")
    are_explained_once(names, "layer-4-defaults")
    stand_in_an_example(names)


READY_MADE = ("rsync", "rsyncssh", "direct")


@pytest.mark.parametrize("base", READY_MADE)
def test_each_key_of_a_ready_made_sync_is_explained_and_used(base: str) -> None:
    names = set(keys_of(f"default.{base}.checkgauge", "value")) - set(keys_of("default.checkgauge", "value"))
    assert names <= set(explained_on(page("layer-4-defaults")))
    stand_in_an_example(names - {"xargs"})


def test_each_option_of_ssh_is_explained_and_used() -> None:
    names = keys_of("default.rsyncssh.checkgauge.ssh", "value")
    are_explained_once([f"ssh.{name}" for name in names], "layer-4-defaults")
    stand_in_an_example(names)


def test_all_that_default_holds_is_explained_and_used() -> None:
    names = [f"default.{name}" for name in keys_of("default") if name != "_merge"]
    for base in READY_MADE:
        names += [f"default.{base}.{name}" for name in keys_of(f"default.{base}")]
    explained = set(explained_on(page("layer-4-defaults")))
    assert [name for name in names if name not in explained] == []
    stand_in_an_example(names)


def test_each_function_of_an_inlet_is_explained_and_used(tmp_path: Path) -> None:
    names = keys_of_inlet("inlet", tmp_path)
    are_explained_once([f"inlet.{name}" for name in names], "layer-1-inlets")
    stand_in_an_example(names)


def test_each_field_of_what_get_sync_gives_is_explained_and_used(tmp_path: Path) -> None:
    names = keys_of_inlet("inlet.getSync()", tmp_path)
    are_explained_once(names, "layer-1-inlets")
    stand_in_an_example(names)


def test_each_field_of_an_event_is_explained_and_used() -> None:
    are_explained_once(event_fields(), "layer-2-functions")
    stand_in_an_example(event_fields())


def test_each_field_of_a_list_is_explained_and_used() -> None:
    assert {f"elist.{name}" for name in list_fields()} <= set(explained_on(page("layer-1-inlets")))
    stand_in_an_example(list_fields())


def test_each_variable_of_command_lines_is_explained_and_used() -> None:
    (listed,) = declared_in("layer3.lua", r"^local plain = \{\n([^}]*)\}")
    names = re.findall(r'"(\w+)"', listed)
    are_explained_once([f"^{name}" for name in names], "layer-3-commands")
    assert all(
        f"^{name}" in "".join(block.text for block in blocks(page("layer-3-commands"))) for name in names
    )


def test_each_option_of_the_command_line_is_explained() -> None:
    names = [f"-{option.name}" for option in OPTIONS if option.apply or option.notice]
    later = [f"-{option.name}" for option in OPTIONS if not (option.apply or option.notice)]
    are_explained_once(names, "command-line")
    assert set(later) <= set(code_in(page("command-line")))


def test_each_category_of_the_log_is_named() -> None:
    assert DEBUG_CATEGORIES | {"Normal", "Warn", "Error"} <= set(code_in(page("running-it")))


@pytest.mark.parametrize("meaning", ["ok", "partial", "again", "die"])
def test_the_meaning_of_rsyncs_exit_codes_is_that_of_the_program(meaning: str) -> None:
    (line,) = said_while_loading(f"""
        local codes = {{}}
        for code, meaning in pairs(default.rsyncExitCodes) do
            if meaning == "{meaning}" then codes[#codes + 1] = code end
        end
        table.sort(codes)
        log("Test", table.concat(codes, ", "))""")
    assert f"| `{meaning}` | {line.decode()} |" in page("layer-4-defaults").read_text()


# -- the description for editors -------------------------------------------------------------------


def annotated(pattern: str) -> list[str]:
    """Names in the description for the Lua language server."""
    return re.findall(pattern, (STDLIB / "meta" / "pylsyncd.lua").read_text(), re.MULTILINE)


def fields_of_class(name: str) -> list[str]:
    (body,) = annotated(rf"^---@class pylsyncd\.{name}(?::.*)?\n((?:---.*\n)*)")
    return re.findall(r"^---@field (\w+)", body, re.MULTILINE)


def test_editors_know_each_global() -> None:
    assert set(global_names()) <= set(annotated(r"^(?:function )?(\w+)\b(?: =|\()"))


def test_editors_know_each_service() -> None:
    assert sorted(annotated(r"^function lsyncd\.(\w+)\(")) == service_names()


def test_editors_know_each_setting() -> None:
    assert sorted(fields_of_class("Settings")) == sorted(settings_keys())


def test_editors_know_each_field_of_an_event() -> None:
    assert sorted(fields_of_class("Event")) == sorted(event_fields())


def test_editors_know_each_function_of_an_inlet(tmp_path: Path) -> None:
    assert sorted(annotated(r"^function inlet\.(\w+)\(")) == sorted(keys_of_inlet("inlet", tmp_path))


def test_editors_know_each_field_of_a_list() -> None:
    known = fields_of_class("EventList") + annotated(r"^function elist\.(\w+)\(")
    assert sorted(known) == sorted(list_fields())


def test_every_sub_command_is_explained() -> None:
    names = [name.decode() for name in SUBCOMMANDS]
    are_explained_once(names, "command-line")


# -- tests of actions ------------------------------------------------------------------------------


def told_by_a_test(lua: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that the Lua of a test file logs while it is loaded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf.lua").write_text('sync { source = "/s", onCreate = "/bin/true" }')
    (tmp_path / "a_test.lua").write_text(f'{lua}\nit("is a test", function() end)')
    suite = Suite(b"a_test.lua", start=0.0, clock=lambda: 0.0)
    suite.load()
    return [entry.message.decode() for entry in suite.stage.entries if isinstance(entry, Said)]


def test_each_global_of_tests_is_explained_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = told_by_a_test('for name in pairs(_G) do log("Normal", name) end', tmp_path, monkeypatch)
    names = set(found) - set(keys_of("_G")) - {"fake"}
    assert names >= {"describe", "simulate", "expect"}
    are_explained_once(names - {"expect", "simulate"}, "testing")
    assert {"expect", "simulate"} <= set(code_in(page("testing")))
    stand_in_an_example(names)
    assert names | {"fake"} == set(fields_of_lint())


def fields_of_lint() -> list[str]:
    """The names that luacheck knows in test files; the manual shows the same lines."""
    here = (STDLIB.parent / ".luacheckrc").read_text()
    lines = re.search(r'^files\["\*\*/\*_test\.lua"\] = \{\n(?:.*\n)*?\}\n', here, re.MULTILINE)
    assert lines is not None
    assert lines[0] in page("testing").read_text()
    return re.findall(r'"(\w+)"', lines[0].partition("\n")[2])


def test_each_function_of_fakes_and_worlds_is_explained_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lua = """
        for name in pairs(fake) do log("Normal", "fake." .. name) end
        for name in pairs(simulate "conf.lua") do log("Normal", "world." .. name) end"""
    names = told_by_a_test(lua, tmp_path, monkeypatch)
    assert len(names) > 15
    are_explained_once(names, "testing")
    stand_in_an_example(names)


def test_each_expectation_and_placeholder_is_explained_and_used() -> None:
    matchers = [f".{name}" for name in declared_in("testing/expect.lua", r"^function matchers\.(\w+)")]
    (listed,) = declared_in("testing/any.lua", r"^local named = \{(.*)\}")
    placeholders = [f"any.{name}" for name in re.findall(r"(\w+) =", listed)]
    assert len(matchers) + len(placeholders) > 8
    are_explained_once([*matchers, *placeholders], "testing")
    stand_in_an_example([*matchers, *placeholders])


def test_each_option_of_simulate_and_of_the_test_command_is_explained() -> None:
    (listed,) = declared_in("testing/world.lua", r"^local options = \{(.*)\}")
    (keys,) = declared_in("testing/fake.lua", r"^local keys = \{(.*)\}")
    of_command = re.findall(r'"(--\w+)"', inspect.getsource(test_command))
    explained = explained_on(page("testing"))
    assert [
        name for name in [*re.findall(r'"(\w+)"', listed), *of_command] if explained.count(name) != 1
    ] == []
    assert set(re.findall(r"(\w+) =", keys)) <= set(code_in(page("testing")))


def annotated_for_tests(pattern: str) -> list[str]:
    return declared_in("meta/testing.lua", pattern)


def test_editors_know_each_name_of_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lua = """
        for name in pairs(_G) do log("Normal", name) end
        for name in pairs(fake) do log("Normal", "fake." .. name) end
        for name in pairs(simulate "conf.lua") do log("Normal", "world." .. name) end"""
    names = set(told_by_a_test(lua, tmp_path, monkeypatch)) - set(keys_of("_G"))
    functions = annotated_for_tests(r"^function ((?:world\.|fake\.)?\w+)\(")
    assert {*functions, "any", "fake"} == names


def test_editors_know_each_expectation_and_placeholder() -> None:
    matchers = declared_in("testing/expect.lua", r"^function matchers\.(\w+)")
    assert sorted(annotated_for_tests(r"^function expectation\.(\w+)")) == sorted(matchers)
    (listed,) = declared_in("testing/any.lua", r"^local named = \{(.*)\}")
    (fields,) = annotated_for_tests(r"^---@class pylsyncd\.Any\n((?:---.*\n)*)")
    assert re.findall(r"@field (\w+)", fields) == re.findall(r"(\w+) =", listed)


def test_editors_know_each_option_of_simulate() -> None:
    (listed,) = declared_in("testing/world.lua", r"^local options = \{(.*)\}")
    (fields,) = annotated_for_tests(r"^---@class pylsyncd\.SimulateOptions\n((?:---.*\n)*)")
    assert re.findall(r"@field (\w+)", fields) == re.findall(r'"(\w+)"', listed)
