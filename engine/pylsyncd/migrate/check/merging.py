"""Makes one list of what was read in the text and what the trial has shown: nothing twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pylsyncd.migrate.findings import Finding, Severity

Extent = Callable[[bytes, int], int]
"""File and line to the last line of the call that begins there."""

_QUOTED: Final = re.compile(r'"(?:[^"]*\.)?([^".]+)"')
_ORDER: Final = {severity: rank for rank, severity in enumerate(Severity)}


def merged(read: Sequence[Finding], shown: Iterable[Finding], extent: Extent) -> tuple[Finding, ...]:
    """Those that were read in the text, and of the others what they do not say already; sorted."""
    kept = dict[tuple[bytes, int, str], Finding]()
    for finding in read:
        kept.setdefault((finding.file, finding.line, finding.code), finding)
    for finding in shown:
        last = extent(finding.file, finding.line)
        if not any(_says(one, finding, last) for one in read):
            kept.setdefault((finding.file, finding.line, finding.code), finding)
    return tuple(sorted(kept.values(), key=_place))


def _says(read: Finding, shown: Finding, last: int) -> bool:
    """Whether what was read in the text, where it stands, is the same or says more.

    The load stops at the first line of a call, whatever line of it is wrong.
    """
    if read.file != shown.file or not shown.line <= read.line <= last:
        return False
    if read.code == shown.code:
        return True
    if shown.severity is not Severity.ERROR or read.severity is not Severity.ERROR:
        return False
    return read.line == shown.line or any(name in read.message for name in _QUOTED.findall(shown.message))


def _place(finding: Finding) -> tuple[bytes, int, int, int, str]:
    return finding.file, finding.line, finding.column, _ORDER[finding.severity], finding.code
