"""Inlets (spec 2.4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core import inputs as i
from pylsyncd.core.model import EventType
from script.daemon import START, Daemon, refusal, running, running_action, script_error


def test_get_event_gives_the_same_until_it_is_discarded(tmp_path: Path) -> None:
    body = """
    log("Test", inlet.getEvent().path, inlet.getEvent().path)
    inlet.discardEvent(inlet.getEvent())
    log("Test", inlet.getEvent().path)"""
    daemon = running_action(body, tmp_path)
    first = daemon.core.add(EventType.CREATE, b"/a")
    daemon.core.add(EventType.CREATE, b"/b")
    daemon.act()
    assert daemon.lines() == [b"aa", b"b"]
    assert daemon.core.inputs == [i.DiscardRequested(START, 0, first.id)]


def test_get_event_gives_nil_when_nothing_is_ready(tmp_path: Path) -> None:
    daemon = running_action('log("Test", inlet.getEvent())', tmp_path)
    daemon.act()
    assert daemon.lines() == [b"(nil)"]


def test_discarding_an_active_event_logs_an_error_and_does_nothing(tmp_path: Path) -> None:
    body = 'local event = inlet.getEvent() spawn(event, "true") inlet.discardEvent(event)'
    daemon = running_action(body, tmp_path)
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    assert daemon.lines("Error") == [b"Ignored cancel of a non-waiting event of type Create"]
    assert daemon.core.asked(i.DiscardRequested) == []


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("inlet.discardEvent(5)", "discardEvent takes an event, not a number"),
        ("inlet.addExclude(5)", "addExclude takes a string, not a number"),
        ("inlet.rmExclude()", "rmExclude takes a string, not a nil"),
        ("inlet.appendFilter()", "appendFilter takes a string, not a nil"),
        ('inlet.addExclude("a\\0b")', "a pattern cannot hold a NUL"),
        ('inlet.createFullEvent("a\\0b")', "createFullEvent: the path holds a NUL"),
        ("inlet.createFullEvent()", "createFullEvent takes a string, not a nil"),
    ],
)
def test_a_wrong_use_is_an_error_at_the_users_line(use: str, message: str, tmp_path: Path) -> None:
    with script_error() as text:
        running_action(use, tmp_path).act()
    assert text[0].splitlines()[0] == f"/etc/lsyncd.conf.lua:2: {message}"


def test_an_event_of_another_sync_is_not_discarded(tmp_path: Path) -> None:
    daemon = running(f"""
    local other
    sync{{ source = "{tmp_path}", init = false, action = function(inlet) other = inlet.getEvent() end }}
    sync{{ source = "{tmp_path}", init = false, action = function(inlet) inlet.discardEvent(other) end }}""")
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.act(0)
    with script_error() as text:
        daemon.act(1)
    assert "discardEvent: the event is of another sync" in text[0]


RULES = """
local function show(list) return table.concat(list, ",") end
local function use(inlet)
    inlet.addExclude("c") inlet.rmExclude("a") inlet.appendFilter("- g") inlet.appendFilter("+", "h")
    log("Test", show(inlet.getExcludes()), " ", show(inlet.getFilters()), inlet.hasFilters())
end
"""
SYNC_WITH_RULES = 'sync{ source = "/", init = false, exclude = { "a", "b" }, action = use }'


def test_rules_changed_while_loading_are_what_the_engine_gets() -> None:
    daemon = Daemon()
    sync = daemon.load(f"{RULES} use({SYNC_WITH_RULES})").syncs[0]
    assert daemon.lines() == [b"b,c - g,+ h,- b,- c(true)"]
    assert (sync.excludes, sync.filters) == ((b"b", b"c"), (b"- g", b"+ h"))


def test_rules_changed_later_are_the_cores() -> None:
    daemon = running(RULES + SYNC_WITH_RULES)
    daemon.act()
    assert daemon.lines() == [b"b,c - g,+ h,- b,- c(true)"]
    assert daemon.core.inputs == [
        i.ExcludeAdded(START, 0, b"c"),
        i.ExcludeRemoved(START, 0, b"a"),
        i.FilterAppended(START, 0, b"- g"),
        i.FilterAppended(START, 0, b"+ h"),
    ]


def test_excludes_alone_are_no_filters(tmp_path: Path) -> None:
    daemon = running_action('log("Test", inlet.hasFilters(), #inlet.getFilters())', tmp_path, exclude='"x"')
    daemon.act()
    assert daemon.lines() == [b"(false)1"]


def test_a_script_makes_blanket_and_full_events_itself(tmp_path: Path) -> None:
    body = """log("Test", inlet.createBlanketEvent().etype)
    local full = inlet.createFullEvent("/") log("Test", full.etype, full.path)"""
    daemon = running_action(body, tmp_path)
    daemon.act()
    assert daemon.lines() == [b"Blanket", b"Full"]
    assert daemon.core.inputs == [i.BlanketRequested(START, 0), i.FullRequested(START, 0, b"/")]


def test_get_sync_tells_of_the_sync(tmp_path: Path) -> None:
    body = """local it = inlet.getSync()
    log("Test", it.config == inlet.getConfig(), it.name, it.processes:size(), it.delays:size(), it.source)"""
    daemon = running_action(body, tmp_path)
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.core.syncs[0].processes = 2
    daemon.act()
    assert daemon.lines() == [b"(true)Sync121%s/" % bytes(tmp_path)]


def test_without_a_tunnel_there_are_no_variables_to_add(tmp_path: Path) -> None:
    daemon = running_action(
        "local d = {} log('Test', inlet.getSubstitutionData(nil, d) == d, next(d))", tmp_path
    )
    daemon.act()
    assert daemon.lines() == [b"(true)(nil)"]


def test_queues_can_be_asked_only_while_the_daemon_runs() -> None:
    assert refusal('sync{ source = "/", onCreate = print }.getEvent()') == (
        "/etc/lsyncd.conf.lua:1: a sync's queue can be asked for only while the daemon runs"
    )


def test_syncs_are_made_while_loading_only(tmp_path: Path) -> None:
    with script_error() as text:
        running_action("sync{}", tmp_path).act()
    assert "/etc/lsyncd.conf.lua:2: Sync can only be created during initialization." in text[0]


def test_settings_are_made_while_loading_only(tmp_path: Path) -> None:
    with script_error() as text:
        running_action("settings{ insist = true }", tmp_path).act()
    assert "/etc/lsyncd.conf.lua:2: settings can only be changed during initialization." in text[0]
