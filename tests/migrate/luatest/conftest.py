"""The runner, in a directory of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.luatest.runner import Runner


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    monkeypatch.chdir(tmp_path)
    return Runner(tmp_path, capsys)
