"""Calls without what is left to chance: scratch paths, the order of letters and of excludes. Pure."""

from __future__ import annotations

import re

from attrs import evolve

from pylsyncd.migrate.compare.log import Call

_TUNNELLED = re.compile(rb"(localhost|127\.0\.0\.1):\d{4,5}\b")
_LETTERS = re.compile(rb"-[A-Za-z0-9]{2,}")


def placed_back(call: Call, root: bytes) -> Call:
    """The call as it would be on the real host; the ports of tunnels are random."""
    argv = tuple(_TUNNELLED.sub(rb"\1:PORT", word.replace(root, b"")) for word in call.argv)
    stdin = None if call.stdin is None else call.stdin.replace(root, b"")
    return evolve(call, argv=argv, stdin=stdin)


def plain(call: Call) -> Call:
    """The call as all calls are compared."""
    if b"-r" not in call.argv:
        return call
    letters = next((word for word in call.argv[1:] if _LETTERS.fullmatch(word)), None)
    argv = tuple(_sorted_letters(word) if word is letters else word for word in call.argv)
    return evolve(call, argv=argv, stdin=_sorted_excludes(call))


def _sorted_letters(word: bytes) -> bytes:
    return b"-" + bytes(sorted(word[1:]))


def _sorted_excludes(call: Call) -> bytes | None:
    """Lsyncd 2.2.3 gives them in an order that changes from run to run."""
    if call.stdin is None or b"--exclude-from=-" not in call.argv:
        return call.stdin
    return b"\n".join(sorted(call.stdin.split(b"\n")))
