"""A small file system of our own, to fill up: a tmpfs in a mount namespace, with or without root."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUSER = 0x00020000, 0x10000000  # sched.h
_REC, _PRIVATE = 0x4000, 0x40000  # sys/mount.h
_DETACH = 2
_SIZE = b"size=24m"


def enter_namespace() -> str:
    """Let this process mount; returns why that cannot be had, or nothing. Before any thread is started."""
    user, group = os.geteuid(), os.getegid()
    try:
        _check(_LIBC.unshare(_NEWNS if user == 0 else _NEWNS | _NEWUSER))
        if user != 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        _check(_LIBC.mount(None, b"/", None, _REC | _PRIVATE, None))
    except OSError as error:
        return f"this user may not mount: {error.strerror}"
    return ""


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """Mount one there for the time of the block."""
    _check(_LIBC.mount(b"tmpfs", bytes(place), b"tmpfs", 0, _SIZE))
    try:
        yield
    finally:
        _check(_LIBC.umount2(bytes(place), _DETACH))


def _check(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
