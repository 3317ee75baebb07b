"""The least that a daemon has to do to keep a WatchBook in line with a tree, real or simulated."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define, field

from pylsyncd.core.model import EventType, Listed, Record, ScanResult
from pylsyncd.core.watchbook import Change, Overflowed, WatchBook


@define
class Driver:
    """Handles inputs in the order in which they came up, as the daemon's loop does."""

    book: WatchBook
    scan: Callable[[tuple[bytes, ...], bool], tuple[ScanResult, ...]]
    remove: Callable[[tuple[int, ...]], None]
    hides: Callable[[bytes], bool] = field(default=lambda _: False)
    inputs: deque[tuple[Record, ...] | list[ScanResult]] = field(factory=deque)
    seen: list[Change | Overflowed] = field(factory=list)

    def start(self, roots: tuple[bytes, ...]) -> None:
        self._ask(roots)

    def step(self, now: float) -> None:
        """Handle the oldest input."""
        given = self.inputs.popleft()
        if isinstance(given, tuple):
            self._follow(self.book.feed(given, now))
            return
        for result in given:
            if isinstance(result, Listed) and self.book.add(result.path, result.wd, is_whole=result.is_whole):
                self._ask(tuple(result.path + name + b"/" for name in result.directories))
        self._tidy()

    def expire(self, now: float) -> None:
        self._follow(self.book.expire(now))

    def _follow(self, changes: list[Change | Overflowed]) -> None:
        self.seen += changes
        goals = [
            change.path2 or change.path
            for change in changes
            if isinstance(change, Change) and change.etype in {EventType.CREATE, EventType.MOVE}
        ]
        self._tidy()
        for goal in goals:
            if goal.endswith(b"/"):
                self._ask((goal,))

    def _tidy(self) -> None:
        self.remove(self.book.take_stale())

    def _ask(self, paths: tuple[bytes, ...]) -> None:
        shown = tuple(path for path in paths if not self.hides(path))
        for path in set(paths) - set(shown):
            self.book.drop(path)  # it moved along with a parent, or to a name that is left alone
        self._tidy()
        if shown:
            self.inputs.append(list(self.scan(shown, False)))  # noqa: FBT003  # directories only
