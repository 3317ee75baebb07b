"""Inputs and effects as JSON lines, and back; replaying the inputs gives the same effects.

Each line is an object `{"in": {...}}` or `{"out": {...}}` whose `_type` names the class, or a head,
`{"journal": {...}}`. Byte strings stand as text with one character a byte (Latin-1), so that any file
name survives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Any, Final, get_origin

from attrs import frozen
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from pylsyncd.core.effects import Collect, Effect, Reset, WriteStatus
from pylsyncd.core.inputs import Collected, Input, SpawnRequested, WatchRecords
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Command, Exited, Killed, Listed, ProcessEnd, ScanResult
from pylsyncd.core.report import StatusReport, render_text

FORMAT: Final = 1
"""Of journals; another number is another language."""

_LATER_FIELDS: Final = (
    (Command, "wants_answer"),
    (Exited, "answer"),
    (Killed, "answer"),
    (Collect, "answer"),
    (Collected, "each"),
    (Listed, "is_whole"),
    (SpawnRequested, "rest"),
    (WatchRecords, "is_part"),
)
"""Not written where they say nothing: so old journals, which have not heard of them, stay true."""

_EFFECT: Final = b'{"out":'
"""So begins each line of an effect."""


class JournalError(ValueError):
    """A line that is not of a journal; the text names the line and says why."""


class FormatError(JournalError):
    """A head of another format."""


@frozen
class Head:
    """What a recording begins with, and again each of its further parts; a fresh machine starts at part 1."""

    format: int
    run: str
    """A random word for each run of the daemon."""
    session: int
    """Which configuration of that run it is, from 1: HUP begins the next."""
    part: int
    """From 1."""
    pylsyncd: str
    """Its version."""
    now: float
    """The time on the clock of the inputs when this was written."""
    epoch: float
    """The same in seconds since 1970, UTC."""
    offset: int
    """By how many seconds local time was ahead of UTC."""
    config: bytes | None = None
    """The config file's path; None: there is none, the command line said it all."""
    digest: str = ""
    """SHA-256 of its content; empty where it cannot be read twice."""
    is_hashed: bool = False


@frozen
class RecordedEffect:
    """The line of an effect; mostly it is compared, and not taken apart."""

    line: bytes


def encode_input(happened: Input) -> bytes:
    """One line, with its line feed, for an input."""
    return _line("in", _converter().unstructure(happened, unstructure_as=Input))


def encode_effect(effect: Effect) -> bytes:
    """One line, with its line feed, for an effect.

    Of a status, which may be long and comes often, it holds a digest only: to compare that is as good.
    """
    if isinstance(effect, WriteStatus):
        return _line("out", {"digest": _digest(effect.report), "_type": "WriteStatus"})
    return _line("out", _converter().unstructure(effect, unstructure_as=Effect))


def encode_head(head: Head) -> bytes:
    """One line, with its line feed, for a head."""
    return _line("journal", _converter().unstructure(head))


def decode(line: bytes) -> Head | Input | RecordedEffect:
    """What a line says. Raises JournalError, without a number, where it is no JSON object or no known one."""
    if line.startswith(_EFFECT):
        return RecordedEffect(line)
    try:
        [(direction, entry)] = json.loads(line).items()
        match direction:
            case "in":
                return _converter().structure(entry, Input)  # type: ignore[arg-type]  # a union
            case "journal":
                return _known(_converter().structure(entry, Head))
            case _:
                raise ValueError(direction)  # noqa: TRY301 - handled like all that is wrong with a line
    except FormatError:
        raise
    except json.JSONDecodeError as error:
        text = "not readable: it is no JSON"
        raise JournalError(text) from error
    except Exception as error:  # cattrs raises groups of many kinds; all mean the same here
        text = f"not readable: {error}"
        raise JournalError(text) from error


def decode_effect(recorded: RecordedEffect) -> Effect:
    """The effect of such a line. Raises JournalError."""
    try:
        entry = json.loads(recorded.line)["out"]
        return _converter().structure(entry, Effect)  # type: ignore[arg-type]  # a union
    except Exception as error:  # as above
        text = f"not readable: {error}"
        raise JournalError(text) from error


def read_inputs(lines: Iterable[bytes]) -> Iterator[Input]:
    """The inputs of a journal, in order.

    Raises JournalError, naming the line, where a line is no JSON object or no known input.
    """
    for number, line in enumerate(lines, start=1):
        try:
            said = decode(line)
        except JournalError as error:
            text = f"line {number} of the journal is {error}"
            raise JournalError(text) from error
        if not isinstance(said, Head | RecordedEffect):
            yield said


def replay(inputs: Iterable[Input]) -> Iterator[bytes]:
    """The journal that a fresh machine writes for these inputs: each input, then its effects.

    After a Reset the daemon starts over, and so does another fresh machine.
    """
    machine = Machine()
    for happened in inputs:
        yield encode_input(happened)
        effects = machine.handle(happened)
        yield from map(encode_effect, effects)
        if effects and isinstance(effects[-1], Reset):
            machine = Machine()


def _known(head: Head) -> Head:
    if head.format != FORMAT:
        message = f"written in format {head.format} by another version of pylsyncd, {head.pylsyncd}"
        raise FormatError(message)
    return head


def _digest(report: StatusReport) -> str:
    return blake2b(render_text(report, b""), digest_size=8).hexdigest()


def _line(kind: str, entry: Any) -> bytes:  # noqa: ANN401 - what cattrs makes of it: plain JSON values
    return json.dumps({kind: entry}, separators=(",", ":")).encode() + b"\n"


def _is_frozenset(kind: Any) -> bool:  # noqa: ANN401 - any annotation
    return get_origin(kind) is frozenset


@cache
def _converter() -> Converter:
    converter = Converter(prefer_attrib_converters=False)
    converter.register_unstructure_hook(bytes, lambda value: value.decode("latin-1"))
    converter.register_structure_hook(bytes, lambda value, _: value.encode("latin-1"))
    converter.register_unstructure_hook_func(_is_frozenset, sorted)
    for kind, name in _LATER_FIELDS:
        omitting: dict[str, Any] = {name: override(omit_if_default=True)}
        converter.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, converter, **omitting))
    for union in (ProcessEnd, ScanResult, Input, Effect):
        configure_tagged_union(union, converter)
    return converter
