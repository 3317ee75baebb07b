"""What the kernel has queued for a daemon that has not read it yet."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from termios import FIONREAD
from typing import Final

from attrs import define

_PIDFD_GETFD: Final = 438
"""The system call, on every architecture; Python has no name for it."""
_INOTIFY: Final = "anon_inode:inotify"


@contextmanager
def inotify_of(pid: int) -> Iterator[int]:
    """The inotify descriptor of another process, as one of ours."""
    process = os.pidfd_open(pid)
    try:
        own = _taken(process, _inotify_number(pid))
        try:
            yield own
        finally:
            os.close(own)
    finally:
        os.close(process)


def _inotify_number(pid: int) -> int:
    """Its number there; raises LookupError if there is none."""
    directory = f"/proc/{pid}/fd"
    for name in os.listdir(directory):
        if os.readlink(f"{directory}/{name}") == _INOTIFY:
            return int(name)
    message = f"process {pid} has no inotify descriptor"
    raise LookupError(message)


def _taken(process: int, number: int) -> int:
    own = ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, process, number, 0)
    if own < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return int(own)


def unread(descriptor: int) -> int:
    """Bytes that wait there."""
    (waiting,) = struct.unpack("i", fcntl.ioctl(descriptor, FIONREAD, bytes(4)))
    return int(waiting)


@define
class Pauses:
    """Looks at the number of bytes again and again: while it does not fall, nobody reads."""

    longest: float = 0.0
    """Seconds."""
    _last: int = 0
    _since: float = 0.0

    def look(self, waiting: int, now: float) -> None:
        """Note how many bytes wait now."""
        if waiting == 0 or waiting < self._last or self._last == 0:
            self._since = now
        self._last = waiting
        self.longest = max(self.longest, now - self._since)


def watched_while(descriptor: int, seconds: float, pauses: Pauses) -> None:
    """Look all the time for so long."""
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        pauses.look(unread(descriptor), now)
