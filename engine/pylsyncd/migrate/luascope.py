"""Which variable a name means, and what is assigned to it: as far as that can be seen in the text."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from pylsyncd.migrate.luanodes import (
    Assignment,
    Block,
    For,
    Function,
    Index,
    Local,
    Name,
    Node,
    String,
    Table,
    parts,
)
from pylsyncd.migrate.luasyntax import Chunk

_DEEPEST: Final = 20
"""Steps from a name to its value; more of them go round in a circle."""


@define(eq=False)
class Variable:
    """A local, a parameter or a global."""

    name: str
    is_global: bool
    values: list[Node | None] = field(factory=list)
    """What is assigned to it anywhere; None for what cannot be seen: a parameter, a call's second result."""

    @property
    def value(self) -> Node | None:
        """What it stands for, if that is one thing all the time."""
        return self.values[0] if len(self.values) == 1 else None


@define(eq=False)
class _Scope:
    outer: _Scope | None
    names: dict[str, Variable] = field(factory=dict)

    def find(self, name: str) -> Variable | None:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


class Scopes:
    """The variables of a file."""

    def __init__(self, chunk: Chunk) -> None:
        self.globals: dict[str, Variable] = {}
        self.changed: dict[Variable, list[Index]] = {}
        """Variables whose fields, or fields of fields, are assigned to, and where."""
        self._variables: dict[Name, Variable] = {}
        self._visit(chunk.block, _Scope(None))

    def variable(self, name: Name) -> Variable:
        """The variable that the name means where it stands."""
        return self._variables[name]

    def is_global(self, node: Node, name: str) -> bool:
        """Whether this is the global of that name, and the file does not assign to it."""
        return isinstance(node, Name) and node.name == name and self._is_given(self._variables[node])

    def resolved(self, node: Node) -> Node:
        """The expression that it stands for; the node itself where that cannot be known."""
        for _ in range(_DEEPEST):
            found = self._step(node)
            if found is None:
                break
            node = found
        return node

    def root(self, node: Node) -> Variable | None:
        """The variable that an index such as `a.b.c` begins with."""
        while isinstance(node, Index):
            node = node.table
        return self._variables[node] if isinstance(node, Name) else None

    def _is_given(self, variable: Variable) -> bool:
        return variable.is_global and not variable.values

    def _step(self, node: Node) -> Node | None:
        if isinstance(node, Name):
            return self._variables[node].value
        if isinstance(node, Index) and isinstance(node.key, String):
            return self._field(node, node.key)
        return None

    def _field(self, node: Index, key: String) -> Node | None:
        """What a table constructor holds under the key, if nothing is assigned to its fields."""
        table, owner = self.resolved(node.table), self.root(node)
        if not isinstance(table, Table) or (owner is not None and owner in self.changed):
            return None
        found = table.get(key.value.decode("latin-1"))
        return found.value if found else None

    # Reading the text ------------------------------------------------------------------------------

    def _visit(self, node: Node, scope: _Scope) -> None:
        match node:
            case Name(name=name):
                self._variables[node] = self._find(name, scope)
            case Block():
                self._visit_all(parts(node), _Scope(scope))
            case Local():
                self._declare_locals(node, scope)
            case Assignment():
                self._assign(node, scope)
            case Function(parameters=parameters, body=body):
                self._visit(body, self._with(parameters, scope))
            case For(names=names, values=values, body=body):
                self._visit_all(values, scope)
                self._visit(body, self._with(names, scope))
            case _:
                self._visit_all(parts(node), scope)

    def _visit_all(self, nodes: list[Node] | tuple[Node, ...], scope: _Scope) -> None:
        for node in nodes:
            self._visit(node, scope)

    def _find(self, name: str, scope: _Scope) -> Variable:
        return scope.find(name) or self.globals.setdefault(name, Variable(name, is_global=True))

    def _with(self, names: tuple[Name, ...], scope: _Scope) -> _Scope:
        """A scope with names of which nobody knows what they stand for."""
        inner = _Scope(scope)
        for name in names:
            self._declare(name, inner).values.append(None)
        return inner

    def _declare(self, name: Name, scope: _Scope) -> Variable:
        variable = Variable(name.name, is_global=False)
        self._variables[name] = scope.names[name.name] = variable
        return variable

    def _declare_locals(self, node: Local, scope: _Scope) -> None:
        if not node.is_function:
            self._visit_all(node.values, scope)
        for number, name in enumerate(node.names):
            variable = self._declare(name, scope)
            if node.values:
                variable.values.append(node.values[number] if number < len(node.values) else None)
        if node.is_function:
            self._visit_all(node.values, scope)

    def _assign(self, node: Assignment, scope: _Scope) -> None:
        self._visit_all([*node.targets, *node.values], scope)
        for number, target in enumerate(node.targets):
            value = node.values[number] if number < len(node.values) else None
            if isinstance(target, Name):
                self._variables[target].values.append(value)
            elif isinstance(target, Index) and (owner := self.root(target)) is not None:
                self.changed.setdefault(owner, []).append(target)
