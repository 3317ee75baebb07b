"""default.rsyncssh and a real sshd: moves are made on the target, names survive its shell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.daemon import CANDIDATE, Daemon, running
from e2e.mirroring import Mirror, differences, mirror_steps
from e2e.sshd import HOST, Sshd, running_sshd, sshd_path
from e2e.steps import STEPS
from e2e.trees import snapshot

pytestmark = [
    pytest.mark.skipif(sshd_path() is None, reason="there is no sshd; scripts/setup says why"),
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("sshd"),  # one sshd for all tests of this module
]

FILES = 1000


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd") / "home") as started:
        yield started


def sync(sshd: Sshd, keys: str = "") -> str:
    return (
        f'sync{{ default.rsyncssh, source = "@SOURCE@", host = "{HOST}", targetdir = "@TARGET@",\n'
        f"  delay = 1, {sshd.lua()}, {keys} }}\n"
    )


def prepared(sshd: Sshd, home: Path) -> list[str]:
    """Make source and target directories; returns the daemon's arguments."""
    for name in ("source", "target"):
        (home / name).mkdir(parents=True)
    return ["-log", "Exec", *Mirror("rsyncssh", sync(sshd)).arguments(home)]


def runs_since(daemon: Daemon, beginning: str) -> list[str]:
    """The programs started since the log was `beginning`, in order."""
    return re.findall(r" Exec: (\S+)", daemon.log()[len(beginning) :])


def are_equal(home: Path) -> bool:
    source, target = (snapshot(bytes(home / name)) for name in ("source", "target"))
    return source == target


def test_a_directory_of_a_thousand_files_moves_by_one_mv_and_nothing_is_transferred(
    sshd: Sshd, tmp_path: Path
) -> None:
    arguments = prepared(sshd, tmp_path)
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "old").mkdir()
    for number in range(FILES):
        (source / "old" / f"{number}").write_text(f"{number}")
    with running(CANDIDATE, arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        inodes = {entry.name: entry.inode() for entry in os.scandir(target / "old")}
        beginning = daemon.log()

        (source / "old").rename(source / "new")
        daemon.wait_until(lambda: "Finished Move" in daemon.log(), what="the move on the target")

        assert {entry.name: entry.inode() for entry in os.scandir(target / "new")} == inodes
        assert len(inodes) == FILES
        assert are_equal(tmp_path)
        (source / "last").touch()
        daemon.wait_until((target / "last").exists, what="a later change to arrive")
        assert runs_since(daemon, beginning) == ["ssh", "rsync"]


def test_a_file_that_the_target_does_not_have_arrives_under_its_new_name(sshd: Sshd, tmp_path: Path) -> None:
    arguments = prepared(sshd, tmp_path)
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "d").mkdir()
    (source / "d" / "inside").write_text("inside")
    (source / "it's").write_text("content")
    with running(CANDIDATE, arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (target / "it's").unlink()
        (target / "d" / "inside").unlink()
        (target / "d").rmdir()

        (source / "it's").rename(source / 'its "new" name')
        (source / "d").rename(source / "e")

        daemon.wait_until(lambda: are_equal(tmp_path), what="the trees to be equal")


def test_where_the_host_has_no_mv_the_ends_of_a_move_are_brought_over(sshd: Sshd, tmp_path: Path) -> None:
    refusing = tmp_path / "ssh-without-mv"
    refusing.write_text(f'#!/bin/sh\ncase "$*" in *" mv "*) exit 127;; esac\nexec {sshd.command()[0]} "$@"\n')
    refusing.chmod(0o755)
    arguments = prepared(sshd, tmp_path)
    config = tmp_path / "lsyncd.conf.lua"
    config.write_text(config.read_text().replace("ssh = {", f'ssh = {{ binary = "{refusing}",'))
    (tmp_path / "source" / "a").write_text("content")
    with running(CANDIDATE, arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (tmp_path / "source" / "a").rename(tmp_path / "source" / "b")
        daemon.wait_until(lambda: are_equal(tmp_path), what="the trees to be equal")
        assert "failed 3 times" in daemon.log()


def test_after_each_step_the_target_becomes_equal_whatever_the_names_are(sshd: Sshd, tmp_path: Path) -> None:
    mirror = Mirror("rsyncssh", sync(sshd), patience=60)  # a login for each of thirty moves

    outcome = mirror_steps(CANDIDATE, mirror, STEPS, home=tmp_path)

    assert outcome.troubles == {}
    assert outcome.done == ["start-up", *(step.name for step in STEPS)]


def test_the_command_line_mirrors_through_ssh(sshd: Sshd, tmp_path: Path) -> None:
    prepared(sshd, tmp_path)
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a").write_text("content")
    arguments = ["-delay", "1", "-rsyncssh", str(source), HOST, str(target)]
    arguments += ["-sshopts", " ".join(f"'{word}'" for word in sshd.command()[1:])]
    with running(CANDIDATE, arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (source / "a").rename(source / "b")
        daemon.wait_until((target / "b").exists, what="the move on the target")
        assert differences(snapshot(bytes(source)), snapshot(bytes(target))) == differences({}, {})
