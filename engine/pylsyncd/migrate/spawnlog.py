"""The spawn log: what a daemon started and how that ended, as data and as text that can be compared."""

from __future__ import annotations

import difflib
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve, frozen

from pylsyncd.core.model import Exited, Killed, ProcessEnd
from pylsyncd.migrate import words as w

_MARGIN: Final = " " * 12
_SAME_TIME: Final = 1.0
"""Seconds by which two times may differ that count as the same, see `in_step`."""


@frozen
class Spawned:
    """A process was started; `at` is in seconds since the daemon's start, here and below."""

    at: float
    origin: bytes
    """The name of the sync or tunnel that it belongs to; empty: none."""
    argv: tuple[bytes, ...]
    stdin: bytes | None = None


@frozen
class Ended:
    """A process ended in another way than with exit code 0."""

    at: float
    origin: bytes
    program: bytes
    end: ProcessEnd


@frozen
class Said:
    """A line of the daemon's log."""

    at: float
    category: str
    message: bytes


@frozen
class Finished:
    """The daemon ended with this exit code."""

    at: float
    code: int


Entry = Spawned | Ended | Said | Finished


def render(entries: Iterable[Entry]) -> str:
    """One line an entry, below it the standard input of a process or the rest of a message, with a margin."""
    return "".join(line + "\n" for entry in entries for line in _lines(entry))


def difference(expected: str, found: str, names: tuple[str, str]) -> str:
    """A unified diff of two rendered logs; empty if they are equal."""
    old, new = (text.splitlines(keepends=True) for text in (expected, found))
    return "".join(difflib.unified_diff(old, new, *names))


def in_step(expected: Sequence[Entry], found: Sequence[Entry]) -> list[Entry]:
    """What was found, with the times of what was expected where they are all but the same.

    Nothing in the real world happens in no time, so the same thing happens a little later there.
    """
    times: dict[Entry, deque[float]] = defaultdict(deque)
    for entry in expected:
        times[evolve(entry, at=0.0)].append(entry.at)
    result = []
    for entry in found:
        waiting = times[evolve(entry, at=0.0)]
        while waiting and waiting[0] < entry.at - _SAME_TIME:
            waiting.popleft()
        is_same = bool(waiting) and waiting[0] <= entry.at + _SAME_TIME
        result.append(evolve(entry, at=waiting.popleft()) if is_same else entry)
    return sorted(result, key=lambda entry: entry.at)


def _lines(entry: Entry) -> Sequence[str]:
    match entry:
        case Spawned(at, origin, argv, stdin):
            head = f"{_time(at)}{_origin(origin)}{w.join(argv)}"
            return [head, *(f"{_MARGIN}< {item}" for item in _items(stdin))]
        case Ended(at, origin, program, end):
            return [f"{_time(at)}{_origin(origin)}{w.quote(program)} {_ended(end)}"]
        case Said(at, category, message):
            first, *rest = _shown(message).split("\n")
            return [f"{_time(at)}{category}: {first}", *(f"{_MARGIN}{line}" for line in rest)]
        case Finished(at, code):
            return [f"{_time(at)}pylsyncd ends with {code}"]


def _time(at: float) -> str:
    return f"{at:10.3f}  "


def _origin(name: bytes) -> str:
    return f"{_shown(name)}: " if name else ""


def _ended(end: ProcessEnd) -> str:
    match end:
        case Exited(code):
            return f"ends with {code}"
        case Killed(signal):
            return f"is killed by {signal}"


def _items(stdin: bytes | None) -> list[str]:
    """What a process reads, an item a line; items end with NULs, or with line feeds if there are none."""
    if stdin is None:
        return []
    end = b"\0" if b"\0" in stdin else b"\n"
    return [w.quote(item) for item in stdin.removesuffix(end).split(end)]


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace").rstrip("\n")
