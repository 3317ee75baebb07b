"""Rules about what comes too late or not at all: settings below syncs, events that are combined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import fields

from pylsyncd.migrate.luanodes import (
    Block,
    Call,
    Constant,
    Function,
    Name,
    Node,
    String,
    parts,
)
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.rule import Found

_IMPOSED: Final = ("collapse", "compat", "delay", "maxDelays", "maxProcesses")
"""Settings that a sync takes over when it is made."""


def settings_below(config: Config) -> Iterator[Found]:
    """`settings{ delay = … }` below a sync, which it does not reach."""
    first = next((node for node in config.chunk.block.statements if _is_call(config, node, "sync")), None)
    for node in config.chunk.block.statements if first else ():
        table = node.arguments[0] if _is_call(config, node, "settings") and isinstance(node, Call) else None
        if table is None or first is None or node.start < first.start:
            continue
        for field in getattr(table, "fields", ()):
            if field.name in _IMPOSED:
                line = config.chunk.position(first.start)[0]
                message = (
                    f"{field.name} comes too late for the sync in line {line}, which takes what is above it"
                )
                yield Found(field.start, message, "move settings { … } above the first sync { … }")


def _is_call(config: Config, node: Node, name: str) -> bool:
    return isinstance(node, Call) and bool(node.arguments) and config.is_api(node.function, name)


def settings_delay(config: Config) -> Iterator[Found]:
    """`settings{ delay = … }` over syncs with a delay of their own."""
    own = [field for sync in config.syncs if (field := sync.field("delay"))]
    for table in config.settings if own else ():
        field = config.field(table, "delay")
        if field:
            line = config.chunk.position(own[0].start)[0]
            message = (
                f"the delay in settings stands above that of every sync, also above the one in line {line}"
            )
            yield Found(field.start, message, "write delay = … in each sync, and none in settings")


def create_and_modify(config: Config) -> Iterator[Found]:
    """`onCreate` and `onModify` that do different things."""
    if _is_false(config.setting("collapse")) or config.setting("compat") is not None:
        return
    for sync in config.syncs:
        first, second = sync.value("onCreate"), sync.value("onModify")
        if first is None or second is None or _keeps_apart(sync):
            continue
        if isinstance(first, String | Function) and isinstance(second, String | Function):
            field = sync.field("onModify")
            if field and _form(first, {}) != _form(second, {}):
                message = (
                    "onCreate and onModify differ: for a new file onModify does not run once onCreate has "
                    "started something, since a Create stands for the writes right after it"
                )
                remedy = "let both do the same, or leave onCreate out, or write collapse = false in the sync"
                yield Found(field.start, message, remedy)


def _is_false(node: Node | None) -> bool:
    return isinstance(node, Constant) and node.word == "false"


def _keeps_apart(sync: Sync) -> bool:
    return _is_false(sync.value("collapse")) or sync.value("compat") is not None


def _form(node: Node, names: dict[str, int]) -> object:
    """A node without its place, parameters and locals by number: equal for what does the same."""
    if isinstance(node, Name):
        return names.get(node.name, node.name)
    if isinstance(node, Function):
        names = {**names, **{name.name: len(names) + number for number, name in enumerate(node.parameters)}}
        return Function, len(node.parameters), _form(node.body, names)
    if isinstance(node, Block):
        names = dict(names)
    plain = [getattr(node, one.name) for one in fields(type(node)) if one.name not in {"start", "end"}]
    values = [value for value in plain if isinstance(value, str | bytes | int | float)]
    return type(node), tuple(values), tuple(_form(part, names) for part in parts(node))
