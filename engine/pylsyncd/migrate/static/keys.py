"""Rules about keys: unknown ones, those in the wrong place, those that stand twice."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from pylsyncd.migrate.luanodes import Field, Index, Node, Number, String, Table
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.old_style import OLD_OPTIONS
from pylsyncd.migrate.static.rewriting import lua_text, renamed, replaced, rewritten, shown
from pylsyncd.migrate.static.rule import Found
from pylsyncd.script.names import nearest

_INSTRUCTIONS: Final = frozenset({"_merge", "_verbatim"})
_COMPUTED: Final = "_computed"
_OF_ONE_BASE: Final = frozenset({"host", "targetdir", "target"})
"""Keys that rules of their own look at."""
_SAFE: Final = 1
"""Letters by which a name may be off and still be meant without a doubt."""


# What is known where -------------------------------------------------------------------------------


def _names_in(gauge: dict[str, bool], path: str) -> set[str]:
    """The keys that a table of a sync takes."""
    prefix = f"{path}." if path else ""
    below = (name[len(prefix) :] for name, taken in gauge.items() if taken and name.startswith(prefix))
    return {name for name in below if name and "." not in name}


def _tables_of(sync: Sync) -> Iterator[tuple[str, set[str]]]:
    """The tables of a sync whose keys are checked, and those that they take."""
    gauge = dict(sync.gauge or {})
    yield "", _names_in(gauge, "")
    for path in ("rsync", "ssh"):
        if path in gauge and _names_in(gauge, path):
            yield path, _names_in(gauge, path)


def _unknown_in(sync: Sync) -> Iterator[tuple[str, Field, set[str]]]:
    """Entries of a sync that its gauge does not hold: the table they are in, they, what it takes."""
    if sync.gauge is None:
        return
    for path, known in _tables_of(sync):
        for field in sync.fields(path):
            if field.name not in known | _INSTRUCTIONS:
                yield path, field, known


def _is_elsewhere(config: Config, sync: Sync, path: str, name: str) -> bool:
    return _place(config, sync, path, name) is not None


def _place(config: Config, sync: Sync, path: str, name: str) -> str | None:
    """Where a key of a sync belongs instead, in words that follow "it belongs"."""
    gauge = dict(sync.gauge or {})
    if path and name in _names_in(gauge, ""):
        return f"one level up, beside {path} = {{ … }}"
    if not path and name not in config.known.syncs:
        for inner in ("rsync", "ssh"):
            if name in _names_in(gauge, inner):
                return f"into {inner} = {{ {name} = … }}"
        if name in config.known.settings:
            return f"into settings {{ {name} = … }}"
    if not path and sync.base != "rsyncssh" and name in _names_in(dict(config.known.gauges["rsyncssh"]), ""):
        return "into a sync with default.rsyncssh"
    return None


# Unknown keys --------------------------------------------------------------------------------------


def _is_safe(name: str, near: str) -> bool:
    """Whether one is the other but for case, or one letter that is missing, doubled or out of place."""
    one, other = (text.replace("_", "").lower() for text in (name, near))
    if one == other or sorted(one) == sorted(other):
        return True
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in blocks)
    return len(one) != len(other) and max(len(one), len(other)) - kept <= _SAFE


def _unknown(config: Config, field: Field, known: Iterable[str], what: str, prefix: str = "") -> Found | None:
    """The finding for an unknown key; None where code that cannot be seen may make it known."""
    name = field.name or ""
    near = _nearest(name, known)
    if config.has_unseen_parts and not (near and _is_safe(name, near)):
        return None
    if near is None:
        return Found(
            field.start, f'{what} "{prefix}{shown(name.encode("latin-1"))}" is unknown', "leave it out"
        )
    is_free = not any(table.get(near) for table in config.tables if field in table.fields)
    is_meant = _is_safe(name, near)
    edits = (renamed(field, near),) if is_free and is_meant else ()
    remedy = (
        f"write: {rewritten(config.chunk, (renamed(field, near),))}"
        if is_meant
        else f"write {near}, or leave it out"
    )
    return Found(
        field.start, f'{what} "{prefix}{name}" is unknown; did you mean {prefix}{near}?', remedy, edits
    )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    folded = {one.lower(): one for one in sorted(known)}
    return folded.get(name.lower()) or nearest(name, folded.values())


def unknown_key(config: Config) -> Iterator[Found]:
    """A key of a sync, or of its `rsync` or `ssh`, that it does not take."""
    for sync in config.syncs:
        for path, field, known in _unknown_in(sync):
            name = field.name or ""
            is_other_rules = name in OLD_OPTIONS or name == _COMPUTED or name in config.known.later
            is_other_rules |= not path and name in (sync.gauge or {})
            is_other_rules |= not path and name in _OF_ONE_BASE and sync.base != ""
            if is_other_rules or _is_elsewhere(config, sync, path, name):
                continue
            found = _unknown(config, field, known, "the key", f"{path}." if path else "")
            if found:
                yield found


def refused_key(config: Config) -> Iterator[Found]:
    """`onCreate` and its like in a sync whose default has the action."""
    for sync in config.syncs:
        for path, field, _ in _unknown_in(sync):
            is_refused = not path and sync.gauge is not None and sync.gauge.get(field.name or "") is False
            if is_refused and field.name not in _OF_ONE_BASE:
                message = f"default.{sync.base} has an action of its own and refuses {field.name}"
                remedy = f"leave {field.name} out, or leave default.{sync.base} out and write all functions"
                yield Found(field.start, message, remedy)


def misplaced_key(config: Config) -> Iterator[Found]:
    """A key of another table: `rsync.delete`, `settings.exclude`, `nodaemon` in a sync."""
    for sync in config.syncs:
        for path, field, _ in _unknown_in(sync):
            place = _place(config, sync, path, field.name or "")
            if place and (field.name not in _OF_ONE_BASE or sync.base == ""):
                where = f"{path}.{field.name}" if path else f"{field.name} in a sync"
                code = config.chunk.source(field).decode("utf-8", "replace")
                remedy = f"it belongs {place}: {' '.join(code.split())}"
                yield Found(field.start, f"{where} is unknown", remedy)
    for table in config.settings:
        for field in _unknown_settings(config, table):
            if _is_sync_key(config, field.name or ""):
                yield Found(
                    field.start,
                    f"{field.name} is no setting",
                    f"it belongs into each sync: sync {{ …, {' '.join(_code(config, field).split())} }}",
                )


def _code(config: Config, node: Node) -> str:
    return config.chunk.source(node).decode("utf-8", "replace")


def _is_sync_key(config: Config, name: str) -> bool:
    return any(gauge.get(name) for gauge in config.known.gauges.values())


def _unknown_settings(config: Config, table: Table) -> Iterator[Field]:
    names = config.known.settings.keys() | config.known.later
    return (field for field in config.entries(table) if field.name not in names)


def unknown_setting(config: Config) -> Iterator[Found]:
    """A key of `settings{}` that is none."""
    for table in config.settings:
        for field in _unknown_settings(config, table):
            if not _is_sync_key(config, field.name or ""):
                found = _unknown(config, field, config.known.settings, "the setting")
                yield found or Found(field.start, f'the setting "{field.name}" is unknown', "leave it out")


def unknown_tunnel_key(config: Config) -> Iterator[Found]:
    """A key of `tunnel{}` that is none."""
    for table in config.tunnels:
        for field in config.entries(table):
            if field.name not in config.known.tunnels:
                found = _unknown(config, field, config.known.tunnels, "the key of a tunnel")
                yield found or Found(field.start, f'the tunnel key "{field.name}" is unknown', "leave it out")


def later_key(config: Config) -> Iterator[Found]:
    """Planned names."""
    tables = [*config.settings, *(table for sync in config.syncs for table in sync.tables)]
    for field in (field for table in tables for field in config.entries(table)):
        if field.name in config.known.later:
            yield Found(field.start, f"{field.name} is not supported yet", "leave it out")


def computed_key(config: Config) -> Iterator[Found]:
    """`rsync._computed`."""
    for sync in config.syncs:
        for path in ("rsync", "ssh"):
            for field in sync.fields(path) if sync.base else ():
                if field.name == _COMPUTED:
                    message = f"{path}._computed is made by the default itself and ends the start"
                    yield Found(field.start, message, f"write {path} = {{ _extra = {{ … }} }}")


# Keys that are no keys -----------------------------------------------------------------------------


def lone_word(config: Config) -> Iterator[Found]:
    """`"archive"` in a table where `archive = true` is meant."""
    for sync in config.syncs:
        for path, known in _tables_of(sync) if sync.gauge is not None else ():
            for table in sync.inner(path) if path else sync.tables:
                for word in _lone_words(table):
                    yield _lone(config, word, known, path or "sync")


def lone_setting(config: Config) -> Iterator[Found]:
    """`"logfile"` in settings{}, which takes names of flags only."""
    for table in config.settings:
        for word in _read_words(config, table):
            name = word.value.decode("latin-1")
            kind = config.known.settings.get(name)
            if kind is None:
                near = _nearest(name, _flags(config))
                edits = (replaced(word, lua_text(near.encode())),) if near and _is_safe(name, near) else ()
                remedy = f'write "{near}"' if near else "leave it out"
                yield Found(word.start, f'there is no setting "{shown(word.value)}"', remedy, edits)
            elif kind.name != "flag":
                yield Found(word.start, f'the setting "{name}" needs a value', f"write {name} = …")


def _flags(config: Config) -> list[str]:
    return [name for name, kind in config.known.settings.items() if kind.name == "flag"]


def _read_words(config: Config, table: Table) -> list[String]:
    """The words that settings{} reads: those before a nil."""
    listed = [field.value for field in table.fields if field.key is None]
    read = itertools.takewhile(lambda value: not config.is_nil(value), listed)
    return [value for value in read if isinstance(value, String)]


def _lone_words(table: Table) -> list[String]:
    return [field.value for field in table.fields if field.key is None and isinstance(field.value, String)]


def _lone(config: Config, word: String, known: set[str], table: str) -> Found:
    name = shown(word.value)
    message = f'the lone word "{name}" in {table} = {{ … }} is unknown'
    if table == "sync":
        message = f'the lone word "{name}" in a sync is unknown'
    if word.value.decode("latin-1") not in known:
        return Found(word.start, message, "write key = value")
    edits = (replaced(word, f"{name} = true"),)
    return Found(word.start, message, f"write: {rewritten(config.chunk, edits)}", edits)


def duplicate_key(config: Config) -> Iterator[Found]:
    """The same key twice in one constructor."""
    for table in config.tables:
        seen: dict[object, Field] = {}
        for field in table.fields:
            if isinstance(field.key, String | Number):
                first = seen.setdefault(field.key.value, field)
                if first is not field:
                    yield _duplicate(config, first, field)


def _duplicate(config: Config, first: Field, field: Field) -> Found:
    assert field.key is not None, "the key was compared"  # noqa: S101 - what the caller sees to
    name = field.name if field.name is not None else _code(config, field.key)
    above, below = (config.chunk.position(one.start)[0] for one in (first, field))
    message = (
        f"{name} stands twice in this table, in line {above} and in line {below}; only the last one counts"
    )
    return Found(field.start, message, f"keep one of them: {_code(config, field)}")


def unknown_default(config: Config) -> Iterator[Found]:
    """`default.rsnyc`, which is nothing to inherit from."""
    if config.has_unseen_parts:
        return
    for sync in config.syncs:
        for field in (field for table in sync.tables for field in table.fields if field.key is None):
            name = config.default_name(field.value)
            if name is None or name in config.known.defaults or config.assigns_default(name):
                continue
            near = _nearest(name, config.known.gauges)
            is_direct = isinstance(field.value, Index)
            edits = (
                (replaced(field.value, f"default.{near}"),)
                if near and is_direct and _is_safe(name, near)
                else ()
            )
            remedy = (
                f"write: {rewritten(config.chunk, edits)}"
                if edits
                else "there are default.rsync, default.rsyncssh, default.direct"
            )
            yield Found(field.start, f"there is no default.{name}, so nothing is inherited", remedy, edits)
