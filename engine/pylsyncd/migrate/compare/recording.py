"""What Lsyncd has done, as a file: so that it can be compared with where no Lsyncd is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise KeyError
    except (ValueError, KeyError, TypeError):
        message = "it is no record of `pylsyncd compare --record`"
        raise RecordError(message) from None
    if content.get("version") != VERSION:
        message = f"it has version {content.get('version')}, this pylsyncd reads version {VERSION}; record it anew"
        raise RecordError(message)
    try:
        return _recorded(content)
    except (KeyError, TypeError, ValueError) as error:
        message = f"it is damaged: {error}"
        raise RecordError(message) from None


def _recorded(content: Mapping[str, object]) -> Recorded:
    read: Callable[[str], list[object]] = lambda name: list(content[name])  # type: ignore[call-overload]  # noqa: E731
    groups = tuple(tuple(_call_in(call) for call in calls) for calls in read("groups"))  # type: ignore[attr-defined]
    ended = content["ended"] and tuple(read("ended"))
    unrun = tuple(_bytes(str(command)) for command in read("unrun"))
    log = SideLog(str(content["lsyncd"]), groups, ended or None, str(content["last_words"]), unrun)  # type: ignore[arg-type]
    return Recorded(log, str(content["steps"]), str(content["config"]))


def _call_out(call: Call) -> dict[str, object]:
    return {
        "sync": _text(call.origin),
        "argv": [_text(word) for word in call.argv],
        "stdin": None if call.stdin is None else _text(call.stdin),
        "lanes": call.lanes,
    }


def _call_in(call: Mapping[str, object]) -> Call:
    argv, stdin = call["argv"], call["stdin"]
    if not isinstance(argv, list) or not isinstance(call["lanes"], int):
        message = "a call without words"
        raise TypeError(message)
    return Call(
        _bytes(str(call["sync"])),
        tuple(_bytes(word) for word in argv),
        None if stdin is None else _bytes(str(stdin)),
        call["lanes"],
    )


def _text(content: bytes) -> str:
    """Latin 1: every byte is a character."""
    return content.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
