"""Writes files as an operator needs them, at one stroke or appending; counts mounts and directories."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Final

_MODE: Final = 0o644
"""Before the umask."""

_REPLACING_REFUSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})
"""The directory is not ours to write in, or the file is a mount point, but may be writable (rename(2))."""


def count_mounts(path: bytes) -> int | None:
    """How many file systems lie mounted one in another on the way to a directory; None: there is none.

    `path` is absolute and real. What is found in a place where less is mounted than before is what lies
    under the mount point, and not what the source was.
    """
    parts = path.rstrip(b"/").split(b"/")
    try:
        on_the_way = [os.lstat(b"/".join(parts[:end]) or b"/") for end in range(1, len(parts) + 1)]
    except OSError:
        return None
    if not stat.S_ISDIR(on_the_way[-1].st_mode):
        return None
    devices = [one.st_dev for one in on_the_way]
    return sum(above != below for above, below in pairwise(devices))


def has_more_directories(paths: Iterable[bytes], number: int) -> bool:
    """Whether there are more directories in and below these; counts no further than that."""
    waiting, seen = list(paths), 0
    while waiting and seen <= number:
        seen += 1
        path = waiting.pop()
        with suppress(OSError), os.scandir(path) as entries:  # what cannot be read counts as one
            waiting += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return seen > number


def write_atomically(path: bytes, content: bytes) -> None:
    """Give the file at `path` this content; a reader sees the old one or the new one, no part (spec 1.5).

    Not synced to disk. A symbolic link is replaced, not followed, so that nobody can plant one and have
    another file overwritten. Where nothing may be created beside an existing file (its directory belongs to
    another user, or it is a bind mount), and for devices and pipes (`/dev/stdout`), it is written in place,
    since configurations written for Lsyncd may name such a path. Raises OSError; then no temporary file is
    left.
    """
    if _is_special(path):
        _overwrite(path, content, os.O_NONBLOCK)
        return
    try:
        _replace(path, content)
    except OSError as error:
        if error.errno not in _REPLACING_REFUSED or not os.path.lexists(path):
            raise
        _overwrite(path, content, os.O_TRUNC | os.O_NOFOLLOW)


def open_for_append(path: bytes) -> int:
    """Open a file to append to, made if missing, and return its descriptor (blocking, close-on-exec).

    A named pipe that nobody reads gives OSError(ENXIO) at once instead of waiting for a reader (fifo(7)); a
    terminal does not become the controlling one. Raises OSError.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    descriptor = os.open(path, flags, _MODE)
    os.set_blocking(descriptor, True)
    return descriptor


def append(path: bytes, content: bytes) -> None:
    """Open, append, close: so that logrotate may move the file at any time (spec 1.2). Raises OSError."""
    descriptor = open_for_append(path)
    try:
        write_fully(descriptor, content)
    finally:
        os.close(descriptor)


def is_cut_short(path: bytes) -> bool:
    """Whether a regular file ends in the middle of a line; False where that cannot be told."""
    try:
        with open(path, "rb", opener=_regular) as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:  # it is not there, is empty, or is no file to look into
        return False


def _regular(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe; a pipe cannot be sought in."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def write_fully(descriptor: int, content: bytes) -> None:
    """Write all of it, in as many calls as that takes (write(2)). Raises OSError, perhaps half-way."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _is_special(path: bytes) -> bool:
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _replace(path: bytes, content: bytes) -> None:
    # a name of its own, not the path with an ending: that one could exceed NAME_MAX
    temporary = os.path.join(os.path.dirname(path), b".pylsyncd-" + os.urandom(8).hex().encode())
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        try:
            write_fully(descriptor, content)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell
            os.unlink(temporary)
        raise


def _overwrite(path: bytes, content: bytes, flags: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY | flags)
    try:
        write_fully(descriptor, content)
    finally:
        os.close(descriptor)
