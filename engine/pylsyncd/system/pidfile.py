"""The pid file: at most one daemon holds it, and it says which (spec 1.3)."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from typing import Final

_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN})
"""What a lock that somebody else holds gives (lockf(3))."""


class PidFileError(Exception):
    """The pid file cannot be had; `message` is a line for the operator."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message.decode("utf-8", "backslashreplace"))
        self.message = message


class PidFile:
    """Holds the pid file from construction to `release`; raises PidFileError when it cannot.

    The lock is `lockf`'s, the same as Lsyncd's, so that neither starts beside the other. It belongs to the
    process: a fork does not inherit it (fcntl(2)), and closing any descriptor of the same file drops it, so
    take it after `daemonize` and never open the file elsewhere.
    """

    def __init__(self, path: bytes) -> None:
        self.path: Final = os.path.abspath(path)
        try:
            self._descriptor: int | None = _open_locked(self.path)
        except OSError as error:
            raise PidFileError(_cannot_write(path, error)) from error
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)
        except OSError as error:
            self.release()
            raise PidFileError(_cannot_write(path, error)) from error

    def release(self) -> None:
        """Remove the file, unless it is somebody else's by now, and give up the lock; may be called again."""
        if self._descriptor is None:
            return
        with suppress(OSError):  # a directory that is gone or locked away: the daemon ends all the same
            if _is_at(self.path, self._descriptor):
                os.unlink(self.path)
        os.close(self._descriptor)
        self._descriptor = None


def _open_locked(path: bytes) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _lock(descriptor, path)
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # its last holder removed it between our open and our lock: that lock guards nothing
        os.close(descriptor)


def _lock(descriptor: int, path: bytes) -> None:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        message = b'Pid file "%s" is held by %s: is the daemon running already?'
        raise PidFileError(message % (path, _holder(descriptor))) from error


def _holder(descriptor: int) -> bytes:
    pid = os.pread(descriptor, 32, 0).strip()
    return b"process " + pid if pid.isdigit() else b"another process"


def _is_at(path: bytes, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _cannot_write(path: bytes, error: OSError) -> bytes:
    return b'Cannot write pid file "%s": %s' % (path, os.strerror(error.errno or 0).encode())
