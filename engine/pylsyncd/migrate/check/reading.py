"""The other half of a check: what can be read in the text of a config, in branches not taken too."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable

from pylsyncd.migrate.findings import Finding

Read = Callable[[bytes, bytes], tuple[Finding, ...]]
"""File and text to what is found in it."""


def nothing(_file: bytes, _text: bytes) -> tuple[Finding, ...]:
    """Find nothing."""
    return ()


@functools.cache
def reader() -> Read:
    """What reads texts, with all the names that configs may use."""
    if importlib.util.find_spec("pylsyncd.migrate.static") is None:
        return nothing
    static = importlib.import_module("pylsyncd.migrate.static")
    known = importlib.import_module("pylsyncd.script.names").read_names()
    return lambda file, text: static.static_findings(file, text, known)
