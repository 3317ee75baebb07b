"""The manual's page on `check` says what the code has: findings, options, exit codes, JSON."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from docs.manual import Block, blocks, page
from pylsyncd.cli import check
from pylsyncd.migrate import static
from pylsyncd.migrate.check.checker import Checked
from pylsyncd.migrate.check.report import SCHEMA_VERSION, as_json
from pylsyncd.migrate.check.rules import RULES
from pylsyncd.migrate.findings import Finding, Severity

PAGE = page("check")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without the table's own head."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_each_finding_stands_in_the_manual_as_it_is_made() -> None:
    expected = [[f"`{rule.code}`", rule.severity.value, rule.what, rule.remedy] for rule in RULES]
    assert rows("Findings about the machine and the run") == expected


def test_a_code_that_the_text_shows_too_is_as_bad_there() -> None:
    read = {rule.code: rule.severity for rule in static.RULES}
    shared = {rule.code: rule.severity for rule in RULES if rule.code in read}
    assert shared == {code: read[code] for code in shared}
    assert {"unknown-key", "relative-target"} <= set(shared)


def test_no_code_is_used_twice() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_each_option_is_explained() -> None:
    options = {word for action in check._parser()._actions for word in action.option_strings}
    explained = {row[0].strip("`").split()[0] for row in rows("Options")}
    assert explained == options - {"-h"}


def test_each_exit_code_is_explained() -> None:
    codes = {check.EXIT_FINE, check.EXIT_WARNINGS, check.EXIT_NO_START, 255}
    assert {int(row[0]) for row in rows("Exit codes")} == codes


@pytest.mark.parametrize("block", [block for block in blocks(PAGE) if block.language == "text"])
def test_command_lines_of_the_page_are_understood(block: Block) -> None:
    lines = [shlex.split(line) for line in block.text.splitlines()]
    assert lines
    for words in lines:
        assert words[:2] == ["pylsyncd", "check"]
        assert check._parser().parse_args(words[2:]).config


def test_the_json_of_the_page_has_the_keys_of_a_report() -> None:
    (shown,) = (json.loads(block.text) for block in blocks(PAGE) if block.language == "json")
    finding = Finding(b"lsyncd.conf.lua", 2, Severity.ERROR, "unwritable-pidfile", "", "")
    report = json.loads(as_json([Checked(b"lsyncd.conf.lua", (finding,), ())]))
    assert shown["version"] == SCHEMA_VERSION
    assert shown["configs"] == report["configs"]
    assert shown["findings"][0].keys() == report["findings"][0].keys()
    explained = {word for row in rows("In your CI") for word in re.findall(r"`(\w+)`", row[0])}
    assert explained == {*report, *report["findings"][0]} - {"findings"}
