"""Rules about `_extra`, the arguments of rsync that pylsyncd knows nothing of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from pylsyncd.migrate.luanodes import String
from pylsyncd.migrate.static.config import Config
from pylsyncd.migrate.static.rewriting import item_nodes, lua_list, shown
from pylsyncd.migrate.static.rsync_arguments import TAKING_VALUES
from pylsyncd.migrate.static.rule import Found

_CLUSTER: Final = re.compile(rb"-[A-Za-z0-9]+")
_GLUED: Final = re.compile(rb"--[\w-]+\s+\S.*", re.DOTALL)


def _extras(config: Config) -> Iterator[String]:
    """All arguments in `_extra` lists."""
    for sync in config.syncs:
        for field in sync.fields("rsync") if sync.base else ():
            value = config.scopes.resolved(field.value)
            if field.name == "_extra" and not isinstance(value, String):
                yield from item_nodes(value)


def _has_letter(word: bytes, letter: str) -> bool:
    """Whether a cluster such as `-avR` holds a letter, before one that takes the rest as its value."""
    if not _CLUSTER.match(word):
        return False
    for one in word[1:].decode("latin-1"):
        if one in TAKING_VALUES:
            return False
        if one == letter:
            return True
    return False


def _of(long: bytes, letter: str, message: str, remedy: str) -> Callable[[Config], Iterator[Found]]:
    def check(config: Config) -> Iterator[Found]:
        for word in _extras(config):
            if word.value == long or _has_letter(word.value, letter):
                yield Found(word.start, f"{shown(word.value)}: {message}", remedy)

    return check


extra_recursive = _of(
    b"--recursive",
    "r",
    "-r is given to rsync anyway",
    "leave it out",
)
extra_archive = _of(
    b"--archive",
    "a",
    "-a has a key of its own",
    "write rsync = { archive = true }",
)
extra_relative = _of(
    b"--relative",
    "R",
    "with -R rsync puts the whole path of the source below the target, and deletes in the wrong place",
    "leave it out",
)


def extra_delete(config: Config) -> Iterator[Found]:
    """`--delete` and its like: a run for a few changes would delete too."""
    for word in _extras(config):
        if word.value == b"--del" or word.value.startswith(b"--delete"):
            message = f"{shown(word.value)} holds for every run, whatever the key delete says"
            key = (
                "rsync = { delete_excluded = true }"
                if b"excluded" in word.value
                else 'delete = true, "startup" or "running" in the sync'
            )
            yield Found(word.start, message, f"write {key}")


def extra_exclude(config: Config) -> Iterator[Found]:
    """`--exclude` and its like: the daemon does not know of it."""
    for word in _extras(config):
        head = re.split(rb"[=\s]", word.value, maxsplit=1)[0]
        if head in {b"--exclude", b"--exclude-from", b"--filter", b"--include", b"--include-from"}:
            message = f"{shown(head)} in _extra hides from rsync what is watched and reported all the same"
            yield Found(word.start, message, "write exclude, excludeFrom, filter or filterFrom in the sync")


def extra_glued(config: Config) -> Iterator[Found]:
    """`"--bwlimit 100"`: an option and its value in one word."""
    for word in _extras(config):
        if _GLUED.fullmatch(word.value):
            head, value = word.value.split(maxsplit=1)
            message = f'rsync gets "{shown(word.value)}" as one word, and knows no such option'
            yield Found(word.start, message, f"write: {lua_list([head, value])[2:-2]}")


def _texts(config: Config, path: str) -> Iterator[String]:
    """The values of `_extra` that are no list."""
    for sync in config.syncs:
        for field in sync.effective(path) if sync.base else ():
            value = config.scopes.resolved(field.value)
            if field.name == "_extra" and isinstance(value, String):
                yield value


def extra_text(config: Config) -> Iterator[Found]:
    """`rsync = { _extra = "--fuzzy" }`."""
    for text in _texts(config, "rsync"):
        remedy = f"write: _extra = {lua_list(text.value.split())}"
        yield Found(text.start, "rsync._extra is a text and ignored; it has to be a list", remedy)


def ssh_extra_text(config: Config) -> Iterator[Found]:
    """`ssh = { _extra = "-4" }`."""
    for text in _texts(config, "ssh"):
        remedy = f"write: _extra = {lua_list(text.value.split())}"
        yield Found(text.start, "ssh._extra is a text, but has to be a list", remedy)
