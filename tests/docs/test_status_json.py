"""The status as JSON has the keys that the manual shows."""

from __future__ import annotations

import json
from typing import Any

from core.test_statusjson import BUSY
from docs.manual import blocks, page
from pylsyncd.core.report import StatusReport
from pylsyncd.core.statusjson import render_json


def keys(value: Any) -> Any:  # noqa: ANN401 - of any JSON
    """The shape of it: names, and of lists what their entries have."""
    if isinstance(value, dict):
        return {name: keys(inner) for name, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [keys(value[0])]
    return None


def test_the_manual_shows_every_key_of_the_status_and_no_other() -> None:
    (shown,) = (block for block in blocks(page("running-it")) if block.language == "json")
    made = json.loads(render_json(StatusReport((BUSY,), watches=1), 0.0, ""))
    made["syncs"][0]["unwatched"] = []
    assert keys(json.loads(shown.text)) == keys(made)


def test_the_manual_explains_every_key_of_its_outside() -> None:
    text = page("running-it").read_text().split("### The status as JSON")[1].split("\n## ")[0]
    made = json.loads(render_json(StatusReport((BUSY,), watches=1), 0.0, ""))
    names = {*made, *made["syncs"][0]} - {"name", "source"}
    assert [name for name in names if f"`{name}`" not in text.split("| key |")[1]] == []
