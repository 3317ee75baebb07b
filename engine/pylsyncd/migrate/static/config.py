"""What a config says, as far as its text shows it: its syncs, settings and tunnels, and what they inherit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from attrs import define, frozen

from pylsyncd.migrate.luanodes import (
    Assignment,
    Call,
    Constant,
    Field,
    Function,
    Index,
    Name,
    Node,
    String,
    Table,
)
from pylsyncd.migrate.luascope import Scopes
from pylsyncd.migrate.luasyntax import Chunk
from pylsyncd.migrate.static.gauges import Gauge, Gauges
from pylsyncd.script.names import KnownNames

_RUNNERS: Final = frozenset({"dofile", "require", "load", "loadfile", "loadstring", "setfenv"})
_HIDING: Final = frozenset({"_G", "_ENV"})


@frozen(eq=False)
class Sync:
    """A `sync{}` whose table stands in the text."""

    call: Call
    tables: tuple[Table, ...]
    """Its own table, then those that it inherits from, in the order in which they count."""
    base: str
    """The name in `default` that it inherits from; empty: none."""
    is_known: bool
    """Whether all that it inherits from can be seen, and nothing is added to it elsewhere."""
    gauge: Gauge | None
    """The keys that it takes; None if that cannot be known."""
    config: Config

    def field(self, name: str) -> Field | None:
        """The entry that counts."""
        return next((found for table in self.tables if (found := self.config.field(table, name))), None)

    def value(self, name: str) -> Node | None:
        """What the key stands for, seen through names."""
        found = self.field(name)
        return self.config.scopes.resolved(found.value) if found else None

    def text(self, name: str) -> bytes | None:
        """The key's value, if it is a text."""
        value = self.value(name)
        return value.value if isinstance(value, String) else None

    def is_true(self, name: str) -> bool:
        """Whether the key is `true`."""
        value = self.value(name)
        return isinstance(value, Constant) and value.word == "true"

    def inner(self, name: str) -> Iterator[Table]:
        """The tables that the key `name` has, its own and inherited ones."""
        for table in self.tables:
            found = self.config.field(table, name)
            value = self.config.scopes.resolved(found.value) if found else None
            if isinstance(value, Table):
                yield value

    def fields(self, path: str) -> Iterator[Field]:
        """All entries with a name: of the sync (path empty), or of the tables under a key."""
        for table in self.inner(path) if path else self.tables:
            yield from self.config.entries(table)

    def effective(self, path: str) -> Iterator[Field]:
        """As `fields`, without those that stand behind others of the same name."""
        seen: set[str | None] = set()
        for field in self.fields(path):
            if field.name not in seen:
                seen.add(field.name)
                yield field


@define(eq=False, slots=False)
class Config:
    """A config file."""

    chunk: Chunk
    scopes: Scopes
    known: KnownNames

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All calls in the file."""
        return tuple(node for node in self.chunk.nodes if isinstance(node, Call))

    @cached_property
    def syncs(self) -> tuple[Sync, ...]:
        """All syncs whose table can be seen."""
        return tuple(self._sync(call, table, is_plain) for call, table, is_plain in self._calls_of("sync"))

    @cached_property
    def settings(self) -> tuple[Table, ...]:
        """The tables of all `settings{}`, those in the 2.0 style too."""
        assigned = (node.values for node in self.assignments if self.is_settings_assignment(node))
        tables = [values[0] for values in assigned if values and isinstance(values[0], Table)]
        return (*(table for _, table, _ in self._calls_of("settings")), *tables)

    @cached_property
    def tunnels(self) -> tuple[Table, ...]:
        """The tables of all `tunnel{}`."""
        return tuple(table for _, table, _ in self._calls_of("tunnel"))

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """All table constructors."""
        return tuple(node for node in self.chunk.nodes if isinstance(node, Table))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """All functions."""
        return tuple(node for node in self.chunk.nodes if isinstance(node, Function))

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """All assignments but those of `local`."""
        return tuple(node for node in self.chunk.nodes if isinstance(node, Assignment))

    @cached_property
    def has_unseen_parts(self) -> bool:
        """Whether code from elsewhere runs in it, or globals are made in ways that do not show."""
        is_running = any(
            isinstance(call.function, Name) and call.function.name in _RUNNERS for call in self.calls
        )
        return is_running or not _HIDING.isdisjoint(self.scopes.globals)

    @cached_property
    def gauges(self) -> Gauges:
        """The keys that syncs take."""
        return Gauges(self.chunk, self.scopes, self.known)

    def setting(self, name: str) -> Node | None:
        """What a setting is set to by the last `settings{}` that has it."""
        found = [field for table in self.settings if (field := self.field(table, name))]
        return self.scopes.resolved(found[-1].value) if found else None

    def has_flag(self, name: str) -> bool:
        """Whether a setting is there, as a key that is not false or as a lone word."""
        value = self.setting(name)
        if value is not None:
            return not (isinstance(value, Constant) and value.word in {"false", "nil"})
        words = (field.value for table in self.settings for field in table.fields if field.key is None)
        return any(isinstance(word, String) and word.value == name.encode() for word in words)

    def field(self, table: Table, name: str) -> Field | None:
        """The entry of that name that counts, if there is one."""
        found = table.get(name)
        return None if found is None or self.is_nil(found.value) else found

    def entries(self, table: Table) -> Iterator[Field]:
        """The entries with names that count."""
        last = {field.name: field for field in table.fields if field.name is not None}
        return (field for field in last.values() if not self.is_nil(field.value))

    def is_nil(self, node: Node) -> bool:
        """Whether it is nil for certain: a key with it is not there at all."""
        if isinstance(node, Name):
            return not self.has_unseen_parts and self.is_undefined(node)
        return isinstance(node, Constant) and node.word == "nil"

    def is_undefined(self, name: Name) -> bool:
        """Whether the file knows no such variable."""
        variable = self.scopes.variable(name)
        return variable.is_global and not variable.values and name.name not in self.known.globals

    def is_settings_assignment(self, node: Assignment) -> bool:
        """`settings = …`, which was the way of 2.0."""
        target = node.targets[0] if node.targets else None
        is_named = isinstance(target, Name) and target.name == "settings"
        return isinstance(target, Name) and is_named and self.scopes.variable(target).is_global

    def is_api(self, node: Node, name: str) -> bool:
        """Whether the expression is that global of ours, under another name too."""
        if name == "settings" and isinstance(node, Name) and node.name == name:
            return self.scopes.variable(node).is_global  # assigning to it is a mistake that changes nothing
        return self.scopes.is_global(self.scopes.resolved(node), name)

    def api_calls(self, name: str) -> Iterator[Call]:
        """All calls of a global of ours."""
        return (call for call in self.calls if not call.is_method and self.is_api(call.function, name))

    def default_name(self, node: Node) -> str | None:
        """`rsync`, if the expression stands for `default.rsync`."""
        found = self.scopes.resolved(node)
        is_default = isinstance(found, Index) and self.scopes.is_global(found.table, "default")
        if isinstance(found, Index) and is_default and isinstance(found.key, String):
            return found.key.value.decode("latin-1")
        return None

    def own_default(self, name: str) -> Node | None:
        """What the file assigns to `default.NAME`, if it does so once."""
        values = self._own_defaults.get(name, [])
        return values[0] if len(values) == 1 else None

    def assigns_default(self, name: str) -> bool:
        """Whether the file assigns to `default.NAME` at all."""
        return name in self._own_defaults

    @cached_property
    def _own_defaults(self) -> Mapping[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        pairs = (pair for node in self.assignments for pair in zip(node.targets, node.values, strict=False))
        for target, value in pairs:
            name = self.default_name(target) if isinstance(target, Index) else None
            if name is not None:
                found.setdefault(name, []).append(value)
        return found

    def _calls_of(self, name: str) -> Iterator[tuple[Call, Table, bool]]:
        """Calls with a table that can be seen, and whether it stands right there."""
        for call in self.api_calls(name):
            value = self.scopes.resolved(call.arguments[0]) if call.arguments else None
            if isinstance(value, Table):
                yield call, value, value is call.arguments[0]

    def _sync(self, call: Call, table: Table, is_plain: bool) -> Sync:  # noqa: FBT001 - from _calls_of
        tables, names, is_seen = self._inherited(table, 0)
        is_known = is_plain and is_seen
        base = names[0] if len(names) == 1 else ""
        gauge = self.gauges.of(base, tables) if is_seen and len(names) <= 1 else None
        return Sync(call, tuple(tables), base, is_known, gauge, self)

    def _inherited(self, table: Table, depth: int) -> tuple[list[Table], list[str], bool]:
        """The table and those it inherits from, the names in `default` among them, whether that is all."""
        tables, names, is_seen = [table], [], depth < _DEEPEST
        for field in table.fields if is_seen else ():
            if field.key is not None or isinstance(field.value, String) or self.is_nil(field.value):
                continue
            source, name = self._source(field.value)
            if name is not None and name not in names:
                names.append(name)
            elif source is not None:
                below = self._inherited(source, depth + 1)
                tables += below[0]
                names += [one for one in below[1] if one not in names]
                is_seen = is_seen and below[2]
            elif name is None:
                is_seen = False
        return tables, names, is_seen

    def _source(self, node: Node) -> tuple[Table | None, str | None]:
        """A table to inherit from, or the name of one of ours."""
        name = self.default_name(node)
        if name is not None and self.assigns_default(name):
            node, name = self.own_default(name) or node, None
        if name in self.known.gauges:
            return None, name
        value = self.scopes.resolved(node)
        return (value if isinstance(value, Table) and name is None else None), None


_DEEPEST: Final = 20
"""How deep tables inherit from tables; deeper ones hold themselves."""
