"""The rows that compare names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pylsyncd.migrate.compare.rows import Row

DIFFERENCES = (Path(__file__).parents[3] / "docs" / "differences.md").read_text()


@pytest.mark.parametrize("row", Row, ids=lambda row: row.anchor)
def test_a_row_is_in_the_list_of_differences(row: Row) -> None:
    assert re.findall(rf'^\| <a id="{row.anchor}"></a>', DIFFERENCES, re.MULTILINE) != []


def test_an_anchor_in_the_list_of_differences_is_known_and_there_once() -> None:
    assert sorted(re.findall(r'<a id="([^"]*)">', DIFFERENCES)) == sorted(row.anchor for row in Row)
