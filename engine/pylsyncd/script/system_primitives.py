"""Primitives on files and processes that the embedded Lua lacks, or that `lsyncd.*` promises."""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import subprocess
from contextlib import suppress
from typing import Final

from attrs import frozen

from pylsyncd.script.convert import to_bytes
from pylsyncd.script.errors import RefusalError
from pylsyncd.script.hard_links import RealTree, Tree
from pylsyncd.script.popen import Children

_ASKING: Final = 5.0
"""Seconds that a program may take to say which it is."""


@frozen
class SystemPrimitives:
    """Paths are texts of any bytes; failures that scripts may expect are answers, not errors."""

    children: Children

    def readdir(self, path: str) -> tuple[bytes | None, str]:
        """The entries, each `d` or `f` before its name and a NUL behind it; or None and the reason."""
        try:
            with os.scandir(_path(path)) as entries:
                return b"".join(map(_entry, entries)), ""
        except OSError as error:
            return None, _reason(error)

    def realdir(self, path: str) -> tuple[bytes | None, str]:
        """The real path of a directory with a trailing slash; or None and the reason."""
        try:
            real = os.path.realpath(_path(path), strict=True)
        except OSError as error:
            return None, _reason(error)
        if not os.path.isdir(real):
            return None, "Not a directory"
        return os.path.join(real, b""), ""

    def future_dir(self, path: str) -> bytes:
        """The real path of a directory that is not there yet, with a trailing slash."""
        return os.path.join(os.path.realpath(_path(path)), b"")

    def file_size(self, path: str) -> int | None:
        """Bytes of what the path leads to, or None."""
        try:
            return os.stat(_path(path)).st_size
        except OSError:
            return None

    def file_status(self, path: str) -> tuple[()] | tuple[str, int, int, int, int, int]:
        """Kind, mode, user, group, bytes and time of the last change in nanoseconds; or nothing.

        Links are not followed. The kind is a letter of `ls -l`.
        """
        try:
            status = os.lstat(_path(path))
        except OSError:
            return ()
        kind, mode = stat.filemode(status.st_mode)[0], stat.S_IMODE(status.st_mode)
        return kind, mode, status.st_uid, status.st_gid, status.st_size, status.st_mtime_ns

    def tree(self) -> Tree:
        """Where the names of files are looked for."""
        return RealTree()

    def free_port(self) -> int:
        """A local TCP port that nobody uses. Raises OSError."""
        return free_port()

    def end_pipe(self, path: str) -> None:
        """Give whoever waits to read from a named pipe the end of file (fifo(7)); else do nothing."""
        with suppress(OSError):  # ENXIO: nobody waits; ENOENT: it has left
            if stat.S_ISFIFO(os.lstat(_path(path)).st_mode):
                os.close(os.open(_path(path), os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))

    def is_copy_stuck(self, pid: int) -> bool:
        """Whether that process is a `cp` that has no file open: it waits in open(2), or has just begun."""
        try:
            with open(f"/proc/{pid}/comm", "rb") as name:
                is_copy = name.read() == b"cp\n"
            return is_copy and not any(_is_regular(f"/proc/{pid}/fd/{fd}") for fd in _open_files(pid))
        except OSError:  # it has ended, or is somebody else's
            return False

    def identity(self) -> tuple[int, int, int]:
        """The user and the group that children run as, and their file mode creation mask."""
        mask = os.umask(0o077)
        os.umask(mask)
        return os.geteuid(), os.getegid(), mask

    def version_of(self, program: str) -> bytes | None:
        """The first line of what `PROGRAM --version` prints; None if it cannot be had."""
        try:
            asked = subprocess.run(  # noqa: S603 - the program that the config names, with one harmless word
                [_path(program), b"--version"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=_ASKING,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return asked.stdout.partition(b"\n")[0]

    def kill(self, pid: int, signum: int) -> int:
        """0, or -1 if the signal could not be sent."""
        try:
            os.kill(pid, signum)
        except (OSError, OverflowError):
            return -1
        return 0

    def execute(self, command: str, stdin: str | None) -> int:
        """Start a program that belongs to no sync; its words are joined by NULs. Returns its pid."""
        words = to_bytes(command).split(b"\0")
        try:
            return self.children.execute(words, None if stdin is None else to_bytes(stdin))
        except OSError as error:
            reason = _reason(error).encode(errors="surrogateescape")
            raise RefusalError(b'lsyncd.exec: cannot execute "%s": %s' % (words[0], reason)) from error

    def check_descriptor(self, descriptor: int) -> None:
        """Refuse a descriptor that nobody can wait for: one that is not open, or a regular file."""
        try:
            with select.epoll() as poll:
                poll.register(descriptor, select.EPOLLIN)
        except (OSError, OverflowError) as error:
            reason = os.strerror(getattr(error, "errno", None) or errno.EBADF).encode()
            message = b"observefd: descriptor %d cannot be waited for: %s" % (descriptor, reason)
            raise RefusalError(message) from error

    def popen(self, command: str, mode: str) -> tuple[int, int]:
        """Start a shell with a pipe: our end's descriptor, and a number for the child."""
        try:
            return self.children.start(to_bytes(command), mode)
        except (OSError, ValueError) as error:
            raise RefusalError(b"io.popen: %s" % str(error).encode(errors="replace")) from error

    def close_descriptor(self, descriptor: int) -> None:
        """Close our end, now that Lua has opened it as a file of its own."""
        os.close(descriptor)

    def wait_child(self, child: int) -> int:
        """Wait for the end of a child; its exit code, or minus the signal that ended it."""
        try:
            return self.children.wait(child)
        except KeyError:
            message = b"io.popen: the exit code of this child is no longer known"
            raise RefusalError(message) from None


def free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago. Raises OSError."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _open_files(pid: int) -> list[int]:
    """Descriptors of a process beyond the standard ones (proc(5)). Raises OSError."""
    return [fd for fd in map(int, os.listdir(f"/proc/{pid}/fd")) if fd > 2]  # noqa: PLR2004 - standard error


def _is_regular(path: str) -> bool:
    return stat.S_ISREG(os.stat(path).st_mode)


def _path(text: str) -> bytes:
    if "\0" in text:
        message = b"a path cannot hold a NUL"
        raise RefusalError(message)
    return to_bytes(text)


def _entry(entry: os.DirEntry[bytes]) -> bytes:
    kind = b"d" if entry.is_dir(follow_symlinks=False) else b"f"
    return kind + entry.name + b"\0"


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
