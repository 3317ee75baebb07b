"""A tree of path components, for directories that move as wholes; nothing in it recurses.

Of a hundred thousand directories nearly all have no others in them, and nothing happens in them for
hours. So a node has only what it cannot do without: what few of them need stands in tables beside them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from attrs import define, field

_MOST_PATHS: Final = 16_384
"""Paths that are remembered, at some 150 bytes each; then memory starts again."""

_CHILDLESS: Final[dict[bytes, Node]] = {}
"""The children of all that have none; never written to."""


@define(eq=False, weakref_slot=False)
class Node:
    """One directory, or a mere step on the way to one; `wd` is its watch descriptor while it is watched."""

    name: bytes
    parent: Node | None = field(default=None, repr=False)
    children: dict[bytes, Node] = field(default=_CHILDLESS, repr=False)
    """To be read only: `PathTree` has and takes them."""
    wd: int | None = None

    def lies_in(self, other: Node) -> bool:
        """Whether this is `other` or stands below it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is other

    def be_alone(self) -> None:
        """Let go of what is above and below: the garbage collector, which may be off, finds no cycles."""
        self.parent = None
        self.children = _CHILDLESS


def walk(top: Node) -> Iterator[Node]:
    """`top` and all below it, parents first."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children.values())
        yield node


class PathTree:
    """Finds nodes by absolute path, paths by node.

    Paths that were asked for are remembered until something moves: then all of them are forgotten at once, so
    that a large subtree moves as fast as a small one.
    """

    def __init__(self) -> None:
        self.top: Final = Node(b"")
        self._paths: dict[Node, bytes] = {self.top: b"/"}
        self._nearby: tuple[bytes, Node] = (b"/", self.top)
        """The directory last looked into: what is found by a scan lies side by side."""

    def find(self, path: bytes) -> Node | None:
        """Look up the node at an absolute path; a slash at the end makes no difference."""
        return self.locate(path)[0]

    def locate(self, path: bytes) -> tuple[Node | None, Node | None]:
        """As `find`, and the node of the directory that it lies in; the top lies in itself."""
        above, name = _divided(path)
        parent = self._find_directory(above)
        return (parent if parent is None or not name else parent.children.get(name)), parent

    def make(self, path: bytes) -> Node:
        """Look up the node at an absolute path; it and all on the way to it are made when missing."""
        above, name = _divided(path)
        node = self._find_directory(above)
        if node is not None and name:
            return node.children.get(name) or self.attach(Node(name), node, name)
        node = self.top
        for step in path.split(b"/"):
            if step:
                node = node.children.get(step) or self.attach(Node(step), node, step)
        return node

    def _find_directory(self, path: bytes) -> Node | None:
        known, node = self._nearby
        if path == known:
            return node
        found: Node | None = self.top
        for name in path.split(b"/"):
            if name and found is not None:
                found = found.children.get(name)
        if found is not None:
            self._nearby = (path, found)
        return found

    def attach(self, node: Node, parent: Node, name: bytes) -> Node:
        """Hang a new or a detached node below `parent`, where no child may have that name."""
        if parent.children is _CHILDLESS:
            parent.children = {}
        node.name = name
        node.parent = parent
        parent.children[name] = node
        return node

    def detach(self, node: Node) -> None:
        """Take a node, and with it all below it, out of the tree; the top stays."""
        parent = node.parent
        if parent is None:
            return
        del parent.children[node.name]
        if not parent.children:
            parent.children = _CHILDLESS
        node.parent = None
        self._nearby = (b"/", self.top)
        if node.children:
            self._forget_paths()
        else:
            self._paths.pop(node, None)

    def prune(self, node: Node, needed: Container[Node] = ()) -> None:
        """Take a node out that says nothing, then its parent if that says nothing now, and so on.

        What has children, a watch, or is `needed` says something.
        """
        while node.parent is not None and not node.children and node.wd is None and node not in needed:
            parent = node.parent
            self.detach(node)
            node = parent

    def path(self, node: Node) -> bytes:
        """Tell the absolute path of a node in the tree, with a slash at the end."""
        path = self._paths.get(node)
        if path is None:
            path = self._compose(node)
            if len(self._paths) >= _MOST_PATHS:
                self._forget_paths()
            self._paths[node] = path
        return path

    def _forget_paths(self) -> None:
        self._paths = {self.top: b"/"}

    def _compose(self, node: Node) -> bytes:
        names = [b""]
        while node.parent is not None and node not in self._paths:
            names.append(node.name)
            node = node.parent
        return self._paths[node] + b"/".join(reversed(names))


def _divided(path: bytes) -> tuple[bytes, bytes]:
    """The directory that a path lies in, with a slash at its end, and its name there; the top has none."""
    bare = path.rstrip(b"/")
    cut = bare.rfind(b"/") + 1
    return bare[:cut] or b"/", bare[cut:]
