"""The machine that the check runs on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from attrs import frozen

from pylsyncd.migrate.check.environment import Count, Tree
from pylsyncd.system.clock import Clock
from pylsyncd.system.filesystems import MOUNTS, mount_of, read_mounts

_WATCH_LIMIT: Final = "/proc/sys/fs/inotify/max_user_watches"

COUNTING: Final = 2.0
"""Seconds after which counting is given up."""
_ASKING: Final = 5.0
"""Seconds for a program to say its version."""


@frozen
class ThisMachine:
    """The environment that the check runs in."""

    may_run: bool = True
    """Whether programs may be asked for their version."""
    now: Callable[[], float] = Clock().monotonic
    mounts: str = MOUNTS

    def file_system(self, path: bytes) -> bytes | None:
        """The type of the mount that is nearest above; of several at one place the last one counts."""
        mount = mount_of(os.path.join(os.path.realpath(path), b""), read_mounts(self.mounts))
        return None if mount is None else mount.kind

    def watch_limit(self) -> int | None:
        """The kernel's setting."""
        try:
            with open(_WATCH_LIMIT, "rb") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def count_directories(self, trees: Sequence[Tree], limit: int) -> Count:
        """Walk the trees; symbolic links are not followed, as watches do not either."""
        counted: set[bytes] = set()
        deadline = self.now() + COUNTING
        for tree in trees:
            for directory in _directories(tree):
                counted.add(directory)
                if len(counted) > limit or self.now() > deadline:
                    return Count(len(counted), is_complete=False)
        return Count(len(counted), is_complete=True)

    def find_program(self, name: bytes) -> bytes | None:
        """As execvp(3) looks for it."""
        return shutil.which(name)

    def version(self, program: bytes) -> bytes | None:
        """The first lines of what it prints."""
        if not self.may_run:
            return None
        try:
            asked = subprocess.run(  # noqa: S603 - the program that the config names, with one harmless word
                [program, b"--version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_ASKING,
            )
        except (OSError, subprocess.TimeoutExpired):
            return b""
        return asked.stdout

    def can_read(self, directory: bytes) -> bool:
        """Whether this user may."""
        return os.access(directory, os.R_OK | os.X_OK)

    def can_write_in(self, directory: bytes) -> bool:
        """Whether this user may."""
        return os.path.isdir(directory) and os.access(directory, os.W_OK | os.X_OK)


def _directories(tree: Tree) -> Iterator[bytes]:
    """The root and all directories below it that are not left out; what cannot be read is empty."""
    pending = [tree.root]
    while pending:
        directory = pending.pop()
        yield directory
        for name in _subdirectories(directory):
            below = directory + name + b"/"
            if not tree.hides(below[len(tree.root) - 1 :]):
                pending.append(below)


def _subdirectories(path: bytes) -> list[bytes]:
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
