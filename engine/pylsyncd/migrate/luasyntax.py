"""Lua read by tree-sitter into the nodes of `luanodes`, with lines and columns for them.

Lines and columns count from 1, columns in characters. What `check` and `explain` read configs with.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from typing import Final

import tree_sitter
import tree_sitter_lua
from attrs import define

from pylsyncd.migrate.luanodes import (
    Assignment,
    Binary,
    Block,
    Call,
    Compound,
    Constant,
    Field,
    For,
    Function,
    Index,
    Local,
    Name,
    Node,
    Number,
    Return,
    String,
    Table,
    Unary,
    walk,
)

_TOKEN: Final = re.compile(
    rb"""(?:--)?\[(=*)\[.*?\]\1\]|--[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""", re.DOTALL
)
"""Comments, and texts, in which a comment does not begin."""

_LANGUAGE: Final = tree_sitter.Language(tree_sitter_lua.language())


@define(eq=False, slots=False)
class Chunk:
    """A whole file."""

    text: bytes
    block: Block
    is_sound: bool
    """Whether all of it is Lua; otherwise parts of it are missing in the tree."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, each before those inside it, in the order of the text."""
        return tuple(walk(self.block))

    @cached_property
    def comments(self) -> tuple[tuple[int, int], ...]:
        """Where comments begin and end."""
        found = _TOKEN.finditer(self.text)
        return tuple(one.span() for one in found if one[0].startswith(b"--"))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column."""
        line = bisect_right(self._starts, offset)
        before = self.text[self._starts[line - 1] : offset]
        return line, len(before.decode("utf-8", "replace")) + 1

    def line(self, number: int) -> bytes:
        """A line without its end."""
        ends = [*self._starts[number : number + 1], len(self.text) + 1]
        return self.text[self._starts[number - 1] : ends[0] - 1].rstrip(b"\r")

    def source(self, node: Node) -> bytes:
        """The text of a node."""
        return self.text[node.start : node.end]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(rb"\n", self.text))]


def parse(text: bytes) -> Chunk:
    """Parse a file; what cannot be parsed makes it unsound and is left out."""
    unmarked = re.sub(rb"\A#[^\n]*", lambda found: b" " * len(found[0]), text)  # Lua skips such a line
    root = tree_sitter.Parser(_LANGUAGE).parse(unmarked).root_node
    try:
        return Chunk(text, _block(root), not root.has_error)
    except RecursionError:  # deeper than Lua itself goes
        return Chunk(text, Block(0, len(text), ()), is_sound=False)


# Values --------------------------------------------------------------------------------------------

_ESCAPE: Final = re.compile(
    rb"\\(?:z\s*|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]+)\}|([0-9]{1,3})|\r?\n|(.))", re.DOTALL
)
_LETTERS: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_LONG: Final = re.compile(rb"\[(=*)\[(?:\r\n|\n\r|\n|\r)?(.*)\]\1\]", re.DOTALL)


def text_value(literal: bytes) -> bytes:
    """What a string literal stands for."""
    long = _LONG.fullmatch(literal)
    return long[2] if long else _ESCAPE.sub(_unescaped, literal[1:-1])


def _unescaped(found: re.Match[bytes]) -> bytes:
    byte, point, decimal, letter = found.groups()
    if byte:
        return bytes.fromhex(byte.decode())
    if point:
        return _utf8(int(point, 16))
    if decimal:
        return bytes([int(decimal) & 0xFF])
    if letter:
        return _LETTERS.get(letter, letter)
    return b"" if found[0].startswith(b"\\z") else b"\n"


def _utf8(point: int) -> bytes:
    return chr(point).encode("utf-8", "surrogatepass") if point <= 0x10FFFF else b"?"  # noqa: PLR2004 - Unicode ends there


def _number(literal: str) -> int | float:
    """Lua's reading of a number; what is none (the grammar is generous) counts as 0."""
    for read in (lambda: int(literal, 16 if literal[:2] in {"0x", "0X"} else 10), lambda: float(literal)):
        try:
            return read()
        except ValueError:
            continue
    try:
        return float.fromhex(literal)
    except (ValueError, OverflowError):
        return 0


# From tree-sitter's nodes --------------------------------------------------------------------------

_Parsed = tree_sitter.Node


def _named(node: _Parsed) -> list[_Parsed]:
    return [child for child in node.named_children if child.type != "comment"]


def _text(node: _Parsed) -> bytes:
    return node.text if node.text is not None else b""


def _of(node: _Parsed) -> Node:
    convert = _KINDS.get(node.type)
    return convert(node) if convert else Compound(node.start_byte, node.end_byte, _all(node))


def _all(node: _Parsed | None) -> tuple[Node, ...]:
    return tuple(map(_of, _named(node))) if node else ()


def _block(node: _Parsed) -> Block:
    return Block(node.start_byte, node.end_byte, _all(node))


def _body(node: _Parsed) -> Block:
    """The body of a function or loop; an empty one has no node."""
    body = node.child_by_field_name("body")
    return _block(body) if body else Block(node.end_byte, node.end_byte, ())


def _name(node: _Parsed) -> Name:
    return Name(node.start_byte, node.end_byte, _text(node).decode("latin-1"))


def _key(node: _Parsed) -> String:
    """A name that stands for a text: behind a dot, or as a key."""
    return String(node.start_byte, node.end_byte, _text(node))


def _string(node: _Parsed) -> String:
    return String(node.start_byte, node.end_byte, text_value(_text(node)))


def _constant(node: _Parsed) -> Constant:
    return Constant(node.start_byte, node.end_byte, _text(node).decode())


def _index(node: _Parsed) -> Index:
    table, key = _named(node)[:2]
    is_dotted = node.type != "bracket_index_expression"
    return Index(node.start_byte, node.end_byte, _of(table), _key(key) if is_dotted else _of(key))


def _call(node: _Parsed) -> Call:
    callee, arguments = _named(node)[:2]
    function = _of(callee)
    is_method = callee.type == "method_index_expression"
    return Call(node.start_byte, node.end_byte, function, _all(arguments), is_method)


def _parameters(node: _Parsed) -> tuple[Name, ...]:
    given = node.child_by_field_name("parameters")
    return tuple(_name(child) for child in _named(given) if child.type == "identifier") if given else ()


def _function(node: _Parsed) -> Function:
    return Function(node.start_byte, node.end_byte, _parameters(node), _body(node))


def _declared_function(node: _Parsed) -> Node:
    """`function a.b:c() … end` and `local function f() … end`."""
    function, target = _function(node), node.child_by_field_name("name")
    if target is None:
        return function
    if node.child(0).type == "local":
        return Local(node.start_byte, node.end_byte, (_name(target),), (function,), is_function=True)
    if target.type == "method_index_expression":
        own = Name(target.end_byte, target.end_byte, "self")
        function = Function(function.start, function.end, (own, *function.parameters), function.body)
    return Assignment(node.start_byte, node.end_byte, (_of(target),), (function,))


def _field(node: _Parsed) -> Field:
    key, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    last = _of(value) if value else Compound(node.start_byte, node.end_byte, ())
    if key is None:
        return Field(node.start_byte, node.end_byte, None, last)
    is_plain = node.child(0).type != "["
    return Field(node.start_byte, node.end_byte, _key(key) if is_plain else _of(key), last)


def _table(node: _Parsed) -> Table:
    fields = tuple(_field(child) for child in _named(node) if child.type == "field")
    return Table(node.start_byte, node.end_byte, fields)


def _lists(node: _Parsed) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """What stands on both sides of a `=`."""
    sides = {child.type: child for child in _named(node)}
    names = sides.get("variable_list")
    targets = tuple(_of(child) for child in _named(names) if child.type != "attribute") if names else ()
    return targets, _all(sides.get("expression_list"))


def _assignment(node: _Parsed) -> Assignment:
    return Assignment(node.start_byte, node.end_byte, *_lists(node))


def _local(node: _Parsed) -> Local:
    inner = next((child for child in _named(node) if child.type == "assignment_statement"), node)
    names, values = _lists(inner)
    declared = tuple(name for name in names if isinstance(name, Name))
    return Local(node.start_byte, node.end_byte, declared, values)


def _for(node: _Parsed) -> For:
    clause = node.child_by_field_name("clause")
    if clause is None:
        return For(node.start_byte, node.end_byte, (), (), _body(node))
    if clause.type == "for_generic_clause":
        names, values = _lists(clause)
    else:
        name, *values_ = _named(clause)
        names, values = (_name(name),), tuple(map(_of, values_))
    declared = tuple(name for name in names if isinstance(name, Name))
    return For(node.start_byte, node.end_byte, declared, values, _body(node))


def _binary(node: _Parsed) -> Node:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left is None or right is None or operator is None:
        return Compound(node.start_byte, node.end_byte, _all(node))
    return Binary(node.start_byte, node.end_byte, operator.type, _of(left), _of(right))


def _unary(node: _Parsed) -> Node:
    operator, operand = node.child_by_field_name("operator"), node.child_by_field_name("operand")
    if operator is None or operand is None:
        return Compound(node.start_byte, node.end_byte, _all(node))
    return Unary(node.start_byte, node.end_byte, operator.type, _of(operand))


def _repeat(node: _Parsed) -> Compound:
    """The condition sees the locals of the body, so it stands in there."""
    condition, body = node.child_by_field_name("condition"), _body(node)
    last = (_of(condition),) if condition else ()
    block = Block(body.start, node.end_byte, (*body.statements, *last))
    return Compound(node.start_byte, node.end_byte, (block,))


def _parenthesized(node: _Parsed) -> Node:
    inside = _named(node)
    return _of(inside[0]) if inside else Compound(node.start_byte, node.end_byte, ())


def _jump(node: _Parsed) -> Compound:
    """A label is no variable."""
    return Compound(node.start_byte, node.end_byte, ())


_KINDS: Final[dict[str, Callable[[_Parsed], Node]]] = {
    "assignment_statement": _assignment,
    "binary_expression": _binary,
    "block": _block,
    "bracket_index_expression": _index,
    "dot_index_expression": _index,
    "false": _constant,
    "for_statement": _for,
    "function_call": _call,
    "function_declaration": _declared_function,
    "function_definition": _function,
    "goto_statement": _jump,
    "identifier": _name,
    "label_statement": _jump,
    "method_index_expression": _index,
    "nil": _constant,
    "number": lambda node: Number(node.start_byte, node.end_byte, _number(_text(node).decode("latin-1"))),
    "parenthesized_expression": _parenthesized,
    "repeat_statement": _repeat,
    "return_statement": lambda node: Return(
        node.start_byte, node.end_byte, tuple(value for child in _named(node) for value in _all(child))
    ),
    "string": _string,
    "table_constructor": _table,
    "true": _constant,
    "unary_expression": _unary,
    "vararg_expression": _constant,
    "variable_declaration": _local,
}
"""How tree-sitter's kinds of nodes become ours; all others are a `Compound` of what they hold."""
