"""Tells when a path may lead to another directory than before: one above it has moved, or a mount is new.

The kernel tells of a directory that is moved or removed itself, but not of one whose parent is moved, nor
of one that something is mounted over. To look every now and then would wake up a machine that is at rest.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Final, Protocol

from inotifyrecursive import INotify

from pylsyncd.core import masks
from pylsyncd.system.filesystems import MOUNTS
from pylsyncd.system.watch.inotify import parse_records

_SELF: Final = masks.MOVE_SELF | masks.DELETE_SELF | masks.ONLYDIR | masks.DONT_FOLLOW
_READ_SIZE: Final = 1 << 16


class Readers(Protocol):
    """As much of asyncio's event loop as is used here."""

    def add_reader(self, descriptor: int, callback: Callable[[], object], /) -> object: ...  # noqa: D102 - as asyncio has them
    def remove_reader(self, descriptor: int, /) -> bool: ...  # noqa: D102


class Whereabouts:
    """Calls `changed` whenever the paths it follows may lead elsewhere.

    What it cannot see makes it `is_blind`: then there is no way but to look every now and then, and to
    try again to follow.
    """

    def __init__(self, loop: Readers, changed: Callable[[], None]) -> None:
        self._loop = loop
        self._changed = changed
        self._names: dict[int, set[bytes]] = {}
        self._open = ExitStack()
        self.is_blind = True

    def follow(self, paths: Iterable[bytes]) -> None:
        """Follow these absolute paths, which end with a slash, from now on, and no others."""
        self.close()
        try:
            self._watch_mounts()
            inotify = self._listen()
            self._names = {}
            for path in paths:
                self._watch_above(inotify, path)
        except OSError:  # no descriptor or watch left, no right to read a directory, or it is not there
            self.close()
            self.is_blind = True
        else:
            self.is_blind = False

    def close(self) -> None:
        """Follow nothing."""
        self._open.close()

    def _watch_mounts(self) -> None:
        """A changed table of mounts is ready for urgent reading (proc(5)); for any other it always is."""
        table = os.open(MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
        self._open.callback(os.close, table)
        urgent = self._open.enter_context(select.epoll())
        urgent.register(table, select.EPOLLPRI)
        self._add_reader(urgent.fileno(), self._changed)

    def _listen(self) -> INotify:
        inotify = self._open.enter_context(INotify())
        os.set_blocking(inotify.fileno(), False)
        self._add_reader(inotify.fileno(), lambda: self._on_records(inotify))
        return inotify

    def _add_reader(self, descriptor: int, callback: Callable[[], object]) -> None:
        self._loop.add_reader(descriptor, callback)
        self._open.callback(self._loop.remove_reader, descriptor)

    def _watch_above(self, inotify: INotify, path: bytes) -> None:
        for parent, name in _above(path):
            # Of what is removed while somebody works in it only the parent hears.
            mask = _SELF | (masks.DELETE if parent + name + b"/" == path else 0)
            wd = inotify.add_watch(parent, mask | masks.MASK_ADD)
            self._names.setdefault(wd, set()).add(name)

    def _on_records(self, inotify: INotify) -> None:
        buffer = bytearray(_READ_SIZE)
        size = inotify.readinto(buffer)
        records = parse_records(bytes(memoryview(buffer)[:size])) if size else []
        if any(not record.name or record.name in self._names.get(record.wd, ()) for record in records):
            self._changed()


def _above(path: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The directories above a path, and the name in each that is on the way."""
    bare = path.rstrip(b"/")
    while bare:
        cut = bare.rfind(b"/")
        yield bare[: cut + 1], bare[cut + 1 :]
        bare = bare[:cut]
