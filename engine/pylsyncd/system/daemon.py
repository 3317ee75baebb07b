"""Becomes a daemon, while the operator's shell waits to hear whether that worked (spec 1.3)."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Final

from pylsyncd.system.files import write_fully

_READY: Final = b"R"
_FAILED: Final = b"F"
_DIED: Final = 255
_STANDARD_STREAMS: Final = (0, 1, 2)


class Readiness:
    """In the daemon: tells the waiting parent, once, how the start went. Later calls say nothing."""

    def __init__(self, pipe: int) -> None:
        self._pipe: int | None = pipe

    def ready(self) -> None:
        """Let the parent exit with 0."""
        self._tell(_READY)

    def fail(self, message: bytes, code: int) -> None:
        """Let the parent print the message on stderr and exit with `code` (-1 means 255, spec 1.3).

        This process goes on: it is the caller that ends it.
        """
        self._tell(_FAILED + bytes([code & 0xFF]) + message)

    def _tell(self, answer: bytes) -> None:
        if self._pipe is None:
            return
        pipe, self._pipe = self._pipe, None
        with suppress(BrokenPipeError):  # the operator did not wait; the daemon runs all the same
            write_fully(pipe, answer)
        os.close(pipe)


def daemonize() -> Readiness:
    """Return in a forked child: own session, in `/`, standard streams on /dev/null, the umask as it was.

    The parent never returns. It exits when the child has spoken through the Readiness, or with 255 when the
    child ended without a word. The child must say something because it alone can take the pid file's lock
    (fcntl(2): not inherited over fork), and the operator must still see that fail.

    To be called before there are threads or an event loop. One fork, as Lsyncd does it: files are opened with
    O_NOCTTY, so that a session leader gains no terminal. Raises OSError when it cannot fork.
    """
    _flush()
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if child:
        os.close(writer)
        os._exit(_await(reader, child))
    os.close(reader)
    os.setsid()
    os.chdir(b"/")
    _silence_streams()
    return Readiness(writer)


def fill_standard_streams() -> None:
    """Open /dev/null as any of descriptors 0 to 2 that is closed (`pylsyncd … <&- >&-`).

    To be called first of all: else the next file opened, the inotify descriptor say, becomes every child's
    standard output.
    """
    for descriptor in _STANDARD_STREAMS:
        try:
            os.fstat(descriptor)
        except OSError:  # EBADF; open(2) takes the lowest free number, which is this one
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - positional-only


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # None: it was closed when Python started
            with suppress(OSError):  # a full disk or closed pipe behind it is no reason not to start
                stream.flush()


def _silence_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in _STANDARD_STREAMS:
        os.dup2(null, descriptor)
    if null not in _STANDARD_STREAMS:
        os.close(null)


def _await(reader: int, child: int) -> int:
    """Wait for the child's word, print what it has to say, and return the exit code for the parent."""
    try:
        answer = _read_all(reader)
    except KeyboardInterrupt:  # the child left the terminal's session: ^C reaches the parent only
        os.kill(child, signal.SIGTERM)
        return 128 + signal.SIGINT
    if answer == _READY:
        return 0
    if answer[:1] == _FAILED:
        _complain(answer[2:])
        return answer[1]
    _complain(b"Error: the daemon ended before it was ready.")
    return _DIED


def _read_all(reader: int) -> bytes:
    answer = b""
    while part := os.read(reader, 65536):
        answer += part
    return answer


def _complain(message: bytes) -> None:
    with suppress(OSError):  # stderr is closed: the exit code has to do
        write_fully(2, message + b"\n")
