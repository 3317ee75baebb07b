"""Findings about one trial load: why it was refused, what was logged and done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pylsyncd.migrate.check import rules
from pylsyncd.migrate.check.refusals import Circumstances, finding_of, readable
from pylsyncd.migrate.check.trial import Said, Terms, Trial
from pylsyncd.migrate.findings import Finding
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.permission import PROGRAMS, Deed, DeedKind
from pylsyncd.script.place import Place

_OWN_PLACE: Final = re.compile(rb"[^\n]*?:\d+: ")


_MISSED: Final = b"cannot open dir ["
"""What `readdir` logs of a directory that is not there."""


def outcome_findings(trial: Trial, config: bytes, terms: Terms) -> Iterator[Finding]:
    """Say what the load has shown."""
    yield from _about_refusals(trial, config, terms)
    if trial.has_ended:
        place = trial.survey.ended or Place(config, 1)
        yield rules.ENDS_ITSELF.at(place, "the config ends the daemon while it is loaded")
    for line in trial.said:
        if not (terms.is_foreign and line.message.startswith(_MISSED)):
            yield _about_line(line, config)
    for deed in trial.deeds:
        yield _about_deed(deed, config, terms)


def _about_refusals(trial: Trial, config: bytes, terms: Terms) -> Iterator[Finding]:
    missed = any(line.message.startswith(_MISSED) for line in trial.said)
    circumstances = Circumstances(bool(trial.deeds) and not terms.may_run, terms.is_foreign, missed)
    if trial.refusal is not None:
        yield finding_of(trial.refusal, config, circumstances)
    for refusal in trial.survey.refusals:
        yield finding_of(ConfigError(refusal), config, circumstances)


def _about_line(line: Said, config: bytes) -> Finding:
    text = line.message
    if line.place is not None and text.startswith(b"%s:%d: " % (line.place.file, line.place.line)):
        text = _OWN_PLACE.sub(b"", text, count=1)
    rule = rules.LOGGED_ERROR if line.category == "Error" else rules.LOGGED_WARNING
    if b" has no action; " in text:
        rule = rules.NO_ACTION
    return rule.at(line.place or Place(config, 1), readable(text))


def _about_deed(deed: Deed, config: bytes, terms: Terms) -> Finding:
    rule = rules.WRITES_FILE
    if deed.kind in PROGRAMS:
        rule = rules.RUNS_PROGRAM
    elif deed.kind is DeedKind.KILL:
        rule = rules.SENDS_SIGNAL
    refused = "" if terms.may_run or deed.kind is DeedKind.KILL else " (refused by --no-exec)"
    place = Place(deed.file, deed.line) if deed.file else Place(config, 1)
    return rule.at(place, f"while it is loaded: {deed.kind.value} {readable(deed.shown)}".rstrip() + refused)
