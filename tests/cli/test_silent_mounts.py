"""At the start operators hear of file systems that send no events."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd import app
from pylsyncd.options import Options
from pylsyncd.system.filesystems import Mount, parse_mounts

CONFIG = """
settings {{ "nodaemon", "onepass" }}
sync {{ name = "data", source = "{home}/a", onStartup = "true" }}
sync {{ name = "polled", source = "{home}/b", onStartup = "true", monitor = "poll" }}
sync {{ name = "local", source = "{home}/c", onStartup = "true" }}
"""


def warnings(
    home: Path, mounts: tuple[Mount, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> list[str]:
    for name in "abc":
        (home / name).mkdir()
    config = home / "c.lua"
    config.write_text(CONFIG.format(home=home))
    monkeypatch.setattr(app, "read_mounts", lambda: mounts)
    assert app.run(Options(config=bytes(config))) == 0
    lines = (line.split(" ", 1)[1] for line in capfd.readouterr().out.splitlines())
    return [line for line in lines if line.startswith("Warn: ")]


def test_one_warning_for_each_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{number} 1 0:1 / {tmp_path}/{name} rw - {kind} x rw" for number, name, kind in MOUNTS]
    mounts = parse_mounts("\n".join(lines).encode())
    ending = (
        "what is changed in it by others, other machines for one, sends no events. "
        'monitor = "poll" in this sync finds it.'
    )
    assert warnings(tmp_path, mounts, monkeypatch, capfd) == [
        f"Warn: data: {tmp_path}/a/ is a file system of type nfs4: {ending}",
        f"Warn: data: {tmp_path}/a/remote/ is a file system of type fuse.sshfs: {ending}",
    ]


MOUNTS = [(1, "a", "nfs4"), (2, "a/remote", "fuse.sshfs"), (3, "b", "nfs4"), (4, "c", "ext4")]


def test_on_a_local_disk_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert warnings(tmp_path, (Mount(b"/", b"ext4"),), monkeypatch, capfd) == []
