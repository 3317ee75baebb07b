"""The system calls behind fanotify and file handles (fanotify(7), open_by_handle_at(2)), by ctypes."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final, NoReturn

NONBLOCKING: Final = 0x1 | 0x2
"""FAN_CLOEXEC and FAN_NONBLOCK; FAN_CLASS_NOTIF is 0."""
UNLIMITED_QUEUE: Final = 0x10
REPORT_DFID_NAME: Final = 0x400 | 0x800
"""Each event has the handle of a directory, and the name in it; from kernel 5.9."""
REPORT_TARGET: Final = 0x200 | 0x1000
"""FAN_REPORT_FID and FAN_REPORT_TARGET_FID: the handle of what has the name, too; from kernel 5.17."""
RENAME: Final = 0x1000_0000
"""Both names of a rename in one event; from kernel 5.17."""

_ADD_FILE_SYSTEM: Final = 0x1 | 0x100
_EMPTY_PATH: Final = 0x1000
_AT_FDCWD: Final = -100
_MOST_BYTES: Final = 128
"""MAX_HANDLE_SZ."""

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Handle(ctypes.Structure):
    """`struct file_handle`."""

    _fields_ = (
        ("handle_bytes", ctypes.c_uint),
        ("handle_type", ctypes.c_int),
        ("f_handle", ctypes.c_ubyte * _MOST_BYTES),
    )


_HEAD: Final = ctypes.sizeof(_Handle) - _MOST_BYTES
_FSID: Final = struct.Struct("=II")
FSID_SIZE: Final = _FSID.size


def new_group(flags: int) -> int:
    """A descriptor that tells of events. Raises OSError: EPERM, EINVAL from a kernel too old, EMFILE."""
    descriptor: int = _libc.fanotify_init(flags, os.O_RDONLY | os.O_LARGEFILE | os.O_CLOEXEC)
    if descriptor < 0:
        _fail()
    return descriptor


def mark_file_system(group: int, mask: int, path: bytes) -> None:
    """Have a whole file system tell, the one that a directory lies in. Raises OSError."""
    flags, wide = ctypes.c_uint(_ADD_FILE_SYSTEM), ctypes.c_uint64(mask)
    if _libc.fanotify_mark(group, flags, wide, _AT_FDCWD, path) < 0:
        _fail()


def handle_of(descriptor: int) -> bytes:
    """What names an open directory in events: its file system, and its handle there. Raises OSError."""
    handle = _Handle(handle_bytes=_MOST_BYTES)
    mount = ctypes.c_int()
    arguments = (ctypes.byref(handle), ctypes.byref(mount), _EMPTY_PATH)
    if _libc.name_to_handle_at(descriptor, b"", *arguments) < 0:
        _fail()
    return file_system_of(descriptor) + bytes(handle)[: _HEAD + handle.handle_bytes]


def file_system_of(descriptor: int) -> bytes:
    """The number of a file system, as events have it."""
    number = os.fstatvfs(descriptor).f_fsid
    return _FSID.pack(number & 0xFFFF_FFFF, number >> 32)


def open_handle(beside: int, handle: bytes) -> int:
    """Open what `handle_of` has named; `beside` is anything open on the same mount.

    Raises OSError: ESTALE if it is no more, EPERM without CAP_DAC_READ_SEARCH.
    """
    known = handle[FSID_SIZE:]
    given = ctypes.create_string_buffer(known, len(known))
    descriptor: int = _libc.open_by_handle_at(beside, given, os.O_PATH | os.O_CLOEXEC)
    if descriptor < 0:
        _fail()
    return descriptor


def path_of(descriptor: int) -> bytes | None:
    """Where an open directory is now, with a slash at its end; None: nowhere, or too deep to tell."""
    if not os.fstat(descriptor).st_nlink:
        return None
    try:
        return os.path.join(os.readlink(b"/proc/self/fd/%d" % descriptor), b"")
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return None


def _fail() -> NoReturn:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
