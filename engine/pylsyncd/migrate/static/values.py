"""Rules about values: of the wrong kind, undefined, or meaning something else than they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from pylsyncd.core.crontab import CrontabError
from pylsyncd.core.crontab import parse as parse_crontab
from pylsyncd.core.patterns import PatternError, parse_rule
from pylsyncd.migrate.luanodes import Constant, Field, Function, Name, Node, Number, String, Table, Unary
from pylsyncd.migrate.static.bases import strings_of
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.rewriting import replaced, rewritten, shown, source
from pylsyncd.migrate.static.rule import Found
from pylsyncd.script.names import Kind

# Kinds ---------------------------------------------------------------------------------------------

Literal = Constant | Function | Number | String | Table


def _literal(node: Node) -> Literal | None:
    """The value, if it stands in the text; `nil` is none."""
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
        return Number(node.start, node.end, -node.operand.value)
    if isinstance(node, Constant):
        return node if node.word in {"true", "false"} else None
    return node if isinstance(node, Function | Number | String | Table) else None


def _is_false(value: Literal) -> bool:
    return isinstance(value, Constant) and value.word == "false"


def _is_number(value: Literal, least: float, whole: bool) -> bool:  # noqa: FBT001 - a test with a name below
    return (
        isinstance(value, Number) and value.value >= least and (not whole or value.value == int(value.value))
    )


def _is_word(value: Literal, kind: Kind) -> bool:
    return isinstance(value, String) and value.value.decode("latin-1") in kind.allowed


def _is_flag(value: Literal) -> bool:
    if isinstance(value, Constant):
        return True
    is_one = isinstance(value, Number) and value.value == 1
    return is_one or (isinstance(value, String) and value.value in {b"yes", b"true"})


def _are_texts(value: Literal) -> bool:
    if isinstance(value, Table):
        literals = [_literal(field.value) for field in value.fields]
        return all(one is None or isinstance(one, String) for one in literals)
    return isinstance(value, String)


def _is_zero(value: Literal) -> bool:
    return isinstance(value, Number) and value.value == 0


_NUMBERS: Final = frozenset({"seconds", "seconds_above_zero", "count", "number_from_zero"})

_TESTS: Final[Mapping[str, Callable[[Literal, Kind], bool]]] = {
    "text": lambda value, _: isinstance(value, String),
    "path": lambda value, _: isinstance(value, String) and value.value != b"" and b"\0" not in value.value,
    "seconds": lambda value, _: _is_number(value, 0, whole=False),
    "seconds_above_zero": lambda value, _: _is_number(value, 0, whole=False) and not _is_zero(value),
    "count": lambda value, _: _is_number(value, 1, whole=True),
    "number_from_zero": lambda value, _: _is_number(value, 0, whole=True),
    "number_from_zero_or_false": lambda value, _: _is_false(value) or _is_number(value, 0, whole=True),
    "flag": lambda value, _: _is_flag(value),
    "callback": lambda value, _: isinstance(value, Function) or _is_false(value),
    "reaction": lambda value, _: isinstance(value, Function | String | Constant),
    "table_or_false": lambda value, _: isinstance(value, Table) or _is_false(value),
    "patterns": lambda value, _: _are_texts(value),
    "exitcodes": lambda value, _: isinstance(value, Table) or _is_false(value),
    "facility": lambda value, kind: (
        _is_word(value, kind)
        or (
            _is_number(value, 0, whole=True)
            and isinstance(value, Number)
            and value.value <= _HIGHEST_FACILITY
        )
    ),
    "choice": _is_word,
    "choice_or_false": lambda value, kind: _is_false(value) or _is_word(value, kind),
    "tunnel": lambda value, _: _is_false(value),
    "command": lambda value, _: isinstance(value, String | Table),
    "codes": lambda value, _: isinstance(value, Table),
}
"""Which literals a kind takes, as `kinds.lua` has it."""

_HIGHEST_FACILITY: Final = 23
"""RFC 5424, table 1."""


def takes(kind: Kind, node: Node) -> bool:
    """Whether a value can be of that kind; what does not stand in the text always can."""
    value = _literal(node)
    return value is None or _TESTS[kind.name](value, kind)


def _checked(config: Config) -> Iterator[tuple[str, Field, Kind]]:
    """All entries that have a kind, and what messages call them."""
    for table in config.settings:
        yield from _with_kinds(partial(config.field, table), config.known.settings, "the setting {}")
    for sync in config.syncs:
        yield from _with_kinds(sync.field, config.known.syncs, "{}")
    for table in config.tunnels:
        yield from _with_kinds(partial(config.field, table), config.known.tunnels, "{} of a tunnel")


def _with_kinds(
    get: Callable[[str], Field | None], kinds: Mapping[str, Kind], title: str
) -> Iterator[tuple[str, Field, Kind]]:
    for name, kind in kinds.items():
        if field := get(name):
            yield title.format(name), field, kind


_FALSE_IS_NONE: Final = frozenset({"monitor", "name"})
"""Keys of a sync for which false means what stands without them."""


def wrong_value(config: Config) -> Iterator[Found]:
    """`init = true`, `statusInterval = "10"`, `inotifyMode = "Write"`."""
    for name, field, kind in _checked(config):
        value = config.scopes.resolved(field.value)
        is_default = name in _FALSE_IS_NONE and isinstance(value, Constant) and value.word == "false"
        if not takes(kind, value) and not is_default:
            message = f"{name} has to be {kind.what}, not {source(config.chunk, value)}"
            yield Found(field.value.start, message, _better(config, field, kind, value))
    for sync in config.syncs:
        yield from _wrong_options(config, sync)
        yield from _wrong_ssh(config, sync)
        yield from _wrong_limit(config, sync)
        yield from _wrong_start_up(config, sync)


def _better(config: Config, field: Field, kind: Kind, value: Node) -> str:
    is_number = isinstance(value, String) and re.fullmatch(rb"\d+", value.value)
    if isinstance(value, String) and is_number and kind.name in _NUMBERS:
        return f"write: {rewritten(config.chunk, [replaced(field.value, shown(value.value))])}"
    if kind.name == "callback":
        return f"leave {field.name} out, which gives the usual one, or write a function"
    return f"write {kind.what}"


def _wrong_options(config: Config, sync: Sync) -> Iterator[Found]:
    for field in sync.effective("rsync"):
        option = config.known.rsync_options.get(field.name or "")
        value = _literal(config.scopes.resolved(field.value))
        has_value = option is not None and (option.how == "value" or field.name == "binary")
        if not has_value or value is None or isinstance(value, String):
            continue
        if isinstance(value, Number) and field.name != "binary":
            continue
        if not _is_false(value):
            message = f"rsync.{field.name} has to be a text or a number, not {source(config.chunk, value)}"
            yield Found(field.value.start, message, f'write {field.name} = "…" or leave it out')


def _wrong_ssh(config: Config, sync: Sync) -> Iterator[Found]:
    for field in sync.effective("ssh") if sync.base == "rsyncssh" else ():
        value = _literal(config.scopes.resolved(field.value))
        is_plain = f"ssh.{field.name}" in config.known.gauges["rsyncssh"] and field.name not in _SSH_TABLES
        if is_plain and value is not None and not isinstance(value, String | Number) and not _is_false(value):
            message = f"ssh.{field.name} has to be a text or a number, not {source(config.chunk, value)}"
            yield Found(field.value.start, message, f'write {field.name} = "…" or leave it out')


_SSH_TABLES: Final = frozenset({"_extra", "options"})


_NUMBER: Final = re.compile(rb"\s*(0[xX][0-9a-fA-F.]+|[\d.]+([eE][+-]?\d+)?)\s*")
"""What Lua's `tonumber` takes, or a little more."""


def _wrong_limit(config: Config, sync: Sync) -> Iterator[Found]:
    field = sync.field("batchSizeLimit") if sync.base else None
    value = _literal(config.scopes.resolved(field.value)) if field else None
    if field is None or value is None or isinstance(value, Number) or _is_false(value):
        return
    if not isinstance(value, String) or not _NUMBER.fullmatch(value.value):
        message = f"batchSizeLimit has to be a number of bytes, not {source(config.chunk, value)}"
        yield Found(field.value.start, message, "write a number, such as 10 * 1024 * 1024")


def _wrong_start_up(config: Config, sync: Sync) -> Iterator[Found]:
    for field in sync.effective("startup") if sync.base else ():
        value = _literal(config.scopes.resolved(field.value))
        if field.name == "parallel" and value is not None and not _is_number(value, 1, whole=True):
            message = (
                f"startup.parallel has to be a whole number, 1 or more, not {source(config.chunk, value)}"
            )
            yield Found(field.value.start, message, "write a number of processes, such as parallel = 4")


def not_a_table(config: Config) -> Iterator[Found]:
    """`rsync = "-a"`."""
    for sync in config.syncs:
        for field in sync.effective(""):
            value = _literal(config.scopes.resolved(field.value))
            has_keys = sync.gauge is not None and bool(sync.gauge.names(field.name or ""))
            if has_keys and value is not None and not isinstance(value, Table):
                message = f"{field.name} has to be a table, not {source(config.chunk, value)}"
                yield Found(field.value.start, message, f"write {field.name} = {{ key = value }}")


# Values that mean something else -------------------------------------------------------------------

_BOOLEANS: Final = {
    **dict.fromkeys(("True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), "false"),
    **dict.fromkeys(("None", "none", "null", "NULL", "Nil", "NIL"), "nil"),
}


def undefined_global(config: Config) -> Iterator[Found]:
    """`archive = True`: a name that stands for nothing."""
    if config.has_unseen_parts:
        return
    for table in config.tables:
        for field in table.fields:
            value = field.value
            if field.name is not None and isinstance(value, Name) and config.is_undefined(value):
                yield _undefined(config, field, value)
    for sync in config.syncs:
        yield from _undefined_bases(config, sync)


def _undefined_bases(config: Config, sync: Sync) -> Iterator[Found]:
    for field in (field for table in sync.tables for field in table.fields if field.key is None):
        if isinstance(field.value, Name) and config.is_undefined(field.value):
            name = field.value.name
            remedy = f"write default.{name}" if name in config.known.gauges else f"define {name} above"
            yield Found(field.start, f"{name} is defined nowhere, so nothing is inherited from it", remedy)


def _undefined(config: Config, field: Field, value: Name) -> Found:
    message = f"{value.name} is defined nowhere, so {field.name} is not set at all"
    meant = _BOOLEANS.get(value.name)
    if meant is None:
        return Found(
            value.start, message, f'define {value.name} above, or write the text in quotes: "{value.name}"'
        )
    return Found(value.start, message, f"write: {rewritten(config.chunk, [replaced(value, meant)])}")


def delete_never(config: Config) -> Iterator[Found]:
    """`delete = "true"`, which never deletes."""
    for sync in config.syncs:
        field = sync.field("delete") if sync.base else None
        value = _literal(config.scopes.resolved(field.value)) if field else None
        if field is None or value is None or isinstance(value, Constant):
            continue
        if not isinstance(value, String) or value.value not in {b"startup", b"running"}:
            message = f"delete = {source(config.chunk, value)} deletes nothing at all"
            remedy = 'write delete = true, false, "startup" or "running"'
            yield Found(field.value.start, message, remedy)


_OFF: Final = frozenset({b"false", b"no", b"off", b"0", b""})


def false_is_true(config: Config) -> Iterator[Found]:
    """`compress = "false"` or `compress = 0`, which switch it on."""
    for sync in config.syncs:
        for field in sync.effective("rsync"):
            option = config.known.rsync_options.get(field.name or "")
            is_switch = option is not None and (option.how in {"letter", "flag"} or field.name == "archive")
            value = config.scopes.resolved(field.value)
            is_off = isinstance(value, String) and value.value.lower() in _OFF
            is_off |= isinstance(value, Number) and value.value == 0
            if is_switch and is_off:
                message = f"{source(config.chunk, value)} is not false for Lua: rsync.{field.name} is on"
                remedy = f"write: {rewritten(config.chunk, [replaced(field.value, 'false')])}"
                yield Found(field.value.start, message, remedy)


# Texts with a language of their own ----------------------------------------------------------------


def _rules(config: Config, sync: Sync, key: str) -> list[String]:
    """The rules under a key; an empty one is none."""
    return [text for text in strings_of(config, sync, key) if text.value]


def crontab(config: Config) -> Iterator[Found]:
    """A rule that cannot be read."""
    for sync in config.syncs:
        for text in _rules(config, sync, "crontab"):
            try:
                parse_crontab(text.value)
            except CrontabError as error:
                remedy = "write six fields: second minute hour day-of-month month day-of-week"
                yield Found(text.start, f'the rule "{shown(text.value)}" cannot be read: {error}', remedy)


def filter_rule(config: Config) -> Iterator[Found]:
    """A filter rule without a sign."""
    for sync in config.syncs:
        for text in _rules(config, sync, "filter"):
            try:
                parse_rule(text.value)
            except PatternError:
                message = f'"{shown(text.value)}" is no filter rule'
                remedy = f'write "- {shown(text.value)}" to leave it out, "+ {shown(text.value)}" to keep it'
                yield Found(text.start, message, remedy)
