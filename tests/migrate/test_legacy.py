"""Configs as people have them: `check` finds exactly what a file says of itself, each on its line.

A remark `--> CODE [CODE…]` at the end of a line means that these findings are there; a file without any
is clean. The machine is `FakeMachine`, and what a config names need not be on the real one; a config that
cannot be loaded without its other files is read all the same.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrate.fake_machine import FakeMachine
from pylsyncd.migrate.check.checker import Checker
from pylsyncd.migrate.check.reading import reader
from pylsyncd.migrate.check.rules import NEEDS_MACHINE, RULES
from pylsyncd.migrate.check.trial import Terms

LEGACY = Path(__file__).parent / "legacy"
CONFIGS = sorted(path for path in LEGACY.rglob("*.lua") if path.parent.name != "fixed")

_EXPECTED = re.compile(r"--> ([a-z0-9 -]+)$")

SEEN_ELSEWHERE = {
    "source-not-there": "sources need not be there for this harness",
    "unreadable-file": "the same of files",
    "missing-module": "the same of modules",
    "unreadable-config": "the config is no config then",
    "needs-programs": "only with --no-exec",
}
"""Codes without a config of their own, which `test_check.py` tests."""


def expected_in(file: Path) -> set[tuple[str, int, str]]:
    return {
        (file.name, number, code)
        for number, line in enumerate(file.read_text("utf-8", "surrogateescape").splitlines(), 1)
        if (found := _EXPECTED.search(line))
        for code in found[1].split()
    }


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: str(path.relative_to(LEGACY)))
def test_exactly_what_is_wrong_with_a_config_is_found(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(LEGACY)
    checker = Checker(reader(), FakeMachine(), Terms(is_foreign=True))
    found = {
        (Path(one.file.decode()).name, one.line, one.code) for one in checker.check(bytes(config)).findings
    }
    expected = expected_in(config)
    assert {one for one in found if one[2] != NEEDS_MACHINE.code or one in expected} == expected


def test_there_are_configs_for_every_code_of_a_run() -> None:
    named = {code for config in CONFIGS for _, _, code in expected_in(config)}
    assert {rule.code for rule in RULES} - named == set(SEEN_ELSEWHERE)


def test_there_are_clean_configs_of_every_layer() -> None:
    assert len([config for config in CONFIGS if not expected_in(config)]) >= 6
