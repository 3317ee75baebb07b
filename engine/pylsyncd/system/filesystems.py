"""What is mounted where, and which file systems others can change without a word (issue 684 of Lsyncd)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

MOUNTS: Final = "/proc/self/mountinfo"

_ELSEWHERE: Final = re.compile(
    rb"fuse(\..*)?|nfs\d?|cifs|smb\d|smbfs|9p|afs|ceph|glusterfs|lustre|gfs2|ocfs2|virtiofs|vboxsf|prl_fs"
    rb"|vmhgfs|davfs|ncpfs|coda|beegfs"
)
"""Types of file systems that somebody else may change; inotify(7) sees only local changes."""

_COUNTING: Final = frozenset({b"ext2", b"ext3", b"ext4", b"f2fs", b"tmpfs", b"xfs"})
"""Types of file systems in which a directory has a link for its name, one for `.`, and the `..` of each
directory in it (inode(7)). Others give any number: btrfs 1, some network file systems 2."""

_OCTAL: Final = re.compile(rb"\\([0-7]{3})")


@frozen
class Mount:
    """A file system and where it is."""

    point: bytes
    """With a slash at its end."""
    kind: bytes
    """`ext4`, `fuse.sshfs`."""
    device: bytes = b""
    """`MAJOR:MINOR`."""

    @property
    def is_changed_elsewhere(self) -> bool:
        """Whether changes may be made in it that this kernel does not hear of."""
        return _ELSEWHERE.fullmatch(self.kind) is not None


def parse_mounts(table: bytes) -> tuple[Mount, ...]:
    """The mounts of a `mountinfo`, in the order of mounting (proc(5)); other lines are passed over."""
    return tuple(_mounts(table))


def _mounts(table: bytes) -> Iterator[Mount]:
    for line in table.splitlines():
        before, _, after = line.partition(b" - ")
        fields = before.split()
        if len(fields) > 4 and after:  # noqa: PLR2004 - the mount point is the fifth
            point = _OCTAL.sub(lambda code: bytes([int(code[1], 8)]), fields[4])
            yield Mount(os.path.join(point, b""), after.split()[0], fields[2])


def mount_of(path: bytes, mounts: Sequence[Mount]) -> Mount | None:
    """The one that a directory, spelt with a slash at its end, lies in; of several at one place the last."""
    nearest = None
    for mount in mounts:
        is_nearer = nearest is None or len(mount.point) >= len(nearest.point)
        if path.startswith(mount.point) and is_nearer:
            nearest = mount
    return nearest


def silent_mounts(source: bytes, mounts: Sequence[Mount]) -> tuple[Mount, ...]:
    """Those that a source lies in, or that lie in it, and in which changes may go unnoticed."""
    holder = mount_of(source, mounts)
    below = {mount.point: mount for mount in mounts if mount.point.startswith(source)}
    found = {} if holder is None else {holder.point: holder}
    return tuple(mount for mount in {**found, **below}.values() if mount.is_changed_elsewhere)


def counts_directories(device: int, mounts: Sequence[Mount]) -> bool:
    """Whether the links of a directory on a device (`st_dev`) tell how many directories are in it."""
    name = b"%d:%d" % (os.major(device), os.minor(device))
    kinds = {mount.kind for mount in mounts if mount.device == name}
    return bool(kinds) and kinds <= _COUNTING


def read_mounts(path: str = MOUNTS) -> tuple[Mount, ...]:
    """What is mounted now; nothing where the kernel does not say."""
    try:
        with open(path, "rb") as file:
            return parse_mounts(file.read())
    except OSError:
        return ()
