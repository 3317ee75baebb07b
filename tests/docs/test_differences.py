"""Each row of docs/differences.md names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
DIFFERENCES = TESTS.parent / "docs" / "differences.md"

ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in DIFFERENCES.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| what")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_a_difference_names_a_test_that_is_there(row: list[str]) -> None:
    assert len(row) == 5
    named = re.findall(r"`([a-z0-9_]+/[a-z0-9_]+\.(?:py|txt|lua))`(?:: `([a-z_0-9]+)`)?", row[4])
    assert named, "no test is named"
    for file, function in named:
        text = (TESTS / file).read_text()
        assert not function or f"def test_{function}(" in text
