"""Shows findings: as text for people, as one JSON object, as annotations for GitHub."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from pylsyncd.migrate.check.checker import Checked
from pylsyncd.migrate.findings import Finding, Severity

SCHEMA_VERSION = 1
"""Of the JSON object; it changes when a key goes or means something else."""

_ESCAPED_BYTES = range(0xDC80, 0xDD00)
"""What bytes that are no UTF-8 become (PEP 383)."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def findings_of(checked: Sequence[Checked]) -> list[Finding]:
    """All findings, each once: configs may share files."""
    every = [finding for one in checked for finding in one.findings]
    return list(dict.fromkeys(every))


def as_text(checked: Sequence[Checked]) -> bytes:
    """A line for each finding with the remedy below it, and a line that sums up.

    Files stand as the bytes that they are called, so that editors find them.
    """
    lines = [line for finding in findings_of(checked) for line in _lines_of(finding)]
    return b"".join(line + b"\n" for line in [*lines, *map(_summary, checked)])


def _lines_of(finding: Finding) -> tuple[bytes, bytes]:
    where = b"%s:%d:%d" % (_one_line(finding.file), finding.line, max(finding.column, 1))
    what = f": {finding.severity.value}: {plain(finding.message)} [{finding.code}]"
    return where + what.encode(), f"    {plain(finding.remedy)}".encode()


def _summary(one: Checked) -> bytes:
    counts = Counter(finding.severity for finding in one.findings)
    parts = [f"{counts[kind]} {kind.value}{'s' * (counts[kind] != 1)}" for kind in Severity if counts[kind]]
    found = ", ".join(parts) or "nothing found"
    verdict = "pylsyncd starts with it" if one.starts else "pylsyncd would not start with it"
    return _one_line(one.config) + f": {found}; {verdict}".encode()


def as_json(checked: Sequence[Checked]) -> bytes:
    """One object; docs/manual/check.md says what its keys mean."""
    report = {
        "version": SCHEMA_VERSION,
        "configs": [{"file": shown_path(one.config), "starts": one.starts} for one in checked],
        "findings": [_as_object(finding) for finding in findings_of(checked)],
    }
    return json.dumps(report, indent=2, ensure_ascii=False).encode() + b"\n"


def _as_object(finding: Finding) -> dict[str, object]:
    return {
        "file": shown_path(finding.file),
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity.value,
        "code": finding.code,
        "message": plain(finding.message),
        "remedy": plain(finding.remedy),
        "fixable": bool(finding.edits),
    }


def as_annotations(checked: Sequence[Checked]) -> bytes:
    """Workflow commands of GitHub Actions."""
    return b"".join(_annotation(finding) for finding in findings_of(checked))


def _annotation(finding: Finding) -> bytes:
    properties = {
        "file": shown_path(finding.file),
        "line": str(finding.line),
        **({"col": str(finding.column)} if finding.column else {}),
        "title": finding.code,
    }
    listed = ",".join(f"{key}={_escaped(value, in_property=True)}" for key, value in properties.items())
    text = _escaped(f"{plain(finding.message)}\n{plain(finding.remedy)}", in_property=False)
    return f"::{_LEVELS[finding.severity]} {listed}::{text}\n".encode()


def _escaped(text: str, *, in_property: bool) -> str:
    """As GitHub's own toolkit does it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def shown_path(file: bytes) -> str:
    """A path as text; bytes that are no UTF-8 are shown by their numbers."""
    return file.decode("utf-8", "backslashreplace")


def plain(text: str) -> str:
    """One line that can be encoded; what does not print is shown by its number."""
    return "".join(map(_printable, " ".join(text.split())))


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if _ESCAPED_BYTES.start <= code < _ESCAPED_BYTES.stop:
        code &= 0xFF
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - the largest byte


def _one_line(path: bytes) -> bytes:
    return path.replace(b"\n", b"\\n")
