"""Where programs are found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylsyncd.system.programs import Programs


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    directories = [tmp_path / name for name in ("first", "second", "third")]
    for directory in directories:
        directory.mkdir()
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, directories)))
    return directories


def install(directory: Path, *, mode: int = 0o755) -> bytes:
    (directory / "tool").write_text("#!/bin/sh\n")
    (directory / "tool").chmod(mode)
    return os.fsencode(directory / "tool")


def test_the_first_one_in_path_that_may_be_run_is_meant(path: list[Path]) -> None:
    (path[0] / "tool").mkdir()
    install(path[1], mode=0o644)
    last = install(path[2])

    assert Programs().find(b"tool") == last


def test_what_is_a_path_is_not_looked_up(path: list[Path]) -> None:
    install(path[0])

    assert Programs().find(b"./tool") == b"./tool"


def test_what_is_nowhere_is_left_to_the_kernel(path: list[Path]) -> None:
    assert path
    assert Programs().find(b"tool") == b"tool"


def test_what_was_found_is_not_looked_up_again_until_it_is_forgotten(path: list[Path]) -> None:
    programs = Programs()
    later = install(path[1])
    assert programs.find(b"tool") == later
    sooner = install(path[0])
    assert programs.find(b"tool") == later

    programs.forget()
    assert programs.find(b"tool") == sooner
