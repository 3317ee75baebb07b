"""Which file systems others can change without a word, read from the kernel's table of mounts."""

from __future__ import annotations

import os

import pytest

from pylsyncd.system.filesystems import Mount, counts_directories, parse_mounts, read_mounts, silent_mounts

TABLE = rb"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /srv rw shared:7 - nfs4 host:/x rw
31 30 0:27 / /srv/with\040blank rw - xfs /dev/sdb rw
32 22 0:28 / /home rw - ext4 /dev/sdc rw
33 32 0:29 / /home/me/remote rw master:1 shared:9 - fuse.sshfs host:/y rw
34 33 0:30 / /home/me/remote rw - xfs /dev/sdd rw
nonsense
"""
MOUNTS = parse_mounts(TABLE)


@pytest.mark.parametrize(
    "kind",
    ["nfs", "nfs4", "cifs", "smb3", "fuse", "fuse.sshfs", "9p", "ceph", "fuse.glusterfs", "afs", "virtiofs"],
)
def test_network_and_fuse_file_systems_are_changed_elsewhere(kind: str) -> None:
    assert Mount(b"/srv/", kind.encode()).is_changed_elsewhere


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "zfs", "nfsd"])
def test_local_ones_are_not(kind: str) -> None:
    assert not Mount(b"/srv/", kind.encode()).is_changed_elsewhere


def points(source: bytes) -> list[bytes]:
    return [mount.point for mount in silent_mounts(source, MOUNTS)]


def test_a_source_on_a_network_file_system_is_found() -> None:
    assert points(b"/srv/data/") == [b"/srv/"]


def test_a_local_file_system_within_a_remote_one_is_local() -> None:
    assert points(b"/srv/with blank/x/") == []


def test_a_remote_file_system_below_the_source_is_found_too() -> None:
    assert points(b"/") == [b"/srv/"]
    assert points(b"/srv/") == [b"/srv/"]


def test_of_several_mounts_at_one_place_the_last_counts() -> None:
    assert points(b"/home/me/") == []


def test_without_a_table_nothing_is_said() -> None:
    assert silent_mounts(b"/srv/", read_mounts("/no/such/table")) == ()


def test_the_kernel_s_own_table_is_read() -> None:
    assert b"/" in {mount.point for mount in read_mounts()}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["ext4"], True),
        (["tmpfs", "tmpfs"], True),
        (["btrfs"], False),
        (["ext4", "overlay"], False),
        ([], False),
    ],
)
def test_only_some_file_systems_count_the_directories_in_one(kinds: list[str], expected: bool) -> None:  # noqa: FBT001  # a column
    device = os.makedev(8, 17)
    mounts = [Mount(b"/srv/", kind.encode(), b"8:17") for kind in kinds]
    assert counts_directories(device, [Mount(b"/", b"nfs", b"8:1"), *mounts]) is expected
