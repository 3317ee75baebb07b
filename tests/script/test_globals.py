"""The global environment of a config (spec 2, 2.1): a golden list, locked after loading."""

from __future__ import annotations

from pathlib import Path

import pytest

from script import api
from script.daemon import running_action, said_while_loading, script_error


def in_order(*names: str) -> list[bytes]:
    """One line with all names, as NAMES_OF logs it."""
    return [" ".join(sorted(" ".join(names).split())).encode()]


NAMES_OF = """
local names = {} for name in pairs(%s) do names[#names + 1] = name end
table.sort(names) log("Test", table.concat(names, " "))"""


def test_the_globals_are_the_documented_ones_and_no_others() -> None:
    # `settings` is there too, by the metatable that notices an assignment to it.
    assert said_while_loading(NAMES_OF % "_G") == in_order(api.LUA_53, api.GLOBALS, api.OF_OLDER_LUA)


def test_the_table_lsyncd_holds_the_documented_functions() -> None:
    assert said_while_loading(NAMES_OF % "lsyncd") == in_order(api.LSYNCD)


def test_the_api_is_that_of_lsyncd_2_3_1() -> None:
    assert said_while_loading('log("Test", lsyncd_version)') == [b"2.3.1"]


def test_an_undefined_global_is_nil_while_loading() -> None:
    assert said_while_loading('log("Test", nothing)') == [b"(nil)"]


def test_reading_an_undefined_global_later_is_an_error_that_names_it(tmp_path: Path) -> None:
    daemon = running_action("\nreturn nothing", tmp_path)
    with script_error() as text:
        daemon.act()
    assert text[0].startswith(
        '/etc/lsyncd.conf.lua:3: Access to the undefined global "nothing".\nstack traceback:'
    )


def test_creating_a_global_later_is_an_error_that_names_it(tmp_path: Path) -> None:
    daemon = running_action("fresh = 1", tmp_path)
    with script_error() as text:
        daemon.act()
    assert text[0].splitlines()[0] == (
        '/etc/lsyncd.conf.lua:2: New global "fresh" after initialization; '
        "make it local, or set it while the configuration is loaded."
    )


def test_globals_of_the_config_can_be_changed_later(tmp_path: Path) -> None:
    daemon = running_action(
        'count = count + 1 log("Test", count)', tmp_path, name="(function() count = 1 end)()"
    )
    daemon.act()
    daemon.act()
    assert daemon.lines() == [b"2", b"3"]


@pytest.mark.parametrize("name", ["_", "__private"])
def test_names_of_throwaways_and_with_two_underscores_are_exempt(name: str, tmp_path: Path) -> None:
    daemon = running_action(f'log("Test", {name}) {name} = 5 log("Test", {name})', tmp_path)
    daemon.act()
    assert daemon.lines() == [b"(nil)", b"5"]


def test_settings_can_be_read_later(tmp_path: Path) -> None:
    daemon = running_action('log("Test", settings("insist"))', tmp_path)
    daemon.act()
    assert daemon.lines() == [b"(nil)"]


def test_names_that_a_configs_own_metatable_provides_stay_readable(tmp_path: Path) -> None:
    provide = '(function() setmetatable(_G, { __index = { provided = "yes" } }) end)()'
    daemon = running_action('log("Test", provided)', tmp_path, name=provide)
    daemon.act()
    assert daemon.lines() == [b"yes"]
