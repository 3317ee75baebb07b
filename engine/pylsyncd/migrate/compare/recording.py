"""What Lsyncd has done, as a file: so that it can be compared with where no Lsyncd is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pylsyncd.migrate.compare.comparison import Outcome, Recorded
from pylsyncd.migrate.compare.log import Call, SideLog

FORMAT: Final = "pylsyncd-compare"
VERSION: Final = 1


class RecordError(ValueError):
    """A file that is no record; the text says why."""


def dump(outcome: Outcome) -> str:
    """Lsyncd's side as text."""
    log = outcome.lsyncd
    content = {
        "format": FORMAT,
        "version": VERSION,
        "lsyncd": log.version,
        "config": outcome.config,
        "steps": outcome.steps,
        "groups": [[_call_out(call) for call in calls] for calls in log.groups],
        "ended": None if log.ended is None else list(log.ended),
        "last_words": log.last_words,
        "unrun": [_text(command) for command in log.unrun],
    }
    return json.dumps(content, indent=1) + "\n"


def load(text: str) -> Recorded:
    """Read it back. Raises RecordError."""
    content = _content(text)
    if content.get("format") != FORMAT:
        message = "it is no record of `pylsyncd compare --record`"
        raise RecordError(message)
    if content.get("version") != VERSION:
        message = (
            f"it has version {content.get('version')}, this pylsyncd reads version {VERSION}; record it anew"
        )
        raise RecordError(message)
    try:
        return _recorded(content)
    except (KeyError, TypeError, ValueError) as error:
        message = f"it is damaged: {error}"
        raise RecordError(message) from None


def _content(text: str) -> Mapping[str, object]:
    """The fields; none if it is no such thing."""
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _recorded(content: Mapping[str, object]) -> Recorded:
    groups = tuple(tuple(_call_in(call) for call in _list(calls)) for calls in _list(content["groups"]))
    log = SideLog(
        version=str(content["lsyncd"]),
        groups=groups,
        ended=None if content["ended"] is None else _two_numbers(content["ended"]),
        last_words=str(content["last_words"]),
        unrun=tuple(_bytes(str(command)) for command in _list(content["unrun"])),
    )
    return Recorded(log, str(content["steps"]), str(content["config"]))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        message = f"{value!r} is no list"
        raise TypeError(message)
    return value


def _two_numbers(value: object) -> tuple[int, int]:
    first, second = (int(str(one)) for one in _list(value))
    return first, second


def _call_out(call: Call) -> dict[str, object]:
    return {
        "sync": _text(call.origin),
        "argv": [_text(word) for word in call.argv],
        "stdin": None if call.stdin is None else _text(call.stdin),
        "lanes": call.lanes,
    }


def _call_in(value: object) -> Call:
    if not isinstance(value, dict):
        message = f"{value!r} is no call"
        raise TypeError(message)
    stdin = value["stdin"]
    return Call(
        _bytes(str(value["sync"])),
        tuple(_bytes(str(word)) for word in _list(value["argv"])),
        None if stdin is None else _bytes(str(stdin)),
        int(value["lanes"]),
    )


def _text(content: bytes) -> str:
    """Latin 1: every byte is a character."""
    return content.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
