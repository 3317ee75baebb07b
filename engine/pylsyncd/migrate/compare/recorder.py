"""Stands in for a program: tells how it was called, and ends as it is told.

A script of its own, run by `python -IS recorder.py SOCKET ORIGIN LANES PROGRAM [ARGUMENT...]`; it imports
little, since a comparison starts hundreds. `gate` is at the other end of the socket.
"""

from __future__ import annotations

import os
import socket
import stat
import sys


def _fed() -> list[bytes]:
    """The standard input, if there is one."""
    kind = os.fstat(0).st_mode
    if stat.S_ISCHR(kind) or stat.S_ISSOCK(kind):  # /dev/null, or what the daemon was given itself
        return []
    with open(0, "rb", closefd=False) as file:
        return [file.read()]


def _frame(words: list[bytes]) -> bytes:
    """Each word behind its length, all of it behind the number of bytes."""
    content = b"".join(len(word).to_bytes(4, "big") + word for word in words)
    return len(content).to_bytes(4, "big") + content


def _verdict(place: bytes, words: list[bytes]) -> int:
    """How to end: an exit code, or minus a signal."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(place)
        link.sendall(_frame(words))
        return int(link.recv(16) or b"0")  # nothing: the comparison is over


def _main() -> None:
    place, origin, lanes, *command = (os.fsencode(word) for word in sys.argv[1:])
    fed = _fed()
    verdict = _verdict(place, [origin, lanes, b"%d" % len(fed), *fed, *command])
    if verdict < 0:
        os.kill(os.getpid(), -verdict)
    os._exit(verdict)


if __name__ == "__main__":
    _main()
