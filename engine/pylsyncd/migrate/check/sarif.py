"""Shows findings in SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote_from_bytes

from pylsyncd import __version__
from pylsyncd.migrate.check.checker import Checked
from pylsyncd.migrate.check.report import findings_of, plain
from pylsyncd.migrate.findings import Finding

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(checked: Sequence[Checked]) -> bytes:
    """One log with one run."""
    findings = findings_of(checked)
    codes = list(dict.fromkeys(finding.code for finding in findings))
    driver = {"name": "pylsyncd check", "version": __version__, "rules": [{"id": code} for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False).encode() + b"\n"


def _result(finding: Finding, index: int) -> dict[str, object]:
    region = {"startLine": finding.line, **({"startColumn": finding.column} if finding.column else {})}
    place = {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity.value,  # SARIF has the same three words
        "message": {"text": f"{plain(finding.message)}\n{plain(finding.remedy)}"},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: bytes) -> str:
    """Relative as the file was named, so that a code host finds it in the repository."""
    return ("file://" if file.startswith(b"/") else "") + quote_from_bytes(file, safe="/")
