"""What `check` asks the machine, of the real one and of pretended files of the kernel."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from pylsyncd.core.patterns import Patterns
from pylsyncd.migrate.check.environment import Count, Tree
from pylsyncd.migrate.check.machine import COUNTING, ThisMachine

MOUNTS = rb"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /srv rw shared:7 - xfs /dev/sdb rw
31 30 0:27 / /srv/with\040blank rw - nfs4 host:/x rw
32 30 0:28 / /srv/twice rw - ext4 /dev/sdc rw
33 32 0:29 / /srv/twice rw master:1 shared:9 - fuse.sshfs host:/y rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (b"/etc/x/", b"ext4"),
        (b"/srv/", b"xfs"),
        (b"/srv", b"xfs"),
        (b"/srvice/", b"ext4"),
        (b"/srv/with blank/inside/", b"nfs4"),
        (b"/srv/twice/", b"fuse.sshfs"),
    ],
)
def test_the_nearest_mount_above_says_the_file_system(path: bytes, kind: bytes, tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_bytes(MOUNTS)
    assert ThisMachine(mounts=str(tmp_path / "mountinfo")).file_system(path) == kind


def test_without_a_table_of_mounts_no_file_system_is_known(tmp_path: Path) -> None:
    assert ThisMachine(mounts=str(tmp_path / "none")).file_system(b"/") is None


def test_the_kernel_says_what_proc_is() -> None:
    assert ThisMachine().file_system(b"/proc/self/") == b"proc"


def test_the_kernel_says_how_many_watches_there_may_be() -> None:
    limit = ThisMachine().watch_limit()
    assert limit is not None
    assert limit > 0


# -- counting -------------------------------------------------------------------------------------


def everything(_path: bytes) -> bool:
    return True


def tree(root: Path, *excludes: bytes) -> Tree:
    return Tree(os.path.join(bytes(root), b""), Patterns(excludes, ()).hides)


def make(root: Path, *directories: str) -> None:
    for name in directories:
        (root / name).mkdir(parents=True)
    (root / "file").touch()
    (root / "link").symlink_to(root)


def test_directories_are_counted_without_files_and_links(tmp_path: Path) -> None:
    make(tmp_path, "a/b", "c")
    assert ThisMachine().count_directories([tree(tmp_path)], 100) == Count(4, is_complete=True)


def test_what_is_excluded_is_not_counted(tmp_path: Path) -> None:
    make(tmp_path, "a/b", "a/c", "d/a")
    assert ThisMachine().count_directories([tree(tmp_path, b"/a/b", b"d")], 100).directories == 3


def test_a_directory_of_several_syncs_is_counted_once(tmp_path: Path) -> None:
    make(tmp_path, "a/b", "c")
    trees = [tree(tmp_path, b"a"), tree(tmp_path), tree(tmp_path / "a")]
    assert ThisMachine().count_directories(trees, 100).directories == 4


def test_without_subdirectories_only_the_source_counts(tmp_path: Path) -> None:
    make(tmp_path, "a/b", "c")
    count = ThisMachine().count_directories([Tree(bytes(tmp_path) + b"/", everything)], 100)
    assert count.directories == 1


def test_counting_stops_when_the_limit_is_passed(tmp_path: Path) -> None:
    make(tmp_path, *map(str, range(9)))
    assert ThisMachine().count_directories([tree(tmp_path)], 3) == Count(4, is_complete=False)


def test_counting_stops_when_its_time_is_up(tmp_path: Path) -> None:
    make(tmp_path, *map(str, range(9)))
    clock = itertools.count(0.0, COUNTING / 2)
    machine = ThisMachine(now=lambda: next(clock))
    assert machine.count_directories([tree(tmp_path)], 100) == Count(3, is_complete=False)


def test_a_directory_that_left_meanwhile_is_counted_as_empty(tmp_path: Path) -> None:
    assert ThisMachine().count_directories([tree(tmp_path / "gone")], 9) == Count(1, is_complete=True)


# -- programs -------------------------------------------------------------------------------------


def script(path: Path, text: str) -> bytes:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return bytes(path)


def test_a_program_is_looked_up_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = script(tmp_path / "tool", "")
    (tmp_path / "data").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    machine = ThisMachine()
    assert machine.find_program(b"tool") == program
    assert machine.find_program(program) == program
    assert machine.find_program(b"data") is None
    assert machine.find_program(b"/nowhere/tool") is None


def test_a_program_is_asked_its_version_and_nothing_else(tmp_path: Path) -> None:
    program = script(tmp_path / "rsync", 'echo "rsync  version 3.2.7 ($*)"')
    assert ThisMachine().version(program) == b"rsync  version 3.2.7 (--version)\n"


def test_without_permission_no_program_is_asked(tmp_path: Path) -> None:
    program = script(tmp_path / "rsync", f"touch {tmp_path}/marker")
    assert ThisMachine(may_run=False).version(program) is None
    assert not (tmp_path / "marker").exists()


def test_a_program_that_cannot_be_started_says_nothing(tmp_path: Path) -> None:
    assert ThisMachine().version(bytes(tmp_path / "none")) == b""


# -- directories ----------------------------------------------------------------------------------


def test_a_directory_can_be_read_and_written_by_its_owner(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    machine = ThisMachine()
    assert machine.can_read(bytes(tmp_path))
    assert machine.can_write_in(bytes(tmp_path))
    assert not machine.can_write_in(bytes(tmp_path / "none"))
    assert not machine.can_write_in(bytes(tmp_path / "file"))
    assert not machine.can_read(bytes(tmp_path / "none"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_what_is_locked_away_can_neither_be_read_nor_written(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        assert not ThisMachine().can_read(bytes(tmp_path))
        assert not ThisMachine().can_write_in(bytes(tmp_path))
    finally:
        tmp_path.chmod(0o700)
