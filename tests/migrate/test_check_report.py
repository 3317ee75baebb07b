"""How findings are shown: to people, as JSON, as SARIF and as annotations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.migrate.check.checker import Checked
from pylsyncd.migrate.check.report import as_annotations, as_json, as_text
from pylsyncd.migrate.check.sarif import as_sarif
from pylsyncd.migrate.findings import Edit, Finding, Severity

ERROR = Finding(b"a/c.lua", 3, Severity.ERROR, "unknown-key", "no such key", "Write compress.", 5)
WARNING = evolve(ERROR, severity=Severity.WARNING, code="no-action", line=9, column=0)
NOTE = evolve(ERROR, severity=Severity.NOTE, code="runs-program", line=10, column=0)
ONE = Checked(b"a/c.lua", (ERROR, WARNING, NOTE, evolve(NOTE, line=11)), ())
CLEAN = Checked(b"d.lua", (), ())
ODD = Checked(
    b"\xff\n.lua", (evolve(ERROR, file=b"\xff\n.lua", message="\udcff\x00\n:, %", remedy="\x1b[1m"),), ()
)


def test_text_names_place_severity_code_and_remedy_and_sums_up() -> None:
    assert as_text([ONE, CLEAN]).decode() == (
        "a/c.lua:3:5: error: no such key [unknown-key]\n"
        "    Write compress.\n"
        "a/c.lua:9:1: warning: no such key [no-action]\n"
        "    Write compress.\n"
        "a/c.lua:10:1: note: no such key [runs-program]\n"
        "    Write compress.\n"
        "a/c.lua:11:1: note: no such key [runs-program]\n"
        "    Write compress.\n"
        "a/c.lua: 1 error, 1 warning, 2 notes; pylsyncd would not start with it\n"
        "d.lua: nothing found; pylsyncd starts with it\n"
    )


def test_text_keeps_the_bytes_of_file_names_on_one_line() -> None:
    first, second, last = as_text([ODD]).splitlines()
    assert first == b"\xff\\n.lua:3:5: error: \\xff\\x00 :, % [unknown-key]"
    assert second == b"    \\x1b[1m"
    assert last.startswith(b"\xff\\n.lua: 1 error;")


def test_a_finding_of_a_file_that_two_configs_share_is_shown_once() -> None:
    both = [ONE, evolve(ONE, config=b"e.lua")]
    assert len(json.loads(as_json(both))["findings"]) == 4


def test_json_is_one_object_with_all_there_is() -> None:
    fixable = evolve(ERROR, edits=(Edit(0, 1, b"x"),))
    report = json.loads(as_json([Checked(b"c", (fixable,), ()), CLEAN]))
    assert report == {
        "version": 1,
        "configs": [{"file": "c", "starts": False}, {"file": "d.lua", "starts": True}],
        "findings": [
            {
                "file": "a/c.lua",
                "line": 3,
                "column": 5,
                "severity": "error",
                "code": "unknown-key",
                "message": "no such key",
                "remedy": "Write compress.",
                "fixable": True,
            }
        ],
    }


def test_annotations_are_workflow_commands() -> None:
    assert as_annotations([ONE]).decode().splitlines()[:3] == [
        "::error file=a/c.lua,line=3,col=5,title=unknown-key::no such key%0AWrite compress.",
        "::warning file=a/c.lua,line=9,title=no-action::no such key%0AWrite compress.",
        "::notice file=a/c.lua,line=10,title=runs-program::no such key%0AWrite compress.",
    ]


def test_annotations_escape_what_would_end_them() -> None:
    odd = evolve(ERROR, file=b"a,b:c%\n.lua", message="100%: a, b")
    assert as_annotations([Checked(b"c", (odd,), ())]).decode() == (
        "::error file=a%2Cb%3Ac%25%0A.lua,line=3,col=5,title=unknown-key::100%25: a, b%0AWrite compress.\n"
    )


# -- SARIF ----------------------------------------------------------------------------------------


def is_valid_sarif(log: Any) -> None:  # noqa: ANN401 - JSON
    """Whatever SARIF 2.1.0 requires (its schema's `required` fields and value sets) of what we write."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].startswith("https://")
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert isinstance(driver["name"], str)
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        identities = [rule["id"] for rule in driver["rules"]]
        assert len(set(identities)) == len(identities)
        for result in run["results"]:
            assert isinstance(result["message"]["text"], str)
            assert result["level"] in {"none", "note", "warning", "error"}
            assert identities[result["ruleIndex"]] == result["ruleId"]
            for location in result["locations"]:
                place = location["physicalLocation"]
                uri, region = place["artifactLocation"]["uri"], place["region"]
                assert uri.isascii()
                assert uri.isprintable()
                assert " " not in uri
                assert region["startLine"] >= 1
                assert region.get("startColumn", 1) >= 1


def test_sarif_has_what_its_schema_requires() -> None:
    log = json.loads(as_sarif([ONE, ODD, CLEAN]))
    is_valid_sarif(log)
    assert len(log["runs"][0]["results"]) == 5


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        (b"a/c.lua", "a/c.lua"),
        (b"/etc/c d.lua", "file:///etc/c%20d.lua"),
        (b"\xff%:.lua", "%FF%25%3A.lua"),
    ],
)
def test_sarif_names_files_by_uri(file: bytes, uri: str) -> None:
    log = json.loads(as_sarif([Checked(file, (evolve(ERROR, file=file),), ())]))
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri


@given(st.binary(min_size=1), st.text(st.characters(codec=None)), st.sampled_from(Severity))
def test_no_bytes_break_any_format(file: bytes, message: str, severity: Severity) -> None:
    finding = Finding(file, 1, severity, "a-code", message, message)
    checked = [Checked(file, (finding,), ())]
    assert json.loads(as_json(checked))["findings"][0]["code"] == "a-code"
    is_valid_sarif(json.loads(as_sarif(checked)))
    assert as_annotations(checked).count(b"\n") == 1
    assert as_text(checked).count(b"\n") == 3
