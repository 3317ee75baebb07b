"""Runs a command that can write below one directory only, connect nowhere and signal nobody outside.

It ends with whoever has started it.

A script of its own, run by `python -IS fence.py DIRECTORY COMMAND...`. The kernel's Landlock does it
(landlock(7), Linux 5.13 and later), for the command and all it starts, and nobody need be root. Where the
kernel has none the command is run all the same: `is_available` says so beforehand.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
from typing import Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same number on all architectures
_VERSION_FLAG: Final = 1
_BENEATH: Final = 1  # LANDLOCK_RULE_PATH_BENEATH
_NO_NEW_PRIVS: Final = 38  # prctl(2)
_PDEATHSIG: Final = 1

_WRITES: Final = 0b1_1111_1111_0010
"""LANDLOCK_ACCESS_FS_: WRITE_FILE (1), REMOVE_DIR (4), REMOVE_FILE, and MAKE_ of seven kinds (6 to 12)."""
_SINCE: Final = ((2, 1 << 13), (3, 1 << 14))
"""Version of the interface, and what it adds: REFER, TRUNCATE."""
_OF_A_FILE: Final = 1 << 1 | 1 << 14
"""What a rule on a file, not a directory, may hold: WRITE_FILE, TRUNCATE."""
_NET_SINCE: Final = 4
_NET: Final = 0b10  # CONNECT_TCP; to bind is how a free port for a tunnel is found
_SCOPE_SINCE: Final = 6
_SCOPED: Final = 0b10  # SIGNAL

_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    return int(_LIBC.syscall(ctypes.c_long(number), *arguments))


def version() -> int:
    """Which Landlock this kernel has; 0 or less: none."""
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))


def is_available() -> bool:
    """Whether the fence holds."""
    return version() > 0


def enclose(directory: bytes) -> None:
    """Fence in this process for good. Raises OSError."""
    abi = version()
    handled = _WRITES
    for since, right in _SINCE:
        handled |= right if abi >= since else 0
    rules = struct.pack(
        "=QQQ", handled, _NET if abi >= _NET_SINCE else 0, _SCOPED if abi >= _SCOPE_SINCE else 0
    )
    size = 24 if abi >= _SCOPE_SINCE else 16 if abi >= _NET_SINCE else 8
    ruleset = _checked(_call(_CREATE_RULESET, rules, ctypes.c_size_t(size), ctypes.c_uint32(0)))
    _allow(ruleset, directory, handled)
    _allow(ruleset, b"/dev/null", handled & _OF_A_FILE)
    _checked(int(_LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)))
    _checked(_call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))


def _allow(ruleset: int, path: bytes, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = struct.pack("=Qi", rights, place)
    _checked(_call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), rule, ctypes.c_uint32(0)))
    os.close(place)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _main() -> None:
    directory, *command = (os.fsencode(word) for word in sys.argv[1:])
    _LIBC.prctl(_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)  # it is kept across execve(2)
    if is_available():
        enclose(directory)
    os.execvp(command[0], command)  # noqa: S606 - no shell: that is what the fence is for


if __name__ == "__main__":
    _main()
