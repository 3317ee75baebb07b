"""Rules about keys: unknown ones, those in the wrong place, those that stand twice."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from attrs import frozen

from pylsyncd.migrate.luanodes import Field, Index, Node, Number, String, Table
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.gauges import Gauge
from pylsyncd.migrate.static.old_style import OLD_OPTIONS
from pylsyncd.migrate.static.rewriting import lua_text, renamed, replaced, rewritten, shown, source
from pylsyncd.migrate.static.rule import Found
from pylsyncd.spelling import nearest

_INSTRUCTIONS: Final = frozenset({"_merge", "_verbatim"})
_COMPUTED: Final = "_computed"
_TABLES: Final = ("rsync", "ssh", "startup")
"""Those of a sync whose keys are checked."""
_OF_ONE_BASE: Final = frozenset({"host", "targetdir", "target"})
"""Keys that rules of their own look at."""
_SAFE: Final = 1
"""Letters by which a name may be off and still be meant without a doubt."""


# What is known where -------------------------------------------------------------------------------


def _tables_of(gauge: Gauge) -> Iterator[tuple[str, frozenset[str]]]:
    """The tables of a sync whose keys are checked, and those that they take."""
    for path in ("", *_TABLES):
        known = gauge.names(path)
        if known:
            yield path, known


@frozen
class _Unknown:
    """A key that is not taken."""

    sync: Sync
    gauge: Gauge
    path: str
    """The table of the sync that it is in."""
    field: Field
    known: frozenset[str]
    """What that table takes."""

    @property
    def name(self) -> str:
        return self.field.name or ""


@lru_cache(maxsize=1)  # several rules ask, one after the other
def _unknown_keys(config: Config) -> tuple[_Unknown, ...]:
    """All keys that the gauges do not hold, each once for each kind of sync that has it."""
    return tuple(_look_for_unknown_keys(config))


def _look_for_unknown_keys(config: Config) -> Iterator[_Unknown]:
    seen: set[tuple[Field, Gauge]] = set()
    for sync in config.syncs:
        for path, known in _tables_of(sync.gauge) if sync.gauge is not None else ():
            for field in sync.fields(path):
                is_unknown = field.name not in known and field.name not in _INSTRUCTIONS
                if is_unknown and sync.gauge is not None and (field, sync.gauge) not in seen:
                    seen.add((field, sync.gauge))
                    yield _Unknown(sync, sync.gauge, path, field, known)


def _place(config: Config, key: _Unknown) -> str | None:
    """Where a key of a sync belongs instead, in words that follow "it belongs"."""
    if key.path:
        return f"one level up, beside {key.path} = {{ … }}" if key.name in key.gauge.names("") else None
    inner = next((table for table in _TABLES if key.name in key.gauge.names(table)), None)
    if inner is not None and key.name not in config.known.syncs:
        return f"into {inner} = {{ {key.name} = … }}"
    if key.name in config.known.settings and key.name not in config.known.syncs:
        return f"into settings {{ {key.name} = … }}"
    is_of_rsyncssh = key.sync.base != "rsyncssh" and config.known.gauges["rsyncssh"].get(key.name)
    return "into a sync with default.rsyncssh" if is_of_rsyncssh else None


# Unknown keys --------------------------------------------------------------------------------------


def _is_safe(name: str, near: str) -> bool:
    """Whether one is the other but for case, or one letter that is missing, doubled or out of place."""
    one, other = (text.replace("_", "").lower() for text in (name, near))
    if len(one) == len(other):
        off = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
        return not off or (len(off) == 2 and off[0] == off[1][::-1])  # noqa: PLR2004 - two that changed places
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in blocks)
    return max(len(one), len(other)) - kept <= _SAFE


def _unknown(
    config: Config, field: Field, known: frozenset[str], what: str, prefix: str = ""
) -> Found | None:
    """The finding for an unknown key; None where code that cannot be seen may make it known."""
    name = field.name or ""
    near = _nearest(name, known)
    if config.has_unseen_parts and not (near and _is_safe(name, near)):
        return None
    if near is None:
        return Found(
            field.start, f'{what} "{prefix}{shown(name.encode("latin-1"))}" is unknown', "leave it out"
        )
    is_free = config.owners[field].get(near) is None
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


@lru_cache(maxsize=1000)
def _nearest(name: str, known: frozenset[str]) -> str | None:
    folded = {one.lower(): one for one in sorted(known)}
    return folded.get(name.lower()) or nearest(name, folded.values())


def unknown_key(config: Config) -> Iterator[Found]:
    """A key of a sync, or of its `rsync`, `ssh` or `startup`, that it does not take."""
    for key in _unknown_keys(config):
        if not _has_a_rule(key) and _place(config, key) is None:
            found = _unknown(config, key.field, key.known, "the key", f"{key.path}." if key.path else "")
            if found:
                yield found


def _has_a_rule(key: _Unknown) -> bool:
    """Whether another rule looks at it."""
    if key.name in OLD_OPTIONS or key.name == _COMPUTED:
        return True
    is_of_one_base = key.name in _OF_ONE_BASE and key.sync.base != ""
    return not key.path and (is_of_one_base or key.gauge.refuses(key.name))


def refused_key(config: Config) -> Iterator[Found]:
    """`onCreate` and its like in a sync whose default has the action."""
    for key in _unknown_keys(config):
        if not key.path and key.gauge.refuses(key.name) and key.name not in _OF_ONE_BASE:
            message = f"default.{key.sync.base} has an action of its own and refuses {key.name}"
            remedy = f"leave {key.name} out, or leave default.{key.sync.base} out and write all functions"
            yield Found(key.field.start, message, remedy)


def misplaced_key(config: Config) -> Iterator[Found]:
    """A key of another table: `rsync.delete`, `settings.exclude`, `nodaemon` in a sync."""
    for key in _unknown_keys(config):
        place = _place(config, key)
        if place and not _has_a_rule(key):
            where = f"{key.path}.{key.name}" if key.path else f"{key.name} in a sync"
            remedy = f"it belongs {place}: {_code(config, key.field)}"
            yield Found(key.field.start, f"{where} is unknown", remedy)
    for table in config.settings:
        for field in _unknown_settings(config, table):
            if _is_sync_key(config, field.name or ""):
                remedy = f"it belongs into each sync: sync {{ …, {_code(config, field)} }}"
                yield Found(field.start, f"{field.name} is no setting", remedy)


def _code(config: Config, node: Node) -> str:
    return source(config.chunk, node)


def _is_sync_key(config: Config, name: str) -> bool:
    return any(gauge.get(name) for gauge in config.known.gauges.values())


def _unknown_settings(config: Config, table: Table) -> Iterator[Field]:
    return (field for field in config.entries(table) if field.name not in config.known.settings)


def unknown_setting(config: Config) -> Iterator[Found]:
    """A key of `settings{}` that is none."""
    for table in config.settings:
        for field in _unknown_settings(config, table):
            if not _is_sync_key(config, field.name or ""):
                found = _unknown(config, field, frozenset(config.known.settings), "the setting")
                yield found or Found(field.start, f'the setting "{field.name}" is unknown', "leave it out")


def unknown_tunnel_key(config: Config) -> Iterator[Found]:
    """A key of `tunnel{}` that is none."""
    for table in config.tunnels:
        for field in config.entries(table):
            if field.name not in config.known.tunnels:
                found = _unknown(config, field, frozenset(config.known.tunnels), "the key of a tunnel")
                yield found or Found(field.start, f'the tunnel key "{field.name}" is unknown', "leave it out")


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
        for path, known in _tables_of(sync.gauge) if sync.gauge is not None else ():
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


def _flags(config: Config) -> frozenset[str]:
    return frozenset(name for name, kind in config.known.settings.items() if kind.name == "flag")


def _read_words(config: Config, table: Table) -> list[String]:
    """The words that settings{} reads: those before a nil."""
    listed = [field.value for field in table.fields if field.key is None]
    read = itertools.takewhile(lambda value: not config.is_nil(value), listed)
    return [value for value in read if isinstance(value, String)]


def _lone_words(table: Table) -> list[String]:
    return [field.value for field in table.fields if field.key is None and isinstance(field.value, String)]


def _lone(config: Config, word: String, known: frozenset[str], table: str) -> Found:
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
            near = _nearest(name, frozenset(config.known.gauges))
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
