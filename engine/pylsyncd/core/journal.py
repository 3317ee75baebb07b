"""Inputs and effects as JSON lines, and back; replaying the inputs gives the same effects.

Each line is an object `{"in": {...}}` or `{"out": {...}}` whose `_type` names the class. Byte
strings stand as text with one character a byte (Latin-1), so that any file name survives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, get_origin

from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from pylsyncd.core.effects import Effect, Reset
from pylsyncd.core.inputs import Input
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import ProcessEnd, ScanResult


class JournalError(ValueError):
    """A line that is not of a journal; the text names the line and says why."""


def encode_input(happened: Input) -> bytes:
    """One line, with its line feed, for an input."""
    return _line("in", _converter().unstructure(happened, unstructure_as=Input))


def encode_effect(effect: Effect) -> bytes:
    """One line, with its line feed, for an effect."""
    return _line("out", _converter().unstructure(effect, unstructure_as=Effect))


def read_inputs(lines: Iterable[bytes]) -> Iterator[Input]:
    """The inputs of a journal, in order.

    Raises JournalError, naming the line, where a line is no JSON object or no known input.
    """
    for number, line in enumerate(lines, start=1):
        try:
            [(direction, entry)] = json.loads(line).items()
            if direction == "in":
                yield _converter().structure(entry, Input)  # type: ignore[arg-type]  # a union
            elif direction != "out":
                raise ValueError(direction)  # noqa: TRY301 - handled like all that is wrong with a line
        except Exception as error:  # cattrs raises groups of many kinds; all mean the same here
            text = f"line {number} of the journal is not readable: {error}"
            raise JournalError(text) from error


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
    for union in (ProcessEnd, ScanResult, Input, Effect):
        configure_tagged_union(union, converter)
    return converter
