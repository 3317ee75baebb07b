"""Lists a directory with what the kernel knows of each entry, for those that cannot be watched."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import Final

from pylsyncd.core.model import Entry

_FRESH: Final = 2_000_000_000
"""Nanoseconds; file systems that keep whole seconds, or two as FAT does, tell no earlier changes apart."""


def entries_of(path: bytes) -> tuple[Entry, ...]:
    """All entries by name, links not followed; what has left meanwhile is not among them. Raises OSError."""
    since = time.time_ns() - _FRESH
    entries = []
    with os.scandir(path) as found:
        for entry in found:
            with suppress(FileNotFoundError):
                entries.append(_entry(entry.name, entry.stat(follow_symlinks=False), since))
    return tuple(sorted(entries, key=lambda one: one.name))


def _entry(name: bytes, status: os.stat_result, since: int) -> Entry:
    changed = status.st_ctime_ns
    return Entry(
        name=name,
        is_directory=stat.S_ISDIR(status.st_mode),
        inode=status.st_ino,
        size=status.st_size,
        mtime=status.st_mtime_ns,
        ctime=changed,
        is_fresh=changed >= since,
    )
