"""A private directory for the sockets through which calls of ssh share a connection."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from attrs import define, field

_PLACE: Final = b"${PYLSYNCD_SOCKETS}"
"""Stands in a command for the directory, which is not made before something is to run there; so a
recording does not depend on where it lies (stdlib_lua/default/rsyncssh.lua)."""

_SOCKET: Final = re.compile(re.escape(_PLACE) + rb"/\d+")
_NO_SOCKET: Final = b"none"
"""For ssh that is no socket at all: each call has its own connection (ssh_config(5), ControlPath)."""

_LONGEST_PLACE: Final = 80
"""Bytes of a directory's path: ssh binds PLACE/NUMBER with a dot and 16 letters behind it, and the kernel
takes 107 (unix(7))."""

_PLAIN: Final = re.compile(rb"/[\w./-]*", re.ASCII)
"""Paths that stand in rsync's --rsh as one word without quotes."""

_PATIENCE: Final = 2.0
"""Seconds for the connections to end; one whose process hangs stays, it was no better before."""


@define(eq=False)
class Sockets:
    """The directory of one configuration of the daemon, if it needs one; `close` ends all connections."""

    log: Callable[[str, bytes], None]
    _directory: bytes | None = None
    _has_complained: bool = False
    _former: list[bytes] = field(factory=list)
    """Directories of configurations of before: connections that are in use end when they are not."""

    def fill_in(self, argv: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Put the directory into a command that speaks of it."""
        if not any(_PLACE in word for word in argv):
            return argv
        directory = self._directory or self._make()
        if directory is None:
            return tuple(_SOCKET.sub(_NO_SOCKET, word) for word in argv)
        return tuple(word.replace(_PLACE, directory) for word in argv)

    def renew(self) -> None:
        """Begin with a new directory: the same number may mean another host in the next configuration.

        What still runs goes on over the old connections, which end a minute after their last use.
        """
        self._former = [directory for directory in self._former if not _is_removed(directory)]
        if self._directory is not None:
            self._former.append(self._directory)
            self._directory = None

    def close(self) -> None:
        """End the connections, and leave nothing behind."""
        self.renew()
        while self._former:
            _clear(self._former.pop())

    def _make(self) -> bytes | None:
        """Make the directory; None, and a line in the log, where there can be none."""
        reason = b"no place for it"
        for above in _places():
            directory = os.path.join(above, b"pylsyncd-" + os.urandom(6).hex().encode())
            try:
                os.mkdir(directory, 0o700)  # fails where there is anything, a link too
            except OSError as error:
                reason = os.strerror(error.errno or 0).encode()
            else:
                self._directory = directory
                return directory
        if not self._has_complained:
            self._has_complained = True
            self.log("Warn", b"No directory for the sockets of ssh (%s): each call logs in anew." % reason)
        return None


def _places() -> Iterator[bytes]:
    """Directories in which ours may be made, the best first."""
    own = os.environb.get(b"XDG_RUNTIME_DIR", b"")
    for place in (own, b"/tmp"):
        is_short = len(place) + len(b"/pylsyncd-") + 12 <= _LONGEST_PLACE
        if _PLAIN.fullmatch(place) and is_short and _is_safe(place):
            yield place


def _is_safe(place: bytes) -> bool:
    """Whether nobody but us and root can put something else in the place of what we make there.

    A runtime directory may be somebody else's: sudo keeps the variable.
    """
    try:
        status = os.stat(place)
    except OSError:
        return False
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX
    return status.st_uid in {0, os.geteuid()} and not others_write


def _is_removed(directory: bytes) -> bool:
    """Remove it if no connection is left in it."""
    try:
        os.rmdir(directory)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _clear(directory: bytes) -> None:
    with suppress(OSError):  # somebody else has removed it, which is all the same
        sockets = [os.path.join(directory, name) for name in os.listdir(directory)]
        _end_connections(sockets)
        for socket in sockets:
            with suppress(FileNotFoundError):  # ssh removes its own
                os.unlink(socket)
        os.rmdir(directory)


def _end_connections(sockets: list[bytes]) -> None:
    """Ask each process that holds a connection to end."""
    asking = list(map(_ask_to_end, sockets))
    patience = _PATIENCE
    for child in asking:
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            patience = 0.0  # the others have had the same time
            child.kill()
            child.wait()


def _ask_to_end(socket: bytes) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - no word of it is a user's
        [b"ssh", b"-F", b"none", b"-S", socket, b"-O", b"exit", b"pylsyncd"],  # the host is not looked at
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
