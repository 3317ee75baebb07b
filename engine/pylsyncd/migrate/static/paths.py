"""Rules about where targets lead, and what excludes match."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from pylsyncd.core.patterns import Patterns
from pylsyncd.migrate.luanodes import Constant, Field, String
from pylsyncd.migrate.static.bases import strings_of
from pylsyncd.migrate.static.config import Config, Sync
from pylsyncd.migrate.static.rewriting import lua_text, shown
from pylsyncd.migrate.static.rule import Found
from pylsyncd.script.target import is_remote

_LOCAL: Final = frozenset({"rsync", "direct"})
_ALLOWED: Final = "allowDangerousTarget"
_ANY: Final = (b"/a", b"/.b", b"/some file.txt", b"/d/")
"""What excludes that match all of it match everything, as far as anybody means it."""


def _local_target(sync: Sync) -> tuple[Field, bytes] | None:
    """The target of a sync on this machine, if it stands in the text."""
    field, target = sync.field("target"), sync.text("target")
    if field is None or not target or sync.base not in _LOCAL or is_remote(target) or b"^" in target:
        return None
    return field, target


def relative_target(config: Config) -> Iterator[Found]:
    """A target that depends on where the daemon is started."""
    if config.has_flag("nodaemon"):
        return
    for sync in config.syncs:
        found, origin = _local_target(sync), sync.text("source")
        # With both relative the whole config is meant from one place.
        is_at_home = origin is not None and not origin.startswith(b"/")
        if found and not found[1].startswith(b"/") and not is_at_home:
            target = shown(found[1])
            message = (
                f'the target "{target}" counts from where pylsyncd is started (in Lsyncd, a daemon: from /)'
            )
            yield Found(found[0].value.start, message, "write the whole path, from / on")


def dangerous_target(config: Config) -> Iterator[Found]:
    """A target that is the root, or overlaps with the source."""
    for sync in config.syncs:
        found = _local_target(sync)
        if found and not _is_allowed(sync):
            danger = _danger(sync.text("source"), found[1])
            if danger:
                remedy = f"write another target; if it is meant, add {_ALLOWED} = true"
                yield Found(found[0].value.start, f'the target "{shown(found[1])}" {danger}', remedy)
        directory = sync.text("targetdir") if sync.base == "rsyncssh" else None
        if directory and not directory.strip(b"/") and not _is_allowed(sync):
            field = sync.field("targetdir")
            message = "targetdir is the root directory of the host"
            remedy = f"write another directory; if it is meant, add {_ALLOWED} = true"
            yield Found(field.value.start if field else 0, message, remedy)


def _is_allowed(sync: Sync) -> bool:
    value = sync.value(_ALLOWED)
    return value is not None and not (isinstance(value, Constant) and value.word == "false")


def _danger(origin: bytes | None, target: bytes) -> str | None:
    there = _normal(target)
    if there == b"/":
        return "is the root directory"
    if origin is None or origin.startswith(b"/") != target.startswith(b"/"):
        return None
    here = _normal(origin)
    if here == there:
        return "is the source itself"
    if there.startswith(here.rstrip(b"/") + b"/"):
        return f'lies in the source "{shown(origin)}"'
    return f'holds the source "{shown(origin)}"' if here.startswith(there + b"/") else None


def _normal(path: bytes) -> bytes:
    return b"/" + posixpath.normpath(path).strip(b"/") if path.startswith(b"/") else posixpath.normpath(path)


def exclude_never(config: Config) -> Iterator[Found]:
    """A whole path below the source, where paths count from the source."""
    for sync in config.syncs:
        origin = (sync.text("source") or b"").rstrip(b"/")
        for text in strings_of(config, sync, "exclude") if origin.startswith(b"/") else ():
            if text.value.startswith(origin + b"/") and text.value != origin + b"/":
                message = f'"{shown(text.value)}" matches nothing: patterns begin at the source'
                better = lua_text(text.value[len(origin) :])
                yield Found(text.start, message, f"write {better} in its place")


def exclude_everything(config: Config) -> Iterator[Found]:
    """A pattern that hides the whole source."""
    for sync in config.syncs:
        if sync.field("filter") or sync.field("filterFrom"):
            continue
        for text in strings_of(config, sync, "exclude"):
            if text.value and _hides_all(text):
                message = f'"{shown(text.value)}" excludes everything'
                yield Found(text.start, message, "leave it out, or write what is to stay away")


def _hides_all(text: String) -> bool:
    patterns = Patterns([text.value], [])
    return all(patterns.hides(path) for path in _ANY)


def exclude_nothing(config: Config) -> Iterator[Found]:
    """An empty pattern, or a lone slash."""
    for sync in config.syncs:
        for text in strings_of(config, sync, "exclude"):
            if not text.value.strip(b"/"):
                lsyncd = "" if text.value else " (in Lsyncd it hides every event)"
                message = f'"{shown(text.value)}" excludes nothing{lsyncd}'
                yield Found(text.start, message, "leave it out")
