"""Which keys a sync takes: the library's gauges, and what the config adds to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import define

from pylsyncd.migrate.luanodes import Assignment, Constant, Field, Index, Node, String, Table
from pylsyncd.migrate.luascope import Scopes
from pylsyncd.migrate.luasyntax import Chunk
from pylsyncd.script.names import KnownNames

Gauge = Mapping[str, bool]
"""A key, `rsync.compress` for those in tables, to whether it is taken."""

_GAUGE = b"checkgauge"


@define(eq=False, slots=False)
class Gauges:
    """The gauges of a file's syncs."""

    chunk: Chunk
    scopes: Scopes
    known: KnownNames

    def of(self, base: str, tables: Iterable[Table]) -> Gauge | None:
        """The gauge of a sync with these tables of the user's; None: it takes what nobody knows."""
        added = self._added
        gauge: dict[str, bool] = {}
        for table in tables:
            own = self._own(table)
            if own is None:
                return None
            gauge = {**own, **gauge}
        return None if added is None else {**self.known.gauges[base], **added, **gauge}

    def _own(self, table: Table) -> Gauge | None:
        """What a table of the user's adds; None if it checks its keys in ways of its own."""
        if table.get("prepare") or table.get("_merge"):
            return None
        field = table.get("checkgauge")
        return self._flat(field.value, "") if field else {}

    def _flat(self, node: Node, prefix: str) -> Gauge | None:
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

    def _entry(self, field: Field, prefix: str) -> Gauge | None:
        if field.key is None:
            return self._inherited(field.value) if not prefix else None
        if field.name is None:
            return None
        name, value = prefix + field.name, self.scopes.resolved(field.value)
        if isinstance(value, Constant):
            return {name: value.word == "true"}
        inner = self._flat(value, f"{name}.")
        return None if inner is None else {name: True, **inner}

    def _inherited(self, node: Node) -> Gauge | None:
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
    def _added(self) -> Gauge | None:
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
