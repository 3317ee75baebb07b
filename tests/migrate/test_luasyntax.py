"""Lua is read with exact places, and values as Lua itself reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lupa import lua53

from pylsyncd.migrate.luanodes import (
    Assignment,
    Call,
    Compound,
    Function,
    Index,
    Local,
    Name,
    Node,
    Number,
    Return,
    String,
    Table,
    parts,
)
from pylsyncd.migrate.luasyntax import parse

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*/*.lua"))

LUA = lua53.LuaRuntime(encoding="latin-1")

LITERALS = [
    rb'"plain"',
    rb"'it\'s'",
    rb'"\65\x41\u{20AC}\n\t\\\a\0"',
    rb'"two \z' + b"\n     " + rb'parts"',
    b'"a line\\\nand another"',
    b"[[\nlong]]",
    b"[==[ ]] ]==]",
    b"'\xff'",
]


def value_of(expression: bytes) -> Node:
    (statement,) = parse(b"return " + expression).block.statements
    assert isinstance(statement, Return)
    return statement.values[0]


@pytest.mark.parametrize("literal", LITERALS)
def test_a_text_is_what_lua_makes_of_it(literal: bytes) -> None:
    node = value_of(literal)
    assert isinstance(node, String)
    assert node.value == LUA.execute("return " + literal.decode("latin-1")).encode("latin-1")


@given(st.binary())
def test_any_text_written_by_lua_is_read_back(text: bytes) -> None:
    literal = LUA.eval("function(text) return ('%q'):format(text) end")(text.decode("latin-1"))
    node = value_of(literal.encode("latin-1"))
    assert isinstance(node, String)
    assert node.value == text


@pytest.mark.parametrize("literal", ["0", "12", "0x1F", "1e3", ".5", "0x.8p1", "3."])
def test_a_number_is_what_lua_makes_of_it(literal: str) -> None:
    node = value_of(literal.encode())
    assert isinstance(node, Number)
    assert node.value == LUA.eval(literal)


def test_lines_and_columns_count_from_one_and_in_characters() -> None:
    chunk = parse("local ä = 1\nlog('ü', x)\n".encode())
    call = chunk.block.statements[1]
    assert isinstance(call, Call)
    assert [chunk.position(node.start) for node in (call, *call.arguments)] == [(2, 1), (2, 5), (2, 10)]
    assert chunk.line(2) == "log('ü', x)".encode()


def test_each_node_knows_its_text() -> None:
    chunk = parse(b"sync { default.rsync, source = '/a' }")
    texts = [chunk.source(node) for node in chunk.nodes if isinstance(node, Table | Index | String)]
    assert texts == [b"{ default.rsync, source = '/a' }", b"default.rsync", b"rsync", b"source", b"'/a'"]


def test_a_declared_function_is_an_assignment() -> None:
    first, second, third = parse(
        b"function a.b:c(x) end local function d() end function e(...) end"
    ).block.statements
    assert isinstance(first, Assignment)
    assert isinstance(first.values[0], Function)
    assert [name.name for name in first.values[0].parameters] == ["self", "x"]
    assert isinstance(second, Local)
    assert second.is_function
    assert isinstance(third, Assignment)
    assert isinstance(third.targets[0], Name)


def test_parentheses_are_gone() -> None:
    assert isinstance(value_of(b"((a))"), Name)


def test_the_last_field_of_a_name_counts() -> None:
    table = value_of(b'{ a = 1, ["a"] = 2, a }')
    assert isinstance(table, Table)
    found = table.get("a")
    assert found is not None
    assert isinstance(found.value, Number)
    assert found.value.value == 2


def test_a_first_line_for_the_shell_is_no_lua() -> None:
    chunk = parse(b"#!/usr/bin/env pylsyncd\nlog('x')\n")
    assert chunk.is_sound
    assert chunk.position(chunk.block.statements[0].start) == (2, 1)


def test_what_is_no_lua_is_known_as_such() -> None:
    assert not parse(b"sync { default.rsync, source = }").is_sound


def test_nesting_deeper_than_lua_goes_is_no_lua() -> None:
    assert not parse(b"x = " + b"(" * 2000 + b"1" + b")" * 2000).is_sound


def test_labels_are_no_variables() -> None:
    statements = parse(b"goto on ::on::").block.statements
    assert all(isinstance(one, Compound) and parts(one) == [] for one in statements)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_sound_lua(path: Path) -> None:
    assert parse(path.read_bytes()).is_sound
