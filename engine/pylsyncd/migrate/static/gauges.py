"""Which keys a sync takes: the library's gauges, and what the config adds to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import Factory, define

from pylsyncd.migrate.luanodes import Assignment, Constant, Field, Index, Node, String, Table
from pylsyncd.migrate.luascope import Scopes
from pylsyncd.migrate.luasyntax import Chunk
from pylsyncd.script.names import KnownNames

Keys = Mapping[str, bool]
"""A key, `rsync.compress` for those in tables, to whether it is taken."""


@define(eq=False, slots=False)
class Gauge:
    """What a sync takes."""

    keys: Keys

    def knows(self, path: str) -> bool:
        """Whether it holds the key, be it as one that is refused."""
        return path in self.keys

    def refuses(self, path: str) -> bool:
        """Whether it holds the key as one that is refused."""
        return self.keys.get(path) is False

    def names(self, table: str) -> frozenset[str]:
        """The keys that a table takes; with an empty name the sync itself."""
        return self._tables.get(table, frozenset())

    @cached_property
    def _tables(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for path, is_taken in self.keys.items():
            table, _, name = path.rpartition(".")
            if is_taken:
                found.setdefault(table, set()).add(name)
        return {table: frozenset(names) for table, names in found.items()}


_GAUGE = b"checkgauge"


@define(eq=False, slots=False)
class Gauges:
    """The gauges of a file's syncs."""

    chunk: Chunk
    scopes: Scopes
    known: KnownNames
    _plain: dict[str, Gauge] = Factory(dict)
    """By base, for syncs that add nothing: most do not, and a gauge is worth asking often."""

    def of(self, base: str, tables: Iterable[Table]) -> Gauge | None:
        """The gauge of a sync with these tables of the user's; None: it takes what nobody knows."""
        gauge: dict[str, bool] = {}
        for table in tables:
            own = self._own(table)
            if own is None:
                return None
            gauge = {**own, **gauge}
        if self._added is None:
            return None
        if gauge:
            return Gauge({**self.known.gauges[base], **self._added, **gauge})
        return self._plain.setdefault(base, Gauge({**self.known.gauges[base], **self._added}))

    def _own(self, table: Table) -> Keys | None:
        """What a table of the user's adds; None if it checks its keys in ways of its own."""
        if table.get("prepare") or table.get("_merge"):
            return None
        field = table.get("checkgauge")
        return self._flat(field.value, "") if field else {}

    def _flat(self, node: Node, prefix: str) -> Keys | None:
        table = self.scopes.resolved(node)
        if not isinstance(table, Table):
            return None
        found: dict[str, bool] = {}
        for field in table.fields:
            inner = self._entry(field, prefix)
            if inner is None:
                return None
            found.update(inner)
        return found

    def _entry(self, field: Field, prefix: str) -> Keys | None:
        if field.key is None:
            return self._inherited(field.value) if not prefix else None
        if field.name is None:
            return None
        name, value = prefix + field.name, self.scopes.resolved(field.value)
        if isinstance(value, Constant):
            return {name: value.word == "true"}
        inner = self._flat(value, f"{name}.")
        return None if inner is None else {name: True, **inner}

    def _inherited(self, node: Node) -> Keys | None:
        """`default.rsync.checkgauge` in a list."""
        if not isinstance(node, Index) or not isinstance(node.key, String) or node.key.value != _GAUGE:
            return None
        owner = node.table
        if self.scopes.is_global(owner, "default"):
            return self.known.gauges[""]
        if isinstance(owner, Index) and isinstance(owner.key, String):
            return self.known.gauges.get(owner.key.value.decode("latin-1"))
        return None

    @cached_property
    def _added(self) -> Keys | None:
        """Keys that are assigned to gauges, for all syncs alike; None if gauges change otherwise."""
        found: dict[str, bool] = {}
        targets = [
            target for node in self.chunk.nodes if isinstance(node, Assignment) for target in node.targets
        ]
        mentions = {node for node in self.chunk.nodes if isinstance(node, Index) and _is_gauge(node)}
        for target in targets:
            keys = _keys_below_gauge(target, mentions)
            if keys:
                found[".".join(keys)] = True
        return found if mentions <= self._listed else None

    @cached_property
    def _listed(self) -> set[Index]:
        """Gauges that stand in the list of another one."""
        tables = (node for node in self.chunk.nodes if isinstance(node, Table))
        own = (field.value for table in tables if (field := table.get("checkgauge")))
        return {
            field.value
            for value in own
            if isinstance(value, Table)
            for field in value.fields
            if isinstance(field.value, Index)
        }


def _is_gauge(node: Index) -> bool:
    return isinstance(node.key, String) and node.key.value == _GAUGE


def _keys_below_gauge(target: Node, mentions: set[Index]) -> list[str]:
    """`["a", "b"]` of `….checkgauge.a.b`, whose mention is then accounted for."""
    keys: list[str] = []
    while isinstance(target, Index) and isinstance(target.key, String):
        if target in mentions:
            if keys:
                mentions.remove(target)
            return keys
        keys.insert(0, target.key.value.decode("latin-1"))
        target = target.table
    return []
