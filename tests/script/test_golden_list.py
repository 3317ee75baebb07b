"""Every name of the Lua API is there in a running Lua state, and is what the golden list says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.model import EventType
from script import api
from script.daemon import running_action, said_while_loading


def kinds_in_an_action(source: Path, what: str, names: list[str]) -> dict[str, str]:
    """The Lua types of fields, as an action sees them on what an expression gives."""
    body = f"local it = {what} " + "".join(f'log("Test", type(it.{name}))' for name in names)
    daemon = running_action(body, source, onMove="true")
    daemon.core.add(EventType.MOVE, b"/d/f", b"/d/g")
    daemon.act()
    return dict(zip(names, (line.decode() for line in daemon.lines()), strict=True))


@pytest.mark.parametrize(("expression", "kind"), api.GLOBAL_KINDS.items())
def test_what_a_config_finds_at_its_top_level(expression: str, kind: str) -> None:
    assert said_while_loading(f'log("Test", type({expression}))') == [kind.encode()]


def test_each_global_name_has_a_kind() -> None:
    assert set(api.GLOBALS.split()) <= set(api.GLOBAL_KINDS)


def test_what_an_event_tells(tmp_path: Path) -> None:
    names = list(api.EVENT_FIELDS)
    assert kinds_in_an_action(tmp_path, "inlet.getEvent()", names) == dict(api.EVENT_FIELDS)


def test_what_a_list_of_events_tells(tmp_path: Path) -> None:
    names = list(api.LIST_FIELDS)
    assert kinds_in_an_action(tmp_path, "inlet.getEvents()", names) == dict(api.LIST_FIELDS)


def test_what_a_sync_object_tells(tmp_path: Path) -> None:
    names = list(api.SYNC_FIELDS)
    assert kinds_in_an_action(tmp_path, "inlet.getSync()", names) == dict(api.SYNC_FIELDS)


def test_the_inlet_holds_these_functions_and_no_others(tmp_path: Path) -> None:
    daemon = running_action(
        """local names = {}
        for name, value in pairs(inlet) do names[#names + 1] = name .. " " .. type(value) end
        table.sort(names)
        log("Test", table.concat(names, "\\n"))""",
        tmp_path,
    )
    daemon.act()
    expected = [f"{name} function" for name in sorted(api.INLET_FUNCTIONS.split())]
    assert daemon.lines()[0].decode().split("\n") == expected


@pytest.mark.parametrize("key", api.CONFIG_KEYS.split())
def test_the_gauge_holds_the_keys_of_every_sync(key: str) -> None:
    assert said_while_loading(f'log("Test", default.checkgauge.{key})') == [b"(true)"]
