"""A tree of path components, for directories that move as wholes; nothing in it recurses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import define, field

NEVER: Final = -(1 << 62)
"""A stamp older than every feed."""


@define(eq=False)
class Node:
    """One directory, or a mere step on the way to one.

    `wd` is its watch descriptor while it is watched. `claim` is the watch descriptor that a scan
    found here while the book held it elsewhere. `stamp` is the number of feeds there had been when
    a scan last told something new of this directory. The last two fields remember its path.
    """

    name: bytes
    parent: Node | None = field(default=None, repr=False)
    children: dict[bytes, Node] = field(factory=dict, repr=False)
    wd: int | None = None
    claim: int | None = None
    stamp: int = NEVER
    known_path: bytes = field(default=b"", repr=False)
    known_age: int = field(default=-1, repr=False)

    def lies_in(self, other: Node) -> bool:
        """Whether this is `other` or stands below it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is other


def walk(top: Node) -> Iterator[Node]:
    """`top` and all below it, parents first."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children.values())
        yield node


class PathTree:
    """Finds nodes by absolute path, paths by node.

    Paths are remembered in the nodes. A move outdates all of them at once by raising the age, so
    that it costs the same for a large subtree as for a small one.
    """

    def __init__(self) -> None:
        self.top: Final = Node(b"")
        self._age = 0

    def find(self, path: bytes) -> Node | None:
        """Look up the node at an absolute path; a slash at the end makes no difference."""
        node: Node | None = self.top
        for name in path.split(b"/"):
            if name and node is not None:
                node = node.children.get(name)
        return node

    def make(self, path: bytes) -> Node:
        """Look up the node at an absolute path; it and all on the way to it are made when missing."""
        node = self.top
        for name in path.split(b"/"):
            if name:
                node = node.children.get(name) or self.attach(Node(name), node, name)
        return node

    def attach(self, node: Node, parent: Node, name: bytes) -> Node:
        """Hang a new or a detached node below `parent`, where no child may have that name."""
        if node.known_age >= 0 or node.children:
            self._age += 1
        node.name = name
        node.parent = parent
        parent.children[name] = node
        return node

    def detach(self, node: Node) -> None:
        """Take a node, and with it all below it, out of the tree; the top stays."""
        if node.parent is not None:
            del node.parent.children[node.name]
            node.parent = None

    def prune(self, node: Node) -> None:
        """Take a node out that says nothing, then its parent if that says nothing now, and so on."""
        while node.parent is not None and not node.children and node.wd is None and node.claim is None:
            parent = node.parent
            self.detach(node)
            node = parent

    def path(self, node: Node) -> bytes:
        """Tell the absolute path of a node in the tree, with a slash at the end."""
        if node.known_age != self._age:
            node.known_path = self._compose(node)
            node.known_age = self._age
        return node.known_path

    def _compose(self, node: Node) -> bytes:
        names = [b""]
        while node.parent is not None and node.known_age != self._age:
            names.append(node.name)
            node = node.parent
        start = b"/" if node.parent is None else node.known_path
        return start + b"/".join(reversed(names))
