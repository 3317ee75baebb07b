"""Calls in a form in which those of two daemons can be compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from e2e.recorder import Call

_LETTERS = re.compile(r"-[A-Za-z0-9]{2,}")


@frozen
class PlainCall:
    """A call without what is left to chance: scratch directory, order of letters, of excludes …"""

    argv: tuple[str, ...]
    rules: tuple[str, ...]


def plain(
    calls: Sequence[Call],
    home: Path,
    *,
    filters: int = 0,
    keep_order: bool = True,
) -> list[PlainCall]:
    """Strip a step's calls. lsyncd puts letters, excludes and entries of new directories in random order."""
    return [
        PlainCall(plain_argv(call.argv, home), _rules(call, filters=filters, keep_order=keep_order))
        for call in calls
    ]


def plain_argv(argv: Sequence[str], home: Path) -> tuple[str, ...]:
    """Sort the argument made of one-letter flags, and name the scratch directory `~`."""
    letters = next((arg for arg in argv if _LETTERS.fullmatch(arg)), None)
    return tuple(_sorted_letters(arg) if arg is letters else arg.replace(str(home), "~") for arg in argv)


def _sorted_letters(arg: str) -> str:
    return "-" + "".join(sorted(arg[1:]))


def _rules(call: Call, *, filters: int, keep_order: bool) -> tuple[str, ...]:
    if "--from0" in call.argv:
        rules = call.stdin.split("\0")
        return tuple(rules if keep_order else sorted(rules))
    lines = call.stdin.split("\n")
    return (*lines[:filters], *sorted(lines[filters:]))
