"""What was found out, as one JSON object for machines.

Bytes that are no UTF-8 become lone surrogates, as Python's `surrogateescape` has it.
"""

from __future__ import annotations

import json
from typing import Any

from pylsyncd.migrate.explanation.model import Account, Event, Reaction, Start, SyncAccount, View
from pylsyncd.migrate.explanation.places import Origin
from pylsyncd.migrate.explanation.rsyncrules import Verdict
from pylsyncd.migrate.explanation.rules import Decision, Rule
from pylsyncd.script.place import Place


def render(account: Account) -> str:
    """The whole account, with a line feed at its end."""
    values = {
        "path": _text(account.path),
        "real": _text(account.real),
        "destination": _text(account.destination),
        "exit_code": account.exit_code,
        "said": _texts(account.said),
        "syncs": [_sync(sync) for sync in account.syncs],
    }
    return json.dumps(values, indent=2) + "\n"


def _sync(sync: SyncAccount) -> dict[str, Any]:
    return {
        "name": _text(sync.name),
        "place": _place(sync.place),
        "source": _text(sync.source),
        "source_given": _text(sync.source_given),
        "target": _text(sync.target),
        "takes": sync.takes,
        "view": _view(sync.view),
        "destination": None if sync.destination is None else _view(sync.destination),
        "rsync": None if sync.rsync is None else _verdict(sync.rsync),
        "crontab": _texts(sync.crontab),
        "reactions": [_reaction(events, reaction) for events, reaction in sync.reactions],
        "together": sync.collapsing,
        "failures": list(sync.failures),
    }


def _view(view: View) -> dict[str, Any]:
    decision = view.decision
    return {
        "standing": view.standing.value,
        "path": _text(view.path),
        "decided_at": None if decision is None else _text(decision.level),
        "rule": None if decision is None else _rule(decision.rule, view.origin),
        "otherwise": None if view.otherwise is None else _otherwise(view.otherwise, view.next_origin),
    }


def _otherwise(decision: Decision, origin: Origin | None) -> dict[str, Any]:
    return {"takes": not decision.hides, "rule": _rule(decision.rule, origin)}


def _rule(rule: Rule | None, origin: Origin | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "kind": rule.kind.value,
        "text": _text(rule.text),
        "hides": rule.hides,
        "place": None if origin is None else _place(origin.place),
        "is_exact": origin is not None and origin.is_exact,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"takes": verdict.takes, "rule": _text(verdict.rule), "is_misread": verdict.is_misread}


def _reaction(events: tuple[Event, ...], reaction: Reaction) -> dict[str, Any]:
    return {
        "events": [event.value for event in events],
        "starts": [_start(start) for start in reaction.starts],
        "why": reaction.why,
        "functions": [{"name": one.name, "place": _place(one.place)} for one in reaction.functions],
        "said": _texts(reaction.said),
    }


def _start(start: Start) -> dict[str, Any]:
    return {
        "after": round(start.after, 3),
        "argv": _texts(start.argv),
        "stdin": _text(start.stdin),
        "by": _text(start.origin) or "spawn",
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": _text(place.file), "line": place.line, "column": place.column}


def _texts(texts: tuple[bytes, ...]) -> list[str | None]:
    return [_text(text) for text in texts]


def _text(text: bytes | None) -> str | None:
    return None if text is None else text.decode("utf-8", "surrogateescape")
