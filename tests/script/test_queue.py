"""Queue: positions stay the same while entries come and go (spec 2.1); checked against a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from script.daemon import refusal, said_while_loading

SHOW = """
local function show(q)
    local forth, back = {}, {}
    for position, value in q:qpairs() do forth[#forth + 1] = position .. "=" .. value end
    for position, value in q:qpairsReverse() do table.insert(back, 1, position .. "=" .. value) end
    assert(table.concat(forth, " ") == table.concat(back, " "))
    local first, last = q:first(), q:last()
    log("Test", q:size(), " ", table.concat(forth, " "), " ", first, " ", last)
end
local q = Queue.new()
"""

STEPS = st.lists(st.tuples(st.sampled_from(["push", "inject", "remove", "replace"]), st.integers(0, 99)))


@given(STEPS)
def test_it_agrees_with_a_dictionary_of_positions(steps: list[tuple[str, int]]) -> None:
    twin: dict[int, int] = {}
    code, expected = SHOW, []
    ends = [1, 0]
    for step, number in steps:
        code += _do(step, number, twin, ends) + " show(q)\n"
        entries = " ".join(f"{position}={twin[position]}" for position in sorted(twin))
        first, last = (twin[min(twin)], twin[max(twin)]) if twin else ("(nil)", "(nil)")
        expected.append(f"{len(twin)} {entries} {first} {last}".encode())
    assert said_while_loading(code) == expected


def _do(step: str, number: int, twin: dict[int, int], ends: list[int]) -> str:
    """One step on the twin, and the same as Lua; `ends` are the first and the last position in use."""
    keys = sorted(twin)
    if step in {"remove", "replace"} and not keys:
        return ""
    if step == "push":
        ends[1] += 1
        twin[ends[1]] = number
        return f"assert(q:push({number}) == {ends[1]})"
    if step == "inject":
        ends[0] -= 1
        twin[ends[0]] = number
        return f"assert(q:inject({number}) == {ends[0]})"
    position = keys[number % len(keys)]
    old = twin[position]
    if step == "replace":
        twin[position] = number
        return f"assert(q:replace({position}, {number}) == {old})"
    del twin[position]
    while ends[0] <= ends[1] and ends[0] not in twin:
        ends[0] += 1
    while ends[1] >= ends[0] and ends[1] not in twin:
        ends[1] -= 1
    return f"assert(q:remove({position}) == {old})"


def test_first_and_last_give_the_position_too() -> None:
    code = 'local q = Queue.new() q:push("a") q:inject("b") log("Test", q:first()) log("Test", q:last())'
    assert said_while_loading(code) == [b"b0", b"a1"]


def test_the_entry_at_hand_may_be_removed() -> None:
    code = """local q = Queue.new() for n = 1, 4 do q:push(n) end
    for position, value in q:qpairs() do if value % 2 == 0 then q:remove(position) end end
    for _, value in q:qpairsReverse() do log("Test", value) end"""
    assert said_while_loading(code) == [b"3", b"1"]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("Queue.new():push()", "push takes a value; nil is none"),
        ("Queue.new():inject(nil)", "inject takes a value; nil is none"),
        ("Queue.new():replace(1)", "replace takes a value; nil is none"),
        ("Queue.new():remove(1)", "remove: there is nothing at position 1"),
        ("Queue.new():replace(1, 5)", "replace: there is nothing at position 1"),
    ],
)
def test_a_wrong_use_is_an_error_at_the_users_line(use: str, message: str) -> None:
    assert refusal("\n" + use) == f"/etc/lsyncd.conf.lua:2: {message}"
