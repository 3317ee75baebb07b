"""log, dump and time stamps (spec 1.2, 2.1)."""

from __future__ import annotations

import pytest

from script.daemon import Daemon, refusal, said_while_loading


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ('"a", 1, 1.5, 2.0', b"a11.52.0"),
        ("nil, true, false, nil", b"(nil)(true)(false)(nil)"),
        ("now()", b"(Timestamp: 1000.25)"),
        ("now() + 0.755", b"(Timestamp: 1001.01)"),
        ('"\\xff\\n\\0"', b"\xff\n\0"),
    ],
)
def test_log_joins_its_arguments(arguments: str, line: bytes) -> None:
    assert said_while_loading(f'log("Test", {arguments})') == [line]


def test_tables_and_functions_show_as_their_address() -> None:
    (line,) = said_while_loading('log("Test", {}, print)')
    assert line.startswith(b"(Table: 0x")
    assert b")(function: " in line


def test_a_category_that_nobody_wants_is_silent() -> None:
    assert Daemon().wanted.isdisjoint({"Private"})
    assert said_while_loading('log("Private", "x")') == []


def test_a_category_is_a_string() -> None:
    assert refusal("log(5)") == (
        '/etc/lsyncd.conf.lua:1: log takes a category first, such as log("Normal", "text"), not a number'
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(now() + 5) - now()", b"5.0"),
        ("5 + now() - now()", b"5.0"),
        ("(now() - 5).seconds", b"995.25"),
        ("now().seconds", b"1000.25"),
        ("now().string", b"1000.25"),
        ('"at " .. now()', b"at 1000.25"),
        ('now() .. "!"', b"1000.25!"),
        ("tostring(now())", b"1000.25"),
        ("now() < now() + 1", b"(true)"),
        ("now() + 1 <= now()", b"(false)"),
        ("now() > now() - 1", b"(true)"),
        ("now() == now()", b"(true)"),
        ("now() ~= now()", b"(false)"),
        ("now().other", b"(nil)"),
    ],
)
def test_time_stamps_calculate_and_compare(expression: str, value: bytes) -> None:
    assert said_while_loading(f'log("Test", {expression})') == [value]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("now() + now()", "a time stamp takes a number of seconds to add, not another table"),
        ("now() < 5", "cannot compare a time stamp and a number"),
        ("5 - now()", "cannot subtract a time stamp and a number"),
    ],
)
def test_what_time_stamps_cannot_do_is_an_error_at_the_users_line(expression: str, message: str) -> None:
    assert refusal(f"local x = {expression}") == f"/etc/lsyncd.conf.lua:1: {message}"


def test_dump_prints_a_table_sorted_and_stops_at_itself(capfd: pytest.CaptureFixture[str]) -> None:
    said_while_loading(
        'local t = { b = { c = 1 }, [2] = "x", a = true } t.self = t dump(t) dump({ 1 }, "> ")'
    )
    out = capfd.readouterr().out
    lines = out.splitlines()
    assert lines[:4] == ["2: x", "a: true", "b:", "  c: 1"]
    assert lines[4].startswith("self: table: 0x")
    assert lines[5] == "> 1: 1"


def test_dump_takes_a_table() -> None:
    assert refusal("dump(5)") == "/etc/lsyncd.conf.lua:1: dump takes a table, not a number"
