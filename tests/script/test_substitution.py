"""substitudeCommands (spec 2.1)."""

from __future__ import annotations

import pytest

from script.daemon import refusal, said_while_loading

DATA = '{ path = "P", pathname = "N", n = 5, odd = "^path", [1] = "x", [""] = "y" }'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a ^path b", "a P b"),
        ("^path^path", "PP"),
        ("^pathname/^path", "N/P"),
        ("^pathnam", "Pnam"),
        ("^n", "5"),
        ("^odd", "^path"),
        ("^other ^ ^^path ^", "^other ^ ^P ^"),
        ("^1", "^1"),
    ],
)
def test_a_caret_and_a_name_become_the_value_and_longer_names_win(text: str, expected: str) -> None:
    assert said_while_loading(f'log("Test", substitudeCommands("{text}", {DATA}))') == [expected.encode()]


def test_a_list_gives_a_new_list() -> None:
    code = f"""local list = {{ "^path", 7, "x" }}
    local new = substitudeCommands(list, {DATA})
    log("Test", table.concat(new, "|"), " ", table.concat(list, "|"))"""
    assert said_while_loading(code) == [b"P|7|x ^path|7|x"]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            "substitudeCommands(5, {})",
            "substitudeCommands takes a string or a list of strings, not a number",
        ),
        ('substitudeCommands("x")', "substitudeCommands takes a table second, not a nil"),
    ],
)
def test_a_wrong_use_is_an_error_at_the_users_line(use: str, message: str) -> None:
    assert refusal("\n" + use) == f"/etc/lsyncd.conf.lua:2: {message}"
