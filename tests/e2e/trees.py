"""Trees of files: changing them by name, and taking snapshots to compare. Names are bytes."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import subprocess
from collections.abc import Callable
from itertools import count
from threading import Lock

from attrs import define, field, frozen

FORKING = Lock()
"""Held while a process is started or a file is open for writing: a child born in that moment inherits the
open file until it executes its program, and the daemon would see the file closed at a later time."""


@define
class Tree:
    """A directory and what a user does in it. All paths are relative to it."""

    root: bytes
    outside: bytes
    _sizes: count[int] = field(factory=lambda: count(1))

    def at(self, path: bytes) -> bytes:
        """Return the absolute path."""
        return os.path.join(self.root, path)

    def write(self, *paths: bytes) -> None:
        """Create or rewrite files; each time the size is a new one, so that rsync sees the change."""
        for path in paths:
            with FORKING, open(self.at(path), "wb") as file:
                file.write(b"x" * next(self._sizes))

    def remove(self, *paths: bytes) -> None:
        """Delete files."""
        for path in paths:
            os.unlink(self.at(path))

    def mkdir(self, *paths: bytes) -> None:
        """Make directories, in the order given."""
        for path in paths:
            os.mkdir(self.at(path))

    def mkdirs(self, path: bytes) -> None:
        """Make a directory with its parents."""
        os.makedirs(self.at(path), exist_ok=True)

    def rmdir(self, *paths: bytes) -> None:
        """Remove empty directories, in the order given."""
        for path in paths:
            os.rmdir(self.at(path))

    def rename(self, old: bytes, new: bytes) -> None:
        """Move within the tree."""
        os.rename(self.at(old), self.at(new))

    def move_out(self, path: bytes) -> None:
        """Move something out of the tree."""
        os.rename(self.at(path), self.outside)

    def move_in(self, path: bytes) -> None:
        """Move what was moved out back in, under a name."""
        os.rename(self.outside, self.at(path))

    def chmod(self, path: bytes, mode: int) -> None:
        """Change a mode."""
        os.chmod(self.at(path), mode)

    def symlink(self, target: bytes, path: bytes) -> None:
        """Make a symbolic link."""
        os.symlink(target, self.at(path))

    def link(self, old: bytes, new: bytes) -> None:
        """Make a hard link."""
        os.link(self.at(old), self.at(new))

    def fifo(self, path: bytes) -> None:
        """Make a named pipe."""
        os.mkfifo(self.at(path))

    def copy(self, old: bytes, new: bytes) -> None:
        """Copy a directory with everything in it."""
        with FORKING:
            subprocess.run(["cp", "-R", "--", self.at(old), self.at(new)], check=True)


@frozen
class Entry:
    """What a snapshot keeps of one name."""

    kind: str
    content: bytes
    mode: int | None
    time: int | None = None
    """When it was changed, in whole seconds: rsync takes times within one second for equal."""
    owner: tuple[int, int] | None = None


@frozen
class Kept:
    """What of the names a snapshot keeps besides kind and content."""

    modes: bool = False
    times: str = ""
    """File types whose times are kept, as the first letter of `ls -l`."""
    owners: bool = False


def everything(path: bytes) -> bool:  # noqa: ARG001 - a filter that does not look
    """Keep all paths."""
    return True


_CHANGED_MEANWHILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL})
"""What a name gives that was something else a moment ago; EINVAL: readlink(2) of what is no link."""


def snapshot(
    root: bytes, *, modes: bool = False, keeps: Callable[[bytes], bool] = everything
) -> dict[bytes, Entry]:
    """All names below a directory; directories end with a slash. What `keeps` refuses is left out."""
    return detailed_snapshot(root, Kept(modes=modes), keeps=keeps)


def detailed_snapshot(
    root: bytes, kept: Kept, *, keeps: Callable[[bytes], bool] = everything
) -> dict[bytes, Entry]:
    """As `snapshot`, with more of each name."""
    entries: dict[bytes, Entry] = {}
    pending = [(root, b"/")]
    while pending:
        directory, below = pending.pop()
        for child in _children(directory):
            path = below + child.name
            if child.is_dir(follow_symlinks=False):
                path += b"/"
                if keeps(path):
                    pending.append((child.path, path))
            entry = _entry(child.path, kept) if keeps(path) else None
            if entry is not None:
                entries[path] = entry
    return entries


def _children(directory: bytes) -> list[os.DirEntry[bytes]]:
    """List a directory, which may just have gone, or become a file."""
    try:
        return list(os.scandir(directory))
    except OSError as error:
        if error.errno not in _CHANGED_MEANWHILE:
            raise
        return []


def _entry(path: bytes, kept: Kept) -> Entry | None:
    """Look at one name, which may just have gone, or be half written."""
    try:
        status = os.lstat(path)
        kind = stat.filemode(status.st_mode)[0]
        mode = stat.S_IMODE(status.st_mode) if kept.modes and kind != "l" else None
        time = int(status.st_mtime_ns // 10**9) if kind in kept.times else None
        owner = (status.st_uid, status.st_gid) if kept.owners else None
        return Entry(kind, _content(path, kind), mode, time, owner)
    except OSError as error:
        if error.errno not in _CHANGED_MEANWHILE:
            raise
        return None


def _content(path: bytes, kind: str) -> bytes:
    if kind == "l":
        return os.readlink(path)
    if kind == "-":
        with open(path, "rb") as file:
            return file.read()
    return b""


def exchange(one: os.PathLike[str], two: os.PathLike[str]) -> None:
    """Swap two names: renameat2(2) with RENAME_EXCHANGE."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE (linux/fcntl.h, linux/fs.h)
    if libc.renameat2(here, os.fsencode(one), here, os.fsencode(two), swap):
        raise OSError(ctypes.get_errno(), "renameat2")
