"""Rules about what goes with default.rsync, default.rsyncssh or default.direct, and what has to be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pylsyncd.migrate.luanodes import Constant, Field, Name, Node, Number, String, Table
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.rewriting import item_nodes, lua_list, lua_text, shown, source
from pylsyncd.migrate.static.rule import Found

_LOCAL: Final = frozenset({"rsync", "direct"})
_NEEDED: Final = {
    "": ("source",),
    "rsync": ("source", "target"),
    "direct": ("source", "target"),
    "rsyncssh": ("source", "host", "targetdir"),
}
"""Keys without which a sync ends the start."""
_ACTIONS: Final = frozenset(
    {
        "action",
        "full",
        "prepare",
        "onAttrib",
        "onCreate",
        "onDelete",
        "onFull",
        "onModify",
        "onMove",
        "onStartup",
    }
)
_KEY_VALUE: Final = re.compile(rb"(?:-o\s*)?(\w+)=(\S+)")


def host_without_rsyncssh(config: Config) -> Iterator[Found]:
    """`host` or `targetdir` where there is a `target`."""
    for sync in config.syncs:
        for field in sync.fields("") if sync.base in _LOCAL else ():
            is_unknown = sync.gauge is not None and field.name not in sync.gauge
            if field.name in {"host", "targetdir"} and is_unknown:
                message = f"default.{sync.base} knows no {field.name}, only a target"
                yield Found(field.start, message, _one_target(sync))


def _one_target(sync: Sync) -> str:
    host, directory = sync.text("host"), sync.text("targetdir")
    if host is None or directory is None or sync.base == "direct":
        return "inherit default.rsyncssh, or write target"
    return f"write: target = {lua_text(host + b':' + directory)}; or inherit default.rsyncssh"


def target_with_rsyncssh(config: Config) -> Iterator[Found]:
    """`target` where there are `host` and `targetdir`."""
    for sync in config.syncs:
        for field in sync.fields("") if sync.base == "rsyncssh" else ():
            is_refused = sync.gauge is not None and not sync.gauge.get("target")
            if field.name == "target" and is_refused and _is_given(config, field.value):
                yield Found(field.start, "default.rsyncssh takes no target", _two_keys(sync))


def _is_given(config: Config, node: Node) -> bool:
    value = config.scopes.resolved(node)
    return not (isinstance(value, Constant) and value.word in {"nil", "false"})


def _two_keys(sync: Sync) -> str:
    target = sync.text("target")
    host, colon, directory = (target or b"").partition(b":")
    if not colon or not host or not directory or b"/" in host:
        return "write host and targetdir, or inherit default.rsync"
    return f"write: host = {lua_text(host)}, targetdir = {lua_text(directory)}"


def ssh_options_text(config: Config) -> Iterator[Found]:
    """`options = "-o …"` in `ssh = { … }`."""
    for sync in config.syncs:
        for field in sync.effective("ssh") if sync.base == "rsyncssh" else ():
            value = config.scopes.resolved(field.value)
            if field.name == "options" and isinstance(value, String):
                yield Found(
                    field.start, "ssh.options is a text, but has to be a table", _as_ssh_options(value.value)
                )


def _as_ssh_options(text: bytes) -> str:
    if not _KEY_VALUE.sub(b"", text).strip() and text.strip():
        pairs = (f"{shown(key)} = {lua_text(value)}" for key, value in _KEY_VALUE.findall(text))
        return f"write: options = {{ {', '.join(pairs)} }}"
    return f"write: _extra = {lua_list(text.split())}"


def missing_key(config: Config) -> Iterator[Found]:
    """A sync without `source`, `target`, `host` or `targetdir`."""
    for sync in config.syncs:
        own = sync.tables[0]
        is_certain = (
            sync.is_known and sync.gauge is not None and all(_is_plain(table.fields) for table in sync.tables)
        )
        for name in _NEEDED[sync.base] if is_certain and not _is_half_moved(sync) else ():
            if not any(table.get(name) for table in sync.tables):  # with a name for nothing: another rule
                default = f" for default.{sync.base}" if name != "source" else ""
                yield Found(own.start, f"{name} is missing from this sync", f"write {name} = …{default}")


def _is_plain(fields: tuple[Field, ...]) -> bool:
    return all(field.key is None or field.name is not None for field in fields)


def _is_half_moved(sync: Sync) -> bool:
    """Whether there are keys of the other kind of target, which is a finding of its own."""
    others = ("target",) if sync.base == "rsyncssh" else ("host", "targetdir") if sync.base else ()
    return any(sync.field(name) for name in others)


def no_action(config: Config) -> Iterator[Found]:
    """A sync that inherits from nothing and says nothing of what to do."""
    for sync in config.syncs:
        fields = [field for table in sync.tables for field in table.fields]
        is_certain = sync.is_known and _is_plain(tuple(fields)) and not sync.field("init")
        if not is_certain or sync.base or any(field.name in _ACTIONS for field in fields):
            continue
        if not any(field.key is None and _is_meant_as_base(config, field.value) for field in fields):
            message = "this sync inherits from nothing and has no action, so its events are only forgotten"
            remedy = f"write: {_with_base(config, sync)}"
            yield Found(sync.tables[0].start, message, remedy)


def _is_meant_as_base(config: Config, node: Node) -> bool:
    """Whether it is to be inherited from; that there is no such thing is a finding of its own."""
    return config.default_name(node) is not None or isinstance(node, Name)


def _with_base(config: Config, sync: Sync) -> str:
    return source(config.chunk, sync.tables[0]).replace("{", "{ default.rsync,", 1)


def processes_of_rsyncssh(config: Config) -> Iterator[Found]:
    """`maxProcesses` in a sync with default.rsyncssh, which runs one process."""
    for sync in config.syncs:
        field = sync.field("maxProcesses") if sync.base == "rsyncssh" else None
        value = config.scopes.resolved(field.value) if field else None
        if (
            field
            and isinstance(value, Number)
            and value.value != 1
            and config.setting("maxProcesses") is None
        ):
            message = "default.rsyncssh runs one process at a time and refuses maxProcesses"
            yield Found(field.start, message, "write: maxProcesses = 1, or leave it out")


def processes_over_rsyncssh(config: Config) -> Iterator[Found]:
    """`maxProcesses` in `settings{}` with a sync that has default.rsyncssh."""
    if not any(sync.base == "rsyncssh" for sync in config.syncs):
        return
    for table in config.settings:
        field = config.field(table, "maxProcesses")
        value = config.scopes.resolved(field.value) if field else None
        if field and isinstance(value, Number) and value.value != 1:
            message = (
                "Lsyncd refuses this together with default.rsyncssh; here it is the limit over all syncs"
            )
            yield Found(field.start, message, "leave it if that is meant; default.rsyncssh runs one process")


def host_with_dash(config: Config) -> Iterator[Found]:
    """A host that ssh takes for an option."""
    for sync in config.syncs:
        field = sync.field("host") if sync.base == "rsyncssh" else None
        if field and (sync.text("host") or b"").startswith(b"-"):
            yield Found(
                field.start, "ssh takes a host with a dash in front for an option", "write its name only"
            )


def exit_codes(config: Config) -> Iterator[Found]:
    """A verdict that is none, in `exitcodes`."""
    known = config.known.syncs["exitcodes"].allowed
    for sync in config.syncs:
        for table in sync.inner("exitcodes"):
            yield from _wrong_codes(config, table, known)


def _wrong_codes(config: Config, table: Table, known: frozenset[str]) -> Iterator[Found]:
    for field in table.fields:
        value = config.scopes.resolved(field.value)
        text = source(config.chunk, value)
        if isinstance(value, String) and shown(value.value) not in known:
            yield Found(
                field.value.start, f"{text} is no verdict on an exit code", f"write one of {_listed(known)}"
            )
        elif field.name is not None and not field.name.startswith("_"):
            yield Found(field.start, f"{field.name} is no exit code", f"write [0] = {text}")


def _listed(words: frozenset[str]) -> str:
    return ", ".join(f'"{word}"' for word in sorted(words))


def strings_of(config: Config, sync: Sync, name: str) -> list[String]:
    """The texts of a key that is a text or a list of texts, inherited ones too."""
    return [
        one
        for table in sync.tables
        if (field := config.field(table, name))
        for one in item_nodes(config.scopes.resolved(field.value))
    ]
