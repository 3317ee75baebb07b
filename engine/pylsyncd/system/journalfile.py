"""The file that a recording goes to: buffered, in parts of a size, never more of them than asked for.

FILE is the newest part, FILE.1 the one before it, as with rotated logs. A recording can be replayed only
from its beginning, so a part that holds the beginning of the one being written is never removed: rather
there are no more parts.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from attrs import define, field

from pylsyncd.system.files import write_fully

_MODE: Final = 0o600
"""Names of files, and what commands read, are nobody else's business."""
_BUFFER: Final = 1 << 18
"""Bytes that are written at once, however little time has gone by."""
_LONGEST_HEAD: Final = 1 << 16


class JournalFileError(Exception):
    """It cannot be written, or not any more; the text is one line for the operator."""


@define(eq=False)
class JournalFile:
    """Parts of at most `limit` bytes, `keep` of them; `is_ours` knows a first line of a journal."""

    path: bytes
    limit: int
    keep: int
    is_ours: Callable[[bytes], bool]
    _head: Callable[[int], bytes] = field(init=False, default=lambda _part: b"")
    """Gives the first line of a part."""
    _part: int = field(init=False, default=0)
    _descriptor: int | None = field(init=False, default=None)
    _buffer: list[bytes] = field(init=False, factory=list)
    _waiting: int = field(init=False, default=0)
    """Bytes in the buffer."""
    _size: int = field(init=False, default=0)
    """Bytes of the part, with those in the buffer."""

    @property
    def is_half_full(self) -> bool:
        """Whether more than half of the room has been used since the beginning."""
        used = (self._part - 1) * self.limit + self._size
        return 2 * used > self.keep * self.limit

    def open(self) -> None:
        """Open it, to go on behind what is there already. Raises JournalFileError."""
        if self._descriptor is not None:
            return
        with _told(self.path):
            self._descriptor = _open(self.path, 0)
            try:
                self._size = self._check(self._descriptor)
            except BaseException:
                self.abandon()
                raise

    def begin(self, head: Callable[[int], bytes]) -> None:
        """Begin a recording. Raises JournalFileError."""
        self.open()
        self._head, self._part = head, 1
        if self._size >= self.limit:
            self.flush()
            self._rotate()
        self._put(head(1))

    def write(self, lines: bytes) -> bool:
        """Take lines; says whether the buffer was empty before. Raises JournalFileError."""
        was_empty = not self._buffer
        if self._size + len(lines) > self.limit and self._size > 0:
            self.flush()
            self._next_part()
        self._put(lines)
        if self._waiting >= _BUFFER:
            self.flush()
        return was_empty

    def flush(self) -> None:
        """Write the buffer out. Raises JournalFileError, and leaves no half line behind then."""
        if self._descriptor is None or not self._buffer:
            return
        content, self._buffer, self._waiting = b"".join(self._buffer), [], 0
        with _told(self.path):
            before = os.fstat(self._descriptor)
            if (found := os.stat(self.path)).st_ino != before.st_ino or found.st_dev != before.st_dev:
                raise FileNotFoundError(errno.ENOENT, "It has been moved away")
            try:
                write_fully(self._descriptor, content)
            except OSError:
                with suppress(OSError):  # the first error is the one to tell
                    os.ftruncate(self._descriptor, before.st_size)
                raise

    def close(self) -> None:
        """Write the buffer out, and let go of the file. Raises JournalFileError."""
        try:
            self.flush()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file, and of what waits to be written."""
        descriptor, self._descriptor, self._buffer, self._waiting = self._descriptor, None, [], 0
        if descriptor is not None:
            with suppress(OSError):  # close(2): whatever it says, the descriptor is gone
                os.close(descriptor)

    # -- parts -----------------------------------------------------------------------------------

    def _put(self, lines: bytes) -> None:
        self._buffer.append(lines)
        self._waiting += len(lines)
        self._size += len(lines)

    def _next_part(self) -> None:
        if self._part >= self.keep:
            size = (
                f"{self.keep} parts of {self.limit >> 20} MB" if self.keep > 1 else f"{self.limit >> 20} MB"
            )
            message = f"{_shown(self.path)} has reached {size}"
            raise JournalFileError(message)
        self._part += 1
        self._rotate()
        self._put(self._head(self._part))

    def _rotate(self) -> None:
        """Move each part on by one number; the last one goes."""
        with _told(self.path):
            self.abandon()
            for number in range(self.keep - 1, 0, -1):
                older, newer = part_name(self.path, number), part_name(self.path, number - 1)
                with suppress(FileNotFoundError):  # so many there are not yet
                    os.rename(newer, older)
            if self.keep == 1:
                os.unlink(self.path)
            self._descriptor = _open(self.path, os.O_EXCL)
            self._size = 0

    def _check(self, descriptor: int) -> int:
        """Make sure that all parts are ours to move and remove; returns the size of the first one."""
        for number in range(self.keep):
            with suppress(FileNotFoundError):
                self._check_part(part_name(self.path, number))
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a daemon was killed while it wrote
            write_fully(descriptor, b"\n")
            size += 1
        return size

    def _check_part(self, path: bytes) -> None:
        with open(path, "rb") as file:
            first = file.readline(_LONGEST_HEAD)
        if first and not self.is_ours(first):
            message = f"{_shown(path)} is there already, and is no journal: name another file for -record"
            raise JournalFileError(message)


def part_name(path: bytes, number: int) -> bytes:
    """The file of a part: 0 is the newest."""
    return path + b".%d" % number if number else path


@contextmanager
def _told(path: bytes) -> Iterator[None]:
    """Turn an OSError into a line that names the file."""
    try:
        yield
    except OSError as error:
        message = f"cannot write {_shown(path)}: {error.strerror or error}"
        raise JournalFileError(message) from error


def _open(path: bytes, flags: int) -> int:
    """Open a part, for us alone."""
    always = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY | os.O_NONBLOCK
    descriptor = os.open(path, always | flags, _MODE)
    try:
        _lock(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "It is no regular file")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(errno.EBUSY, "Another pylsyncd records in it") from None


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
