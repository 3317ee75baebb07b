"""Makes one list of what was read in the text and what the trial has shown: nothing twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import evolve

from pylsyncd.migrate.check import rules
from pylsyncd.migrate.findings import Finding, Severity

Extent = Callable[[bytes, int], int]
"""File and line to the last line of the call or assignment that begins there."""

_QUOTED: Final = re.compile(r'"(?:[^"]*\.)?([^".]+)"')
_NAMES: Final = re.compile(r"\w+(?:\.\w+)*")

_NOT_IN_THE_TEXT: Final = frozenset(
    rule.code for rule in (rules.SOURCE_NOT_THERE, rules.UNREADABLE_FILE, rules.MISSING_MODULE)
)
"""Refusals that no error in the text explains."""

_EXPLAINED: Final = {rules.NO_ACTION.code: "unknown-default"}
"""What follows from something that was read."""

_ORDER: Final = {severity: rank for rank, severity in enumerate(Severity)}


def merged(read: Sequence[Finding], shown: Iterable[Finding], extent: Extent) -> tuple[Finding, ...]:
    """Those that were read in the text, and of the others what they do not say already; sorted."""
    kept = dict[tuple[bytes, int, str], Finding]()
    for finding in read:
        kept.setdefault(_key(finding), finding)
    for finding in shown:
        same = next((one for one in read if _says(one, finding, extent)), None)
        if same is None:
            kept.setdefault(_key(finding), finding)
        elif finding.severity is Severity.ERROR:  # the load has proved how bad it is
            kept[_key(same)] = evolve(same, severity=Severity.ERROR)
    return tuple(sorted(kept.values(), key=_place))


def _key(finding: Finding) -> tuple[bytes, int, str]:
    return finding.file, finding.line, finding.code


def _says(read: Finding, shown: Finding, extent: Extent) -> bool:
    """Whether what was read in the text is the same, or says more exactly what is wrong.

    The load names the line of a call, whatever line of it is wrong, and for a table that several
    syncs inherit from, the line of each of them.
    """
    if read.file != shown.file:
        return False
    if not shown.line <= read.line <= extent(shown.file, shown.line):
        return _is_elsewhere(read, shown, extent)
    if read.code in {shown.code, _EXPLAINED.get(shown.code)} or _name_the_same(read, shown):
        return True
    are_errors = read.severity is shown.severity is Severity.ERROR
    return are_errors and shown.code not in _NOT_IN_THE_TEXT


def _is_elsewhere(read: Finding, shown: Finding, extent: Extent) -> bool:
    """Whether the load stopped there at what was read here."""
    if shown.severity is not Severity.ERROR or read.code != shown.code:
        return False
    ends_there = read.line <= shown.line <= extent(read.file, read.line)
    return ends_there or not set(_QUOTED.findall(read.message)).isdisjoint(_QUOTED.findall(shown.message))


def _name_the_same(read: Finding, shown: Finding) -> bool:
    """Whether a message of the load is about a key that a finding names, such as `rsync._extra`."""
    if shown.severity is not Severity.ERROR and shown.code != rules.LOGGED_WARNING.code:
        return False
    keys = {name for name in _NAMES.findall(shown.message) if "." in name or name == read.code}
    return not keys.isdisjoint(_NAMES.findall(f"{read.message} {read.code}"))


def _place(finding: Finding) -> tuple[bytes, int, int, int, str]:
    return finding.file, finding.line, finding.column, _ORDER[finding.severity], finding.code
