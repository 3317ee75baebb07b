"""Which syncs look into a directory: found once, since most events are of files in few directories."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pylsyncd.core.sync import Sync

_MOST: Final = 10_000
"""Directories that are remembered, at some 100 bytes each; then the routes are found anew."""


class Routes:
    """To be told whenever the rules of a sync change."""

    def __init__(self, syncs: Iterable[Sync]) -> None:
        self._syncs = tuple(syncs)
        self._routes: dict[bytes, tuple[Sync, ...]] = {}
        self._known: dict[tuple[int, ...], tuple[Sync, ...]] = {}
        """Equal routes are one."""

    def of(self, path: bytes) -> tuple[Sync, ...]:
        """The syncs that look into the directory in which a file of this absolute path lies."""
        directory = path[: path.rfind(b"/") + 1]
        return self._routes.get(directory) or self._find(directory)

    def forget(self) -> None:
        """The rules are others now."""
        self._routes.clear()

    def _find(self, directory: bytes) -> tuple[Sync, ...]:
        if len(self._routes) >= _MOST:
            self._routes.clear()
        found = tuple(sync for sync in self._syncs if sync.wants_watch(directory))
        route = self._known.setdefault(tuple(sync.config.id for sync in found), found)
        self._routes[directory] = route
        return route
