"""spawn and spawnShell (spec 2.6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.inputs import SpawnRequested
from pylsyncd.core.model import Command, EventType
from script.daemon import START, Daemon, running_action, script_error


def spawning(body: str, source: Path) -> Daemon:
    daemon = running_action("local event = inlet.getEvent() " + body, source)
    daemon.core.add(EventType.CREATE, b"/a")
    daemon.core.add(EventType.CREATE, b"/b")
    daemon.act()
    return daemon


def command(daemon: Daemon) -> Command:
    (request,) = daemon.core.inputs
    assert isinstance(request, SpawnRequested)
    return request.command


@pytest.mark.parametrize(
    ("arguments", "argv"),
    [
        ("", ()),
        ('"a", "b c", ""', (b"a", b"b c", b"")),
        ('5, 2.0, 1.5, 1e20, -0.0, "5"', (b"5", b"2.0", b"1.5", b"1e+20", b"-0.0", b"5")),
        ('nil, "a", nil, nil, "b", nil', (b"a", b"b")),
        ('{ "a", { "b", { 5 } }, {} }, "c"', (b"a", b"b", b"5", b"c")),
        ('{ "a", nil, "b" }', (b"a", b"b")),
        ('{ key = "x", "a" }', (b"a",)),
        ('"\\xff\\n\\\\"', (b"\xff\n\\",)),
        ('"a", "<", "b"', (b"a", b"<", b"b")),
    ],
)
def test_arguments_become_words(arguments: str, argv: tuple[bytes, ...], tmp_path: Path) -> None:
    comma = ", " if arguments else ""
    daemon = spawning(f'spawn(event, "prog"{comma}{arguments})', tmp_path)
    assert command(daemon) == Command((b"prog", *argv))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ('"<", "in\\0put\\xff\\n", "a"', Command((b"prog", b"a"), b"in\0put\xff\n")),
        ('"<", "", "a"', Command((b"prog", b"a"), b"")),
        ('"<", 5', Command((b"prog",), b"5")),
        ('"<", "x", nil, { "<" }', Command((b"prog", b"<"), b"x")),
    ],
)
def test_a_leading_less_than_sign_feeds_the_next_string_to_standard_input(
    arguments: str, wanted: Command, tmp_path: Path
) -> None:
    assert command(spawning(f'spawn(event, "prog", {arguments})', tmp_path)) == wanted


def test_standard_input_may_be_megabytes(tmp_path: Path) -> None:
    daemon = spawning('spawn(event, "prog", "<", ("\\xff\\0"):rep(5000000))', tmp_path)
    assert command(daemon).stdin == b"\xff\0" * 5_000_000


def test_a_very_long_list_of_arguments_passes(tmp_path: Path) -> None:
    daemon = spawning('local t = {} for i = 1, 300000 do t[i] = "x" end spawn(event, "prog", t)', tmp_path)
    assert len(command(daemon).argv) == 300_001


def test_the_request_names_sync_and_event(tmp_path: Path) -> None:
    daemon = spawning('spawn(event, "prog")', tmp_path)
    assert daemon.core.inputs == [SpawnRequested(START, 0, (1,), is_list=False, command=Command((b"prog",)))]


def test_a_list_is_spawned_for_as_a_whole(tmp_path: Path) -> None:
    daemon = spawning('spawn(inlet.getEvents(), "prog")', tmp_path)
    assert daemon.core.inputs == [SpawnRequested(START, 0, (1, 2), is_list=True, command=Command((b"prog",)))]


def test_the_second_event_of_a_move_stands_for_the_same_delay(tmp_path: Path) -> None:
    daemon = running_action('local _, event2 = inlet.getEvent() spawn(event2, "prog")', tmp_path)
    move = daemon.core.add(EventType.MOVE, b"/a", b"/b")
    daemon.act()
    assert daemon.core.inputs == [
        SpawnRequested(START, 0, (move.id,), is_list=False, command=Command((b"prog",)))
    ]


def test_nothing_is_spawned_for_an_empty_list(tmp_path: Path) -> None:
    daemon = spawning('spawn(inlet.getEvents(function() return false end), "prog")', tmp_path)
    assert daemon.core.inputs == []
    assert daemon.lines("Exec") == []


def test_spawn_shell_passes_positional_parameters(tmp_path: Path) -> None:
    daemon = spawning('spawnShell(event, "cp \\"$1\\" \\"$2\\"", event.path, nil, 5)', tmp_path)
    assert command(daemon).argv == (b"sh", b"-c", b'cp "$1" "$2"', b"sh", b"a", b"5")


def test_each_spawn_is_logged_in_category_exec_with_nuls_as_line_feeds(tmp_path: Path) -> None:
    daemon = spawning('spawn(event, "prog", "<", "x\\0y", "-a", 2.0)', tmp_path)
    assert daemon.lines("Exec") == [b"prog [<] [x\ny] [-a] [2.0]"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            'spawn(5, "x")',
            "spawning with an invalid agent: it must be an event or a list of events, not a number",
        ),
        (
            'spawn(nil, "x")',
            "spawning with an invalid agent: it must be an event or a list of events, not a nil",
        ),
        (
            'spawn(inlet, "x")',
            "spawning with an invalid agent: it must be an event or a list of events, not a table",
        ),
        ("spawn(event)", "spawn: the program must be a string that is not empty, not a nil"),
        ('spawn(event, "")', "spawn: the program must be a string that is not empty, not a string"),
        (
            'spawn(event, "x", "a", true)',
            "spawn: argument 2 is a boolean; only strings, numbers and tables of them can be passed",
        ),
        (
            'spawn(event, "x", { {}, print })',
            "spawn: argument 1 is a function; only strings, numbers and tables of them can be passed",
        ),
        (
            'spawn(event, "x", "<")',
            'spawn: "<" must be followed by a string for the standard input, not a nil',
        ),
        (
            'spawn(event, "x", "a\\0b")',
            'spawn: the argument "a\\0b" holds a NUL, which no program can be given',
        ),
        ("spawnShell(event, {})", "spawnShell: the command must be a string, not a table"),
        (
            'spawn(event, "x") spawn(event, "x")',
            "spawn() called on a non-waiting event: Create /a is active",
        ),
        (
            'local list = inlet.getEvents() spawn(event, "x") spawn(list, "x")',
            "spawn() called on a non-waiting event: Create /a is active",
        ),
    ],
)
def test_a_wrong_call_is_an_error_at_the_users_line(call: str, message: str, tmp_path: Path) -> None:
    with script_error() as text:
        spawning(call, tmp_path)
    assert text[0].splitlines()[0] == f"/etc/lsyncd.conf.lua:2: {message}"
