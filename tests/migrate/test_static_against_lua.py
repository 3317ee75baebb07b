"""What the text of a config shows is what the daemon says when it loads the config: in random configs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylsyncd.migrate.findings import Finding, Severity
from pylsyncd.migrate.fix import repaired
from pylsyncd.migrate.luasyntax import parse
from pylsyncd.migrate.static import static_findings
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.names import read_names
from script.daemon import Daemon

KNOWN = read_names()

VALUES = st.sampled_from(
    [
        *("true", "false", "nil", "0", "1", "-1", "5", "1.5", "'5'", "''", "'yes'", "'true'", "'no'", "'ok'"),
        *(
            "'elsewhere'",
            "'source/below'",
            "'/'",
            "'host:/x'",
            "'-x'",
            "'*'",
            "'+ a'",
            "'0 0 0 * * *'",
            "'2.3'",
        ),
        *("'inotify'", "'/bin/cat ^path > x'", "'^d.path'", "function() end", "{}", "{ 'a' }", "{ '- a' }"),
        *(
            "{ 1 }",
            "{ true }",
            "{ [0] = 'ok' }",
            "{ [1] = 'no' }",
            "{ a = 1 }",
            "{ { 'x' } }",
            "yes",
            "'startup'",
        ),
        *("os.getenv 'HOME'", "tunnel { command = 'x' }", "default.rsync"),
    ]
)

NEEDED = {
    "": (),
    "rsync": ("target = 'elsewhere'",),
    "direct": ("target = 'elsewhere'",),
    "rsyncssh": ("host = 'h'", "targetdir = '/x'"),
}


def keys_in(table: str) -> list[str]:
    taken = (name for gauge in KNOWN.gauges.values() for name in gauge)
    inner = (name.rpartition(".") for name in taken)
    return sorted({name for owner, _, name in inner if owner == table})


def entries(names: list[str], most: int) -> st.SearchStrategy[list[str]]:
    entry = st.tuples(st.sampled_from(names), VALUES).map(" = ".join)
    lone = st.sampled_from(["'archive'", "'delete'", "{ delay = 1 }", "{ default.rsync }", "nil", "unknown"])
    return st.lists(st.one_of(entry, entry, entry, lone), max_size=most)


def table(fields: list[str]) -> str:
    return "{ " + ", ".join(fields) + " }"


SYNC_KEYS = [*keys_in(""), *KNOWN.settings, "excludefrom", "rsyncOps", "colour", "compress", "port"]
RSYNC = entries([*keys_in("rsync"), "delete", "_computed", "compres"], 2).map(
    lambda one: [f"rsync = {table(one)}"]
)
SSH = entries([*keys_in("ssh"), "colour"], 2).map(lambda one: [f"ssh = {table(one)}"])
START_UP = entries([*keys_in("startup"), "colour"], 2).map(lambda one: [f"startup = {table(one)}"])
BASE = st.sampled_from(sorted(NEEDED)).map(
    lambda base: [*([f"default.{base}"] if base else []), "source = 'source'", *NEEDED[base]]
)
NONE: st.SearchStrategy[list[str]] = st.just([])
TABLES = (st.one_of(NONE, RSYNC), st.one_of(NONE, SSH), st.one_of(NONE, NONE, START_UP))
SYNC = st.tuples(BASE, entries(SYNC_KEYS, 2), *TABLES).map(
    lambda drawn: "sync " + table([entry for part in drawn for entry in part])
)
SETTINGS = entries([*KNOWN.settings, "delete", "statusintervall"], 2).map(
    lambda one: f"settings {table(one)}\n"
)
CONFIGS = st.one_of(SYNC, st.tuples(SETTINGS, SYNC).map("".join))


def look(text: bytes) -> tuple[Finding, ...]:
    return static_findings(b"lsyncd.conf.lua", text, KNOWN)


def is_refused(text: bytes) -> bool:
    try:
        Daemon().load(text)
    except ConfigError:
        return True
    return False


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    place, before = tmp_path_factory.mktemp("place"), Path.cwd()
    for name in ("source/below", "elsewhere"):
        (place / name).mkdir(parents=True)
    os.chdir(place)
    yield
    os.chdir(before)


@given(CONFIGS)
@settings(deadline=None)
def test_what_is_called_an_error_ends_the_start(config: str) -> None:
    if any(one.severity is Severity.ERROR for one in look(config.encode())):
        assert is_refused(config.encode())


@given(CONFIGS)
@settings(deadline=None)
def test_a_fix_makes_nothing_worse(config: str) -> None:
    before = config.encode()
    after = repaired(before, look)
    assert parse(after).is_sound
    assert repaired(after, look) == after
    assert after == before or is_refused(before) or not is_refused(after)
