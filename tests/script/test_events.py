"""Events and event lists as scripts see them (spec 2.5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.model import DelayStatus, EventType
from script.daemon import Daemon, running, running_action, script_error

FIELDS = [
    *("etype", "isList", "status", "isdir", "name", "basename", "path", "pathdir", "pathname", "move"),
    *("source", "sourcePath", "sourcePathdir", "sourcePathname"),
    *("target", "targetPath", "targetPathdir", "targetPathname"),
]

SAY_FIELDS = 'for name in ("{}"):gmatch "%a+" do log("Test", event[name]) end'.format(" ".join(FIELDS))

# For /d/f under the source /s/ and the target /t/; S stands for the source, which ends with a slash.
FILE = [
    *("Create", "(false)", "wait", "(false)", "f", "f", "d/f", "d/", "d/f", "(nil)"),
    *("S", "S/d/f", "S/d/", "S/d/f"),
    *("/t/", "/t//d/f", "/t//d/", "/t//d/f"),
]
DIRECTORY = [
    *("Create", "(false)", "wait", "(true)", "e/", "e", "d/e/", "d/", "d/e", "(nil)"),
    *("S", "S/d/e/", "S/d/", "S/d/e"),
    *("/t/", "/t//d/e/", "/t//d/", "/t//d/e"),
]
TOP = [
    *("Create", "(false)", "wait", "(false)", "f", "f", "f", "", "f", "(nil)"),
    *("S", "S/f", "S/", "S/f"),
    *("/t/", "/t//f", "/t//", "/t//f"),
]
INIT = [
    *("Init", "(false)", "wait", "(false)", "(nil)", "(nil)", "", "", "", "(nil)"),
    *("S", "S", "S", "S"),
    *("/t/", "/t/", "/t/", "/t/"),
]


def action(body: str, source: Path) -> Daemon:
    return running_action("local event, event2 = inlet.getEvent() " + body, source)


@pytest.mark.parametrize(
    ("etype", "path", "expected"),
    [
        (EventType.CREATE, b"/d/f", FILE),
        (EventType.CREATE, b"/d/e/", DIRECTORY),
        (EventType.CREATE, b"/f", TOP),
        (EventType.INIT, b"", INIT),
    ],
)
def test_the_fields_of_an_event(etype: EventType, path: bytes, expected: list[str], tmp_path: Path) -> None:
    daemon = action(SAY_FIELDS, tmp_path)
    daemon.core.add(etype, path)
    daemon.act()
    source = f"{tmp_path}/"
    wanted = [source + text.removeprefix("S") if text[:1] == "S" else text for text in expected]
    assert dict(zip(FIELDS, daemon.lines(), strict=True)) == dict(
        zip(FIELDS, [text.encode() for text in wanted], strict=True)
    )


def test_paths_hold_any_bytes_but_nul_and_slash(tmp_path: Path) -> None:
    name = bytes(set(range(1, 256)) - {ord("/")})
    daemon = action(
        'log("Test", event.path) log("Test", event.basename) spawn(event, "x", event.sourcePath)', tmp_path
    )
    daemon.core.add(EventType.CREATE, b"/" + name)
    daemon.act()
    assert daemon.lines() == [name, name]
    assert daemon.core.inputs[0].command.argv == (b"x", bytes(tmp_path) + b"//" + name)  # type: ignore[union-attr] # a SpawnRequested


def test_the_target_is_not_completed_by_a_layer_1_sync(tmp_path: Path) -> None:
    daemon = running(
        f"""sync{{ source = "{tmp_path}", target = "/t", init = false,
        action = function(inlet) log("Test", inlet.getEvent().targetPath) end }}"""
    )
    daemon.core.add(EventType.CREATE, b"/d/f")
    daemon.act()
    assert daemon.lines() == [b"/t/d/f"]


def test_a_move_gives_two_events_its_origin_and_its_destination(tmp_path: Path) -> None:
    body = """for _, one in ipairs{ event, event2 } do
        log("Test", one.etype, one.move, " ", one.path, " ", one.targetPath)
    end"""
    daemon = action(body, tmp_path)
    daemon.core.add(EventType.MOVE, b"/a", b"/b/")
    daemon.act()
    assert daemon.lines() == [b"MoveFr a /t//a", b"MoveTo b/ /t//b/"]


def test_any_other_event_has_no_second(tmp_path: Path) -> None:
    daemon = action('log("Test", event2, select("#", inlet.getEvent()))', tmp_path)
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    assert daemon.lines() == [b"(nil)1"]


def test_an_unknown_field_is_an_error(tmp_path: Path) -> None:
    daemon = action("return event.bogus", tmp_path)
    daemon.core.add(EventType.CREATE, b"/a")
    with script_error() as text:
        daemon.act()
    assert text[0].startswith('/etc/lsyncd.conf.lua:2: event does not have field "bogus"\n')


def test_an_event_is_a_table_with_the_configuration_and_the_inlet_of_its_sync(tmp_path: Path) -> None:
    daemon = action(
        'log("Test", type(event), event.inlet == inlet, event.config == inlet.getConfig())', tmp_path
    )
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    assert daemon.lines() == [b"table(true)(true)"]


def test_the_same_delay_gives_the_same_event_with_the_users_own_fields(tmp_path: Path) -> None:
    body = """
    local again, again2 = inlet.getEvent()
    log("Test", event == again, event2 == again2, event == inlet.getEvents().getList()[1])
    log("Test", rawget(event, "seen"))
    event.seen = (rawget(event, "seen") or 0) + 1
    collectgarbage()"""
    daemon = action(body, tmp_path)
    daemon.core.add(EventType.MOVE, b"/a", b"/b")
    daemon.act()
    daemon.act()
    assert daemon.lines() == [b"(true)(true)(true)", b"(nil)", b"(true)(true)(true)", b"1"]


def test_own_fields_last_until_collect_sees_the_event(tmp_path: Path) -> None:
    collect = 'function(event) log("Test", rawget(event, "mine"), event.status) end'
    daemon = running_action(
        'local event = inlet.getEvent() rawset(event, "mine", 5) spawn(event, "true")',
        tmp_path,
        collect=collect,
    )
    delay = daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    daemon.collect(delay)
    assert daemon.lines() == [b"5active"]


def test_the_status_follows_the_queue(tmp_path: Path) -> None:
    body = """
    log("Test", event.status) spawn(event, "true") log("Test", event.status)
    KEPT = KEPT or event"""
    daemon = running_action(
        "local event = KEPT or inlet.getEvent() " + body, tmp_path, x="(function() KEPT = false end)()"
    )
    delay = daemon.core.add(EventType.CREATE, b"/a")
    daemon.act()
    daemon.core.remove(delay)
    with script_error() as text:
        daemon.act()
    assert daemon.lines() == [b"wait", b"active", b"done"]
    assert "spawn() called on an event that has left the queue" in text[0]


def test_a_move_that_the_core_turned_into_a_delete_is_seen_as_one(tmp_path: Path) -> None:
    daemon = action('log("Test", event.etype, event.move, event2)', tmp_path)
    delay = daemon.core.add(EventType.MOVE, b"/a", b"/b")
    daemon.act()
    delay.etype, delay.path2 = EventType.DELETE, None
    daemon.act()
    assert daemon.lines()[1] == b"Delete(nil)(nil)"


def test_events_of_delays_that_left_unseen_are_let_go(tmp_path: Path) -> None:
    body = """
    local list = inlet.getEvents().getList()
    WEAK[list[1]] = true
    list = nil
    collectgarbage()
    local count = 0
    for _ in pairs(WEAK) do count = count + 1 end
    log("Test", count)"""
    daemon = running_action(body, tmp_path, x='(function() WEAK = setmetatable({}, { __mode = "k" }) end)()')
    first = [daemon.core.add(EventType.CREATE, b"/%d" % number) for number in range(2000)]
    daemon.act()
    for delay in first:
        daemon.core.remove(delay)
    daemon.core.add(EventType.CREATE, b"/last")
    daemon.act()
    assert daemon.lines() == [b"1", b"1"]  # the first run's event is gone, the second's is there


def test_a_target_path_without_a_target_says_what_is_missing(tmp_path: Path) -> None:
    daemon = action("inlet.getConfig().target = nil return event.targetPath", tmp_path)
    daemon.core.add(EventType.CREATE, b"/a")
    with script_error() as text:
        daemon.act()
    assert "this event has no target path: its sync has no target" in text[0]


# -- lists -------------------------------------------------------------------------------------------


def listing(body: str, source: Path) -> Daemon:
    daemon = running_action(body, source)
    daemon.core.add(EventType.CREATE, b"/d/")
    daemon.core.add(EventType.MOVE, b"/a", b"/\xff")
    daemon.core.add(EventType.DELETE, b"/b")
    daemon.act()
    return daemon


@pytest.mark.parametrize("test", ["", "function() return true end"])
@pytest.mark.parametrize(
    ("call", "paths"),
    [
        ('table.concat(list.getPaths(), ",")', b"/d/,/a,/\xff,/b"),
        ('list.getPaths("\\n")', b"/d/\n/a\n/\xff\n/b"),
        (
            'table.concat(list.getPaths(function(etype, path, path2) return etype, path2 end), ",")',
            b"Create,Move,/\xff,Delete",
        ),
        ('table.concat(list.getPaths(function(etype, path) return nil, path end), ",")', b"/d/,/a,/b"),
        ('list.getSourcePaths(",")', b"S/d/,S/a,S/\xff,S/b"),
        ('table.concat(list.getSourcePaths(), ",")', b"S/d/,S/a,S/\xff,S/b"),
        ("list.size()", b"3"),
        ("#list.getList()", b"3"),
        ("list.getList()[2].path", b"a"),
        ("list.isList", b"(true)"),
        ("list.config == inlet.getConfig()", b"(true)"),
        ("type(list)", b"table"),
    ],
)
def test_what_a_list_of_events_tells(call: str, paths: bytes, test: str, tmp_path: Path) -> None:
    daemon = listing(f'local list = inlet.getEvents({test}) log("Test", {call})', tmp_path)
    assert daemon.lines() == [paths.replace(b"S", bytes(tmp_path) + b"/")]


def test_a_list_given_to_collect_tells_the_same(tmp_path: Path) -> None:
    collect = 'function(list, code) log("Test", list.isList, list.size(), list.getPaths(","), code) end'
    daemon = running_action('spawn(inlet.getEvents(), "true")', tmp_path, collect=collect)
    delays = [daemon.core.add(EventType.CREATE, b"/a"), daemon.core.add(EventType.MOVE, b"/b", b"/c")]
    daemon.act()
    daemon.collect(*delays, exitcode=7, is_list=True)
    assert daemon.lines() == [b"(true)2/a,/b,/c7"]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("inlet.getEvents().bogus()", 'event list does not have field "bogus"'),
        ("inlet.getEvents().getPaths(5)", "getPaths takes a function or a delimiter, not a number"),
        (
            "inlet.getEvents().getSourcePaths(true)",
            "getSourcePaths takes a function or a delimiter, not a boolean",
        ),
        ("inlet.getEvents(5)", "getEvents takes a function to test events, not a number"),
    ],
)
def test_a_wrong_use_of_a_list_is_an_error_at_the_users_line(use: str, message: str, tmp_path: Path) -> None:
    with script_error() as text:
        listing(use, tmp_path)
    assert text[0].splitlines()[0] == f"/etc/lsyncd.conf.lua:2: {message}"


@pytest.mark.parametrize(
    ("test", "paths"),
    [
        ("function(event) return event.etype ~= 'Move' end", b"/d/,/b"),
        ("function(event) return nil end", b""),
        ("function(event) return event.etype == 'Move' and 'break' or 1 end", b"/d/"),
        ("function(event) return event.isdir end", b"/d/"),
    ],
)
def test_a_test_chooses_the_events_of_a_list(test: str, paths: bytes, tmp_path: Path) -> None:
    daemon = listing(f'log("Test", inlet.getEvents({test}).getPaths(","))', tmp_path)
    assert daemon.lines() == [paths]


def test_an_error_in_a_test_is_the_users_with_its_own_line_and_stack(tmp_path: Path) -> None:
    body = """inlet.getEvents(function(event)
    local function inner() return event.bogus end
    return inner() .. 1 end)"""
    with script_error() as text:
        listing(body, tmp_path)
    assert text[0].startswith('/etc/lsyncd.conf.lua:3: event does not have field "bogus"\nstack traceback:')
    assert text[0].count("stack traceback:") == 1


def test_blocked_events_of_a_list_can_be_spawned_for_in_one_process(tmp_path: Path) -> None:
    daemon = running_action('spawn(inlet.getEvents(), "true")', tmp_path)
    daemon.core.add(EventType.CREATE, b"/d/")
    daemon.core.add(EventType.CREATE, b"/d/f").status = DelayStatus.BLOCK
    daemon.act()
    assert [one.status for one in daemon.core.queue(0)] == [DelayStatus.ACTIVE] * 2
