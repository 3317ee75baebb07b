"""The static half of `check`: what can be seen in the text of a config, in branches not taken too."""

from __future__ import annotations

from collections.abc import Iterator

from pylsyncd.migrate.findings import Finding
from pylsyncd.migrate.luascope import Scopes
from pylsyncd.migrate.luasyntax import parse
from pylsyncd.migrate.static.config import Config
from pylsyncd.migrate.static.rewriting import holds_comment
from pylsyncd.migrate.static.rule import Rule
from pylsyncd.migrate.static.rules import RULES
from pylsyncd.script.names import KnownNames

__all__ = ["RULES", "static_findings"]


def static_findings(file: bytes, text: bytes, known: KnownNames) -> tuple[Finding, ...]:
    """What the text of a config called `file` shows, each thing once, by line and column.

    Nothing for a text that is no Lua: Lua itself says that best. Names that other files define, as
    `-script` does, go into `known.globals`.
    """
    chunk = parse(text)
    if not chunk.is_sound:
        return ()
    config = Config(chunk, Scopes(chunk), known)
    found = {finding for rule in RULES for finding in _findings(file, rule, config)}
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.code, one.message)))


def _findings(file: bytes, rule: Rule, config: Config) -> Iterator[Finding]:
    for found in rule.check(config):
        is_safe = not any(holds_comment(config.chunk, edit) for edit in found.edits)
        edits = found.edits if is_safe else ()
        line, column = config.chunk.position(found.at)
        yield Finding(file, line, rule.severity, rule.code, found.message, found.remedy, column, edits)
