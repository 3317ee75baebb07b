"""Why nothing is started for an event, what becomes of events while one waits, and of processes that fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pylsyncd.core.collapse import SAME_FILE, Ruling
from pylsyncd.core.model import EventType, SyncConfig
from pylsyncd.migrate.explanation.model import Event, Function
from pylsyncd.migrate.explanation.probe import Seen
from pylsyncd.script.traits import Codes, Judge, Kind, Traits

_HANDLERS: Final = {EventType.INIT: "onStartup"}
_OTHERS: Final = [(pair, ruling) for pair, ruling in SAME_FILE.items() if pair[0] is not pair[1]]
_SWALLOWING: Final = (EventType.CREATE, EventType.MODIFY)
_KINDS: Final = len({old for old, _ in SAME_FILE})
_DELETING: Final = (EventType.DELETE, Ruling.REPLACE)
_TRIES: Final = 3
"""Of the commands of default.direct and of the moves of default.rsyncssh."""


def why_nothing(event: Event, config: SyncConfig, traits: Traits, seen: Seen) -> str:
    """Why an event started nothing."""
    if event is Event.START and not config.has_init:
        return "init = false"
    if seen.ends_with is not None:
        return f"the daemon ends, with exit code {seen.ends_with}"
    if not seen.queued:
        return "nothing is queued"
    if seen.is_left:
        return "its action leaves it in the queue"
    return _of_action(traits, seen)


def _of_action(traits: Traits, seen: Seen) -> str:
    """Why an action that took the event started nothing."""
    if traits.kind is Kind.HANDLERS:
        return _of_handlers(seen.queued, traits)
    if traits.kind is Kind.DIRECT and not traits.deletes and EventType.DELETE in seen.queued:
        return "delete is not true"
    return "its action discards it" if seen.is_discarded else "its action starts nothing"


def functions_for(traits: Traits, queued: Sequence[EventType]) -> tuple[Function, ...]:
    """The functions of the configuration that were called for these."""
    names = list(dict.fromkeys(name for etype in queued for name in _names_for(traits, etype)))
    places = [(name, traits.functions.get(name)) for name in names]
    return tuple(Function(name, place) for name, place in places if place is not None)


def _names_for(traits: Traits, etype: EventType) -> tuple[str, ...]:
    """What may be called for an event of that type, the outermost first."""
    if etype is EventType.INIT:
        return ("init", "onStartup")
    handler = (f"on{etype.value}",) if traits.kind is Kind.HANDLERS else ()
    if etype is EventType.FULL and "full" in traits.functions:
        return ("full",)
    return ("action", *handler)


def _of_handlers(queued: Sequence[EventType], traits: Traits) -> str:
    names = [_HANDLERS.get(etype, f"on{etype.value}") for etype in dict.fromkeys(queued)]
    known = [name for name in names if name in traits.functions]
    if not known:
        return f"there is no {' and no '.join(names)}"
    return f"{' and '.join(known)} {'starts' if len(known) == 1 else 'start'} nothing"


def remark(event: Event, traits: Traits, seen: Seen) -> str:
    """What the arguments do not show at first sight."""
    if seen.ends_with is not None:
        return f"then the daemon ends, with exit code {seen.ends_with}"
    if seen.is_retried:
        return "and again and again: its collect is never content"
    is_gone = event in {Event.DELETE, Event.AWAY, Event.MOVE}
    if is_gone and traits.kind in {Kind.RSYNC, Kind.RSYNCSSH} and not traits.deletes:
        return "delete is not true, so nothing is deleted"
    return ""


def collapsing(config: SyncConfig) -> str:
    """What becomes of an event of a path of which another one waits."""
    if not config.collapse:
        return "collapse = false: all events of a path are kept, but a Create after a Delete replaces it"
    clauses = [f"{old.value} swallows {_listed(_swallowed_by(old))}" for old in _SWALLOWING]
    olds = [old.value for (old, new), ruling in _OTHERS if (new, ruling) == _DELETING]
    replaced = ["any"] if len(olds) == _KINDS - 1 else olds
    return f"while one waits: {', '.join(clauses)}, Delete replaces {_listed(replaced)}"


def _swallowed_by(old: EventType) -> list[str]:
    return [new.value for (one, new), ruling in _OTHERS if (one, ruling) == (old, Ruling.ABSORB)]


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def failures(config: SyncConfig, traits: Traits, *, insists: bool) -> tuple[str, ...]:
    """What becomes of processes that fail, a line each."""
    if traits.judge is Judge.OWN:
        return ("its own collect decides",)
    codes = traits.exitcodes if traits.judge is Judge.DEFAULT else traits.exitcodes or traits.rsync_exitcodes
    lines = _of_codes(codes, config, traits)
    if traits.judge is not Judge.DEFAULT and traits.exitcodes is None:
        lines = (*_of_commands(config, traits), *(f"rsync: {line}" for line in lines))
    if codes is None or insists:
        return lines
    return (*lines, "at the start-up: the daemon ends instead of trying again, as insist is not set")


def _of_commands(config: SyncConfig, traits: Traits) -> tuple[str, ...]:
    """Of what is no rsync."""
    is_direct = traits.judge is Judge.DIRECT
    if traits.is_compatible and not is_direct:
        return tuple(f"moves: {line}" for line in _of_codes(traits.ssh_exitcodes, config, traits))
    if traits.is_compatible:
        return ("commands: count as done, whatever they end with",)
    if is_direct:
        return (f"commands: tried {_TRIES} times, then rsync brings the path over",)
    return (f"moves: tried {_TRIES} times (once after exit code 1), then rsync brings over both ends",)


def _of_codes(codes: Codes | None, config: SyncConfig, traits: Traits) -> tuple[str, ...]:
    if codes is None and traits.is_compatible:
        return ("any: the daemon ends",)
    if codes is None:
        return ("any: logged and forgotten; at the start-up the daemon ends",)
    meanings = _meanings(config, traits)
    rest = "die" if traits.is_compatible else "again"
    lines = [
        f"{numbers}: {text}"
        for verdict, text in meanings.items()
        if verdict != rest and (numbers := _numbers(codes, verdict))
    ]
    return (*lines, f"all {'others' if lines else 'codes'}: {meanings[rest]}")


def _numbers(codes: Codes, verdict: str) -> str:
    return " ".join(str(code) for code, meaning in codes.items() if code and meaning == verdict)


def _meanings(config: SyncConfig, traits: Traits) -> dict[str, str]:
    pause = max(config.delay, 1.0)
    return {
        "ok": "done",
        "partial": "done" if traits.is_compatible else f"again, at most {config.retries} times",
        "again": f"again after {pause:g} s, later up to {max(config.retry_max, pause):g} s",
        "die": "the sync ends",
    }
