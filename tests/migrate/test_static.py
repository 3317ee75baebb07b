"""What the text of a config shows: exactly the findings that are in it, at the right lines, and no others."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from lupa import lua53

from docs.manual import PAGES, blocks
from e2e.command_configs import COMMANDS
from e2e.engine_configs import ENGINE, PARALLEL
from e2e.function_configs import FUNCTIONS
from e2e.inheritance_configs import INHERITANCE
from pylsyncd.migrate.findings import Finding, Severity
from pylsyncd.migrate.luanodes import Return
from pylsyncd.migrate.luasyntax import parse
from pylsyncd.migrate.static import RULES, static_findings
from pylsyncd.migrate.static.values import takes
from pylsyncd.script.names import Kind, read_names

HERE = Path(__file__).parent
LEGACY = sorted((HERE / "legacy").glob("*.lua"))
EXAMPLES = sorted((HERE.parent.parent / "examples").glob("*/*.lua"))
KNOWN = read_names()

_EXPECTED = re.compile(r"--> (.*)$")


def findings(lua: str) -> tuple[Finding, ...]:
    return static_findings(b"lsyncd.conf.lua", lua.encode(), KNOWN)


def codes(lua: str) -> list[str]:
    return [finding.code for finding in findings(lua)]


def is_news(finding: Finding) -> bool:
    return finding.severity is not Severity.NOTE


def expected_in(text: str) -> Counter[tuple[int, str]]:
    """What the comments `--> CODE` at the ends of lines say."""
    return Counter(
        (number, code)
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _EXPECTED.search(line))
        for code in found[1].split()
    )


@pytest.mark.parametrize("path", LEGACY, ids=lambda path: path.stem)
def test_a_legacy_config_gives_the_findings_that_it_names(path: Path) -> None:
    text = path.read_text()
    assert Counter((one.line, one.code) for one in findings(text)) == expected_in(text)


def test_each_rule_has_a_legacy_config() -> None:
    seen = {code for path in LEGACY for _, code in expected_in(path.read_text())}
    assert seen == {rule.code for rule in RULES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_example_is_found_fault_with(path: Path) -> None:
    assert [one for one in findings(path.read_text()) if is_news(one)] == []


RIGHT = {
    ("settings", "unknown-setting"),
    ("settings", "settings-assigned"),
    ("syncs", "unknown-key"),
    ("syncs", "dangerous-target"),
    ("tunnels-and-crontab", "crontab-rule"),
}
"""Pages of the manual that show how a mistake is refused."""


def test_the_manual_is_found_fault_with_where_it_shows_mistakes() -> None:
    found = {
        (page.stem, one.code)
        for page in PAGES
        if not page.stem.startswith("check")
        for block in blocks(page)
        if block.language == "lua"
        for one in findings(block.text)
        if is_news(one)
    }
    assert found == RIGHT


PARITY = [
    one for one in (*COMMANDS, *ENGINE, *PARALLEL, *FUNCTIONS, *INHERITANCE) if "wrong values" not in one.name
]


@pytest.mark.parametrize("config", PARITY, ids=lambda config: config.name)
def test_no_config_that_both_daemons_run_is_found_fault_with(config: object) -> None:
    lua = str(getattr(config, "lua", ""))
    assert lua
    assert [one for one in findings(lua) if is_news(one)] == []
