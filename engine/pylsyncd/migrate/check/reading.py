"""The other half of a check: what can be read in the text of a config, in branches not taken too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import evolve

from pylsyncd.migrate.findings import Finding
from pylsyncd.migrate.static import static_findings
from pylsyncd.script.names import read_names

Read = Callable[[bytes, bytes, frozenset[str]], tuple[Finding, ...]]
"""File, text and the globals of a config to what is found in it."""

_MARK: Final = b"\xef\xbb\xbf"
"""The byte order mark that some editors put before UTF-8."""


def reader() -> Read:
    """What reads texts, with all the names that configs may use."""
    known = read_names()

    def read(file: bytes, text: bytes, defined: frozenset[str]) -> tuple[Finding, ...]:
        names = evolve(known, globals=known.globals | defined)
        return static_findings(file, _as_lua(text), names)

    return read


def _as_lua(text: bytes) -> bytes:
    """The text, as long as it was, without what only loaders of files accept at its beginning."""
    if text.startswith(_MARK):
        text = b" " * len(_MARK) + text.removeprefix(_MARK)
    return b"--" + text[2:] if text.startswith(b"#!") else text
