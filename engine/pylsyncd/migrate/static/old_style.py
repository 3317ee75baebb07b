"""Rules about the style of Lsyncd 2.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pylsyncd.migrate.findings import Edit
from pylsyncd.migrate.luanodes import Assignment, Field, Index, Name, Node, String, Table
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.rewriting import items, lua_text, removed, replaced, rewritten
from pylsyncd.migrate.static.rsync_arguments import as_options
from pylsyncd.migrate.static.rule import Found

OLD_OPTIONS: Final = ("rsyncOps", "rsyncOpts")


def settings_assigned(config: Config) -> Iterator[Found]:
    """`settings = { … }`."""
    for node in config.assignments:
        if not config.is_settings_assignment(node) or not node.values:
            continue
        target, value = node.targets[0], node.values[0]
        edits: tuple[Edit, ...] = ()
        remedy = "write settings { key = value }, without the equal sign"
        if isinstance(value, Table) and len(node.targets) == len(node.values) == 1:
            edits = (Edit(target.end, value.start, b" "),)
            remedy = f"write: {rewritten(config.chunk, edits)}"
        yield Found(target.start, "settings = … is the style of Lsyncd 2.0 and ends the start", remedy, edits)


def _setting_named(config: Config, node: Node) -> str | None:
    """The key of `settings.key`."""
    match node:
        case Index(table=Name(name="settings") as owner, key=String(value=key)):
            return key.decode("latin-1") if config.scopes.variable(owner).is_global else None
        case _:
            return None


def setting_assigned(config: Config) -> Iterator[Found]:
    """`settings.key = value`."""
    for node in config.assignments:
        for target in node.targets:
            name = _setting_named(config, target)
            if name is not None:
                yield _assigned(config, node, target, name)


def _assigned(config: Config, node: Assignment, target: Node, name: str) -> Found:
    message = f"settings.{name} = … is the style of Lsyncd 2.0 and ends the start"
    if not name.isidentifier() or len(node.targets) > 1 or len(node.values) != 1:
        return Found(target.start, message, f"write settings {{ {name} = value }}")
    value = config.chunk.source(node.values[0]).decode("utf-8", "surrogateescape")
    edits = (
        Edit(node.start, node.end, f"settings {{ {name} = {value} }}".encode("utf-8", "surrogateescape")),
    )
    return Found(target.start, message, f"write: {rewritten(config.chunk, edits)}", edits)


def setting_read(config: Config) -> Iterator[Found]:
    """`settings.key` in an expression."""
    targets = {target for node in config.assignments for target in node.targets}
    for node in config.chunk.nodes:
        name = _setting_named(config, node) if isinstance(node, Index) and node not in targets else None
        if name is not None:
            edits = (replaced(node, f"settings({lua_text(name.encode())})"),)
            yield Found(
                node.start,
                f"settings.{name} cannot be read so, it ends the start",
                f"write: {rewritten(config.chunk, edits)}",
                edits,
            )


def rsync_ops(config: Config) -> Iterator[Found]:
    """`rsyncOps = "-lts"`, later `rsyncOpts`."""
    for sync in config.syncs:
        if sync.gauge is None:
            continue
        for field in sync.fields(""):
            if field.name in OLD_OPTIONS and field.name not in sync.gauge:
                yield _ops(config, sync, field)


def _ops(config: Config, sync: Sync, field: Field) -> Found:
    message = f"{field.name} is the style of Lsyncd 2.0 and ends the start"
    words = _words(config.scopes.resolved(field.value))
    options = as_options(words, config.known) if words else None
    says_delete = b"--delete" in words and sync.field("delete") is not None
    is_free = sync.field("rsync") is None and not says_delete
    if options is None or not is_free or sync.base == "":
        remedy = (
            'write rsync = { archive = true, compress = true, _extra = { "--argument" } }, an option a key'
        )
        return Found(field.start, message, remedy)
    edits = (replaced(field, f"rsync = {options}"),)
    return Found(field.start, message, f"write: {rewritten(config.chunk, edits)}", edits)


def _words(node: Node) -> list[bytes]:
    """The arguments, of which a lone text may hold several; none if not all can be seen."""
    if isinstance(node, Table) and len(items(node)) != len(node.fields):
        return []
    words = items(node)
    return words[0].split() if isinstance(node, String) and words else words


def xargs(config: Config) -> Iterator[Found]:
    """`xargs = { … }` of default.rsyncssh."""
    for sync in config.syncs:
        for field in sync.fields("") if sync.base == "rsyncssh" else ():
            if field.name == "xargs":
                edits = (removed(config.chunk, field),)
                yield Found(field.start, "xargs of older releases is ignored", "leave it out", edits)
