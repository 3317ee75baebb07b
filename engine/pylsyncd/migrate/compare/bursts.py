"""Moves that go through one call of ssh, as the calls that Lsyncd makes of them. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve

from pylsyncd.migrate.compare.log import Call

_READER: Final = (b"sh", b"-c", b"'read -r line && exec sh'")
_BEFORE: Final = b"\necho\n"
"""The moves stand behind this line, and before that one (stdlib_lua/default/rsyncssh.lua)."""
_BEHIND: Final = b"\nexit $code\n"


def is_burst(call: Call) -> bool:
    """Whether it makes several moves."""
    return call.argv[-3:] == _READER and _BEFORE in (call.stdin or b"")


def unfolded(calls: Sequence[Call]) -> Iterator[Call]:
    """The calls with one for each move of a burst."""
    for call in calls:
        if is_burst(call):
            yield from _moves(call)
        else:
            yield call


def _moves(call: Call) -> Iterator[Call]:
    text = (call.stdin or b"").partition(_BEFORE)[2].rpartition(_BEHIND)[0]
    words = (word.encode("latin-1") for word in shlex.split(text.decode("latin-1")))
    for _, _, origin, destination in zip(words, words, words, words, strict=True):
        path, path2 = _quoted(origin), _quoted(destination)
        argv = (*call.argv[:-3], b"mv", path, path2, b"||", b"rm", b"-rf", path)
        yield evolve(call, argv=argv, stdin=None)


def _quoted(path: bytes) -> bytes:
    return b"'" + path.replace(b"'", b"'\"'\"'") + b"'"
