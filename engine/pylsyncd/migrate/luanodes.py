"""The nodes of a Lua program as typed data, each with its place; `luasyntax` makes them.

Offsets are bytes from 0. Some things are written as others: `function a.b() … end` is the
assignment that it means, parentheses are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen


@frozen(eq=False)
class Node:
    """A piece of Lua; two are the same only if they stand in the same place."""

    start: int
    end: int


@frozen(eq=False)
class Name(Node):
    """A variable, where it is declared or used."""

    name: str


@frozen(eq=False)
class String(Node):
    """A text; also the key behind a dot."""

    value: bytes


@frozen(eq=False)
class Number(Node):
    """A number literal; a minus before it is a `Unary`."""

    value: int | float


@frozen(eq=False)
class Constant(Node):
    """`nil`, `true`, `false` or `...`."""

    word: str


@frozen(eq=False)
class Index(Node):
    """`table.key` or `table[key]`."""

    table: Node
    key: Node


@frozen(eq=False)
class Call(Node):
    """A call. Of a method, `object:name(…)`, `function` is an `Index`."""

    function: Node
    arguments: tuple[Node, ...]
    is_method: bool


@frozen(eq=False)
class Function(Node):
    """A function's parameters and body."""

    parameters: tuple[Name, ...]
    body: Block


@frozen(eq=False)
class Field(Node):
    """An entry of a table constructor; without a key it is one of the list."""

    key: Node | None
    value: Node

    @property
    def name(self) -> str | None:
        """The key, if it is a text."""
        return self.key.value.decode("latin-1") if isinstance(self.key, String) else None


@frozen(eq=False)
class Table(Node):
    """A table constructor."""

    fields: tuple[Field, ...]

    def get(self, name: str) -> Field | None:
        """The field of that name that counts, which is the last."""
        found = [field for field in self.fields if field.name == name]
        return found[-1] if found else None


@frozen(eq=False)
class Binary(Node):
    """Two operands."""

    operator: str
    left: Node
    right: Node


@frozen(eq=False)
class Unary(Node):
    """One operand."""

    operator: str
    operand: Node


@frozen(eq=False)
class Block(Node):
    """Statements with a scope of their own."""

    statements: tuple[Node, ...]


@frozen(eq=False)
class Local(Node):
    """`local names = values`. The names are known behind it, those of a `local function` in it too."""

    names: tuple[Name, ...]
    values: tuple[Node, ...]
    is_function: bool = False


@frozen(eq=False)
class Assignment(Node):
    """`targets = values`; also `function target() … end`."""

    targets: tuple[Node, ...]
    values: tuple[Node, ...]


@frozen(eq=False)
class For(Node):
    """Both kinds of `for`: the names are known in the body."""

    names: tuple[Name, ...]
    values: tuple[Node, ...]
    body: Block


@frozen(eq=False)
class Return(Node):
    """`return values`."""

    values: tuple[Node, ...]


@frozen(eq=False)
class Compound(Node):
    """`if`, `while`, `repeat`, `do` and their like: conditions and blocks as they stand."""

    inside: tuple[Node, ...]


_PARTS: Final[dict[type[Node], tuple[str, ...]]] = {
    Index: ("table", "key"),
    Call: ("function", "arguments"),
    Function: ("parameters", "body"),
    Field: ("key", "value"),
    Table: ("fields",),
    Binary: ("left", "right"),
    Unary: ("operand",),
    Block: ("statements",),
    Local: ("names", "values"),
    Assignment: ("targets", "values"),
    For: ("names", "values", "body"),
    Return: ("values",),
    Compound: ("inside",),
}
"""Where each kind of node keeps those below it."""


def parts(node: Node) -> list[Node]:
    """The nodes right below, in the order of the text."""
    found: list[Node] = []
    for name in _PARTS.get(type(node), ()):
        value = getattr(node, name)
        if isinstance(value, tuple):
            found.extend(value)
        elif value is not None:
            found.append(value)
    return found


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, each before those inside it, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(parts(one)))
