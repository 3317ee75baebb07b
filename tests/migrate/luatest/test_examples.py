"""The tests that stand beside the example configs pass, and notice when a config is changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from migrate.luatest.runner import Runner

EXAMPLES = Path(__file__).parents[3] / "examples" / "lsyncd-configs"


def test_the_tests_of_the_examples_pass(runner: Runner) -> None:
    answer = runner.call(str(EXAMPLES / "tests"))
    assert answer.code == 0, answer.out


@pytest.mark.parametrize(
    ("config", "old", "new"),
    [
        ("audit-log", '" -> "', '" to "'),
        ("audit-log", "collapse = false", "collapse = true"),
        ("cron-full", "crontab = ", "exclude = "),
        ("delete-guard", 'return "die"', 'return "ok"'),
        ("delete-guard", "if not above then", "if true then"),
        ("heartbeat", "if not file then", "if file then"),
        ("pdf", "formats[format:lower()]", "formats[format]"),
        ("pdf", "maxProcesses = 1", "maxProcesses = 2"),
        ("webhook", "if exitcode ~= 0 then log", "if exitcode == 0 then log"),
        ("webhook", "arrived = {}\n    spawn", "spawn"),
    ],
)
def test_a_change_of_an_example_is_noticed_by_its_tests(
    runner: Runner, config: str, old: str, new: str
) -> None:
    text = (EXAMPLES / f"{config}.lua").read_text()
    assert old in text
    runner.file(f"{config}.lua", text.replace(old, new))
    name = "heartbeat_test.lua" if config == "cron-full" else f"{config}_test.lua"
    runner.file("sub/x_test.lua", (EXAMPLES / "tests" / name).read_text())
    for other in ("heartbeat", "cron-full"):
        if not (runner.home / f"{other}.lua").exists():
            shutil.copy(EXAMPLES / f"{other}.lua", runner.home)
    answer = runner.call("sub/x_test.lua")
    assert answer.code == 1, answer.out
    assert re.search(r"\d passed, [1-9]\d* failed", answer.out)
