"""Index of queued delays by path component: finds the newest one that a path touches.

Each directory and file name with a queued delay at or below it is a node. A node keeps its own
delays (as a file and as a directory, oldest first) and a heap of its children by the newest
position below them. Costs depend on the path's depth, never on how much is queued (spec 3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final

from attrs import define, field

from pylsyncd.core.model import Delay

_NOTHING: Final = -1
_SLACK: Final = 16
"""Stale heap entries that are not worth a rebuild."""

Accept = Callable[[Delay], bool]


@define(eq=False)
class _Node:
    """Invariant: the top of `newest_below` is a live child with its exact newest position."""

    parent: _Node | None
    name: bytes
    children: dict[bytes, _Node] = field(factory=dict)
    as_file: list[Delay] = field(factory=list)
    as_directory: list[Delay] = field(factory=list)
    newest_below: list[tuple[int, bytes]] = field(factory=list)
    live: int = 0

    def own_newest(self) -> Delay | None:
        """The newest delay of this very name, of either kind."""
        if not self.as_file:
            return self.as_directory[-1] if self.as_directory else None
        if not self.as_directory:
            return self.as_file[-1]
        return _newer(self.as_file[-1], self.as_directory[-1])

    def newest_position(self) -> int:
        """The newest position at or below this node."""
        own = self.own_newest()
        below = -self.newest_below[0][0] if self.newest_below else _NOTHING
        return below if own is None else max(own.position, below)

    def raise_child(self, name: bytes, position: int) -> None:
        """A child got a delay newer than every other one of the queue."""
        heap = self.newest_below
        if heap and heap[0][1] == name:
            heap[0] = (-position, name)
            return
        if len(heap) > 2 * len(self.children) + _SLACK:
            heap[:] = [(-child.newest_position(), key) for key, child in self.children.items()]
            heapify(heap)
        heappush(heap, (-position, name))

    def settle(self) -> None:
        """Restore the invariant after a child lost a delay; paid for by the insert of each entry."""
        heap = self.newest_below
        while heap:
            position, name = heap[0]
            child = self.children.get(name)
            if child is None:
                heappop(heap)
                continue
            actual = -child.newest_position()
            if actual == position:
                return
            heapreplace(heap, (actual, name))

    def newest_below_it(self) -> Delay | None:
        """The newest delay strictly below this node."""
        node = self
        while node.newest_below:
            position, name = node.newest_below[0]
            node = node.children[name]
            own = node.own_newest()
            if own is not None and own.position == -position:
                return own
        return None


class PathIndex:
    """All queued delays that have a path, by both ends of a Move."""

    def __init__(self) -> None:
        self._root = _Node(None, b"")

    def insert(self, delay: Delay, path: bytes) -> None:
        """Add a delay that is newer than all others."""
        node = self._root
        for name in _components(path):
            child = node.children.get(name)
            if child is None:
                child = node.children[name] = _Node(node, name)
            node = child
        _own(node, path).append(delay)
        position = delay.position
        while True:
            node.live += 1
            if node.parent is None:
                return
            node.parent.raise_child(node.name, position)
            node = node.parent

    def replace(self, old: Delay, new: Delay, path: bytes) -> None:
        """Put a delay where another of the same path was; it may be older, but than no other one."""
        node = self._find(path)
        own = _own(node, path)
        own[own.index(old)] = new
        while node.parent is not None and new.position != old.position:
            node = node.parent
            node.settle()

    def remove(self, delay: Delay, path: bytes) -> None:
        """Take out a delay that was inserted with this path."""
        node = self._find(path)
        _own(node, path).remove(delay)
        while True:
            node.live -= 1
            parent = node.parent
            if parent is None:
                return
            if node.live == 0:
                del parent.children[node.name]
            parent.settle()
            node = parent

    def newest_touching(self, path: bytes, accept: Accept | None = None) -> Delay | None:
        """The newest delay above, at, or (for a directory) below this path.

        With `accept`, delays of exactly this name count only if it takes them.
        """
        node = self._root
        best: Delay | None = None
        for name in _components(path):
            if node.as_directory:
                best = _newer(best, node.as_directory[-1])
            child = node.children.get(name)
            if child is None:
                return best
            node = child
        best = _newer(best, node.own_newest() if accept is None else _newest_accepted(node, accept))
        return _newer(best, node.newest_below_it()) if path.endswith(b"/") else best

    def newest_of_file(self, path: bytes) -> Delay | None:
        """The newest delay of exactly this file."""
        node: _Node | None = self._root
        for name in _components(path):
            node = None if node is None else node.children.get(name)
        return node.as_file[-1] if node is not None and node.as_file else None

    def _find(self, path: bytes) -> _Node:
        node = self._root
        for name in _components(path):
            node = node.children[name]
        return node


def _newest_accepted(node: _Node, accept: Accept) -> Delay | None:
    """Walks back over one name's delays: long only where events of one file do not combine."""
    as_file = next(filter(accept, reversed(node.as_file)), None)
    return _newer(as_file, next(filter(accept, reversed(node.as_directory)), None))


def _newer(one: Delay | None, other: Delay | None) -> Delay | None:
    if one is None:
        return other
    return one if other is None or one.position >= other.position else other


def _own(node: _Node, path: bytes) -> list[Delay]:
    return node.as_directory if path.endswith(b"/") else node.as_file


def _components(path: bytes) -> list[bytes]:
    inner = path.strip(b"/")
    return inner.split(b"/") if inner else []
