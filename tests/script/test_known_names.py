"""The names that configs may use are those of the running library."""

from __future__ import annotations

import pytest

from pylsyncd.script.names import read_names
from pylsyncd.spelling import nearest
from script.daemon import said_while_loading

KNOWN = read_names()


def said(lua: str) -> str:
    (line,) = said_while_loading(f'log("Test", {lua})')
    return line.decode()


def test_globals_are_those_that_a_config_finds() -> None:
    lines = said_while_loading('for name in pairs(_G) do log("Test", name) end log("Test", "settings")')
    assert {line.decode() for line in lines} == KNOWN.globals


@pytest.mark.parametrize(
    ("base", "key", "is_taken"),
    [
        ("", "source", True),
        ("", "rsync", None),
        ("rsync", "rsync", True),
        ("rsync", "rsync.compress", True),
        ("rsync", "onCreate", False),
        ("rsync", "ssh.port", None),
        ("rsyncssh", "ssh.port", True),
        ("rsyncssh", "rsync.compress", True),
        ("rsyncssh", "target", False),
        ("rsyncssh", "host", True),
        ("direct", "onMove", True),
        ("direct", "host", None),
    ],
)
def test_a_gauge_holds_what_a_sync_takes(base: str, key: str, *, is_taken: bool | None) -> None:
    assert KNOWN.gauges[base].get(key) is is_taken


def test_there_is_a_gauge_for_each_default() -> None:
    assert KNOWN.gauges.keys() == {"", "rsync", "rsyncssh", "direct"}
    assert KNOWN.gauges.keys() - {""} <= KNOWN.defaults


def test_a_setting_has_its_kind() -> None:
    mode = KNOWN.settings["inotifyMode"]
    assert mode.name == "choice"
    assert mode.allowed == {"Modify", "CloseWrite", "CloseWrite or Modify"}
    assert KNOWN.settings["nodaemon"].what == "true or false"


def test_every_kind_has_a_name() -> None:
    kinds = {*KNOWN.settings.values(), *KNOWN.syncs.values(), *KNOWN.tunnels.values()}
    assert all(kind.name for kind in kinds)


def test_verdicts_on_exit_codes_are_known() -> None:
    assert KNOWN.syncs["exitcodes"].allowed == {"ok", "again", "die", "partial"}


def test_options_of_rsync_say_how_they_are_passed() -> None:
    options = KNOWN.rsync_options
    assert (options["compress"].how, options["compress"].argument) == ("letter", "z")
    assert (options["bwlimit"].how, options["bwlimit"].argument) == ("value", "--bwlimit=")
    assert options["archive"].how == ""
    taken = {key.removeprefix("rsync.") for key in KNOWN.gauges["rsync"] if key.startswith("rsync.")}
    assert options.keys() == taken


def test_a_config_of_the_same_process_does_not_change_what_is_known() -> None:
    said('(function() default.checkgauge.mine = true return "done" end)()')
    assert read_names() == KNOWN


def test_the_nearest_name_is_found() -> None:
    assert nearest("compres", KNOWN.rsync_options) == "compress"
    assert nearest("xyzzy", KNOWN.rsync_options) is None
