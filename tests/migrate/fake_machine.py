"""A machine that always answers the same, for the configs in `legacy`: paths say what they are."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from pylsyncd.migrate.check.environment import Count, Tree

PROGRAMS = (b"rsync", b"ssh", b"cp", b"mv", b"rm", b"mkdir", b"sh")
VERSIONS = {
    b"/usr/bin/rsync": b"rsync  version 3.2.7  protocol version 31\n",
    b"/opt/old/rsync": b"rsync  version 2.6.9  protocol version 29\n",
    b"/opt/wrapped/rsync": b"",
}


@frozen
class FakeMachine:
    """Every field may be given otherwise."""

    limit: int | None = 8192
    programs: tuple[bytes, ...] = PROGRAMS
    writable: tuple[bytes, ...] = (b"/var/log", b"/var/run", b"/var/log/lsyncd", b"/run", b"/tmp")
    counted: list[Tree] = field(factory=list)
    """What was asked to be counted."""

    def file_system(self, path: bytes) -> bytes | None:
        return {b"/mnt/nfs/": b"nfs4", b"/mnt/sshfs/": b"fuse.sshfs"}.get(
            path[: path.find(b"/", 5) + 1], b"ext4"
        )

    def watch_limit(self) -> int | None:
        return self.limit

    def count_directories(self, trees: Sequence[Tree], limit: int) -> Count:
        self.counted.extend(trees)
        roots = {tree.root for tree in trees}
        if b"/srv/huge/" in roots:
            return Count(limit + 1, is_complete=False)
        return Count(4000 if b"/srv/slow/" in roots else 100, is_complete=b"/srv/slow/" not in roots)

    def find_program(self, name: bytes) -> bytes | None:
        if name in self.programs:
            return b"/usr/bin/" + name
        return name if name in VERSIONS else None

    def version(self, program: bytes) -> bytes | None:
        return VERSIONS.get(program)

    def can_read(self, directory: bytes) -> bool:
        return not directory.startswith(b"/srv/locked")

    def can_write_in(self, directory: bytes) -> bool:
        return directory in self.writable
