"""The files of a simulated world: a tree that tells its listener of each change, as inotify would."""

from __future__ import annotations

import enum
import errno
from collections.abc import Iterator
from itertools import count
from typing import Final, Protocol

from attrs import define, field

from pylsyncd.core import masks


class Kind(enum.Enum):
    """What a node is; the values are the letters of `ls -l`."""

    FILE = "-"
    DIRECTORY = "d"
    LINK = "l"
    PIPE = "p"


_MODES: Final = {Kind.FILE: 0o644, Kind.DIRECTORY: 0o755, Kind.LINK: 0o777, Kind.PIPE: 0o644}


@define(eq=False)
class Node:
    """A file or directory. `mtime` is in nanoseconds since 1970."""

    kind: Kind
    size: int = 0
    mtime: int = 0
    entries: dict[bytes, Node] = field(factory=dict)
    wd: int | None = None
    """The watch on it, for a directory."""
    names: int = 1
    """How many a file has (link(2))."""

    @property
    def mode(self) -> int:
        """The permissions, as a umask of 022 leaves them."""
        return _MODES[self.kind]

    @property
    def is_directory(self) -> bool:
        """Whether it can hold others."""
        return self.kind is Kind.DIRECTORY


class FileError(Exception):
    """A step that no file system would do; the text says why, and what to do about it."""


class Listener(Protocol):
    """Whoever watches; told after each change."""

    def happened(self, directory: Node, mask: int, name: bytes = b"", cookie: int = 0) -> None:
        """Something in a directory, or, without a name, to the directory itself."""


class Deaf:
    """Before anybody watches."""

    def happened(self, directory: Node, mask: int, name: bytes = b"", cookie: int = 0) -> None:
        """Nobody is told."""


@define(eq=False)
class Files:
    """All paths are absolute; a trailing slash does not matter. Time stands in `wall`, nanoseconds."""

    top: Node = field(factory=lambda: Node(Kind.DIRECTORY))
    listener: Listener = field(factory=Deaf)
    wall: int = 0
    known: set[bytes] = field(factory=set)
    """Directories, with a slash, below which there is nothing but what is here: the sources."""
    _cookies: count[int] = field(factory=lambda: count(1))

    # -- looking ---------------------------------------------------------------------------------

    def find(self, path: bytes) -> Node | None:
        """What is at a path, links not followed; None: nothing."""
        node: Node | None = self.top
        for name in _names(path):
            node = node.entries.get(name) if node is not None and node.is_directory else None
        return node

    def knows(self, path: bytes) -> bool:
        """Whether what is not found at that path is not there at all."""
        return any(path.startswith(directory) for directory in self.known)

    def walk(self, path: bytes) -> Iterator[tuple[bytes, Node]]:
        """All below a directory, parents first, by name."""
        node = self.find(path)
        for name in sorted(node.entries) if node is not None else ():
            inner = path.rstrip(b"/") + b"/" + name
            found = self.find(inner)
            if found is not None:
                yield inner, found
                yield from self.walk(inner)

    # -- before the start ------------------------------------------------------------------------

    def have(self, path: bytes, size: int) -> Node:
        """Put something there with all its parents; a path that ends with `/` is a directory."""
        *parents, name = _names(path) or [b""]
        node = self.top
        for parent in parents:
            node = _descend(node, parent, path)
        if path.endswith(b"/"):
            return _descend(node, name, path) if name else self.top
        if name in node.entries:
            raise FileError(_refusal(path, "is there already"))
        node.entries[name] = Node(Kind.FILE, size, self.wall)
        return node.entries[name]

    # -- changes ---------------------------------------------------------------------------------

    def make_directory(self, path: bytes) -> None:
        """mkdir(2). Raises FileError."""
        self._add(path, Node(Kind.DIRECTORY, 0, self.wall), masks.ISDIR)

    def open_new(self, path: bytes) -> None:
        """Create a file that is to be written and closed later. Raises FileError."""
        self._add(path, Node(Kind.FILE, 0, self.wall), 0)

    def make_pipe(self, path: bytes) -> None:
        """mkfifo(3). Raises FileError."""
        self._add(path, Node(Kind.PIPE, 0, self.wall), 0)

    def make_link(self, path: bytes, leads_to: bytes) -> None:
        """symlink(2). Raises FileError."""
        self._add(path, Node(Kind.LINK, len(leads_to), self.wall), 0)

    def make_name(self, path: bytes, path2: bytes) -> None:
        """link(2): a second name for a file. Raises FileError."""
        _, _, node = self._entry(path)
        if node.is_directory:
            raise FileError(_refusal(path, "is a directory, which has one name only"))
        self._add(path2, node, 0)
        node.names += 1

    def write(self, path: bytes, size: int, *, is_new: bool) -> None:
        """Open, write and close a file; one that is not there is created. Raises FileError."""
        parent, name = self._parent(path)
        node = parent.entries.get(name)
        is_created = node is None
        if node is None:
            node = Node(Kind.FILE)
            self._add(path, node, 0)
        elif is_new:
            raise FileError(_refusal(path, "is there already"))
        elif node.kind is not Kind.FILE:
            raise FileError(_refusal(path, "is no file"))
        if size or not is_created:  # to cut an empty file short (O_TRUNC) is to modify it, too
            self.listener.happened(parent, masks.MODIFY, name)
        node.size, node.mtime = size, self.wall
        self.listener.happened(parent, masks.CLOSE_WRITE, name)

    def append(self, path: bytes, size: int) -> None:
        """Write to a file that stays open. Raises FileError."""
        parent, name, node = self._entry(path)
        if node.kind is not Kind.FILE:
            raise FileError(_refusal(path, "is no file"))
        node.size, node.mtime = size, self.wall
        self.listener.happened(parent, masks.MODIFY, name)

    def touch(self, path: bytes) -> None:
        """Change attributes. Raises FileError."""
        parent, name, node = self._entry(path)
        node.mtime = self.wall + 1  # another time than the one it has from being written right now
        self.listener.happened(parent, masks.ATTRIB | _isdir(node), name)
        if node.is_directory:
            self.listener.happened(node, masks.ATTRIB | masks.ISDIR)

    def delete(self, path: bytes) -> None:
        """Remove a file, or a directory with all below it, by name and depth first. Raises FileError."""
        parent, name, node = self._entry(path)
        for inner in sorted(node.entries):
            self.delete(path.rstrip(b"/") + b"/" + inner)
        del parent.entries[name]
        node.names -= 1
        parent.mtime = self.wall
        self._end(node)  # kernels differ in which of the two comes first
        self.listener.happened(parent, masks.DELETE | _isdir(node), name)

    def move(self, path: bytes, path2: bytes) -> None:
        """rename(2). Raises FileError."""
        parent, name, node = self._entry(path)
        parent2, name2 = self._parent(path2)
        replaced = parent2.entries.get(name2)
        if replaced is node:
            return
        if node.is_directory and _holds(node, parent2):
            raise FileError(_refusal(path2, f"lies in {_shown(path)}"))
        if replaced is not None:
            _check_replaceable(node, replaced, path2)
            replaced.names -= 1
        del parent.entries[name]
        parent2.entries[name2] = node
        parent.mtime = parent2.mtime = self.wall
        self._tell_of_move(node, (parent, name), (parent2, name2))
        if replaced is not None and replaced.is_directory:
            self.listener.happened(replaced, masks.ATTRIB | masks.ISDIR)  # its count of links has changed
        if node.is_directory:
            self.listener.happened(node, masks.MOVE_SELF)
        if replaced is not None:
            self._end(replaced)

    def exchange(self, path: bytes, path2: bytes) -> None:
        """renameat2(2) with RENAME_EXCHANGE. Raises FileError."""
        parent, name, node = self._entry(path)
        parent2, name2, node2 = self._entry(path2)
        if node is node2:
            return
        if _holds(node, parent2) or _holds(node2, parent):
            raise FileError(_refusal(path2, f"and {_shown(path)} lie in each other"))
        parent.entries[name], parent2.entries[name2] = node2, node
        self._tell_of_move(node, (parent, name), (parent2, name2))
        self._tell_of_move(node2, (parent2, name2), (parent, name))

    # -- parts -----------------------------------------------------------------------------------

    def _add(self, path: bytes, node: Node, isdir: int) -> None:
        parent, name = self._parent(path)
        if name in parent.entries:
            raise FileError(_refusal(path, "is there already"))
        parent.entries[name] = node
        parent.mtime = self.wall
        self.listener.happened(parent, masks.CREATE | isdir, name)

    def _parent(self, path: bytes) -> tuple[Node, bytes]:
        *parents, name = _names(path) or [b""]
        if not name:
            raise FileError(_refusal(path, "is the root"))
        node = self.find(b"/".join(parents))
        if node is None or not node.is_directory:
            raise FileError(_refusal(path, f"has no directory to be in: create {_shown(_above(path))} first"))
        return node, name

    def _entry(self, path: bytes) -> tuple[Node, bytes, Node]:
        parent, name = self._parent(path)
        if name not in parent.entries:
            raise FileError(_refusal(path, "is not there: create it first, or say `have` before the start"))
        return parent, name, parent.entries[name]

    def _tell_of_move(self, node: Node, origin: tuple[Node, bytes], destination: tuple[Node, bytes]) -> None:
        cookie = next(self._cookies)
        self.listener.happened(origin[0], masks.MOVED_FROM | _isdir(node), origin[1], cookie)
        self.listener.happened(destination[0], masks.MOVED_TO | _isdir(node), destination[1], cookie)

    def _end(self, node: Node) -> None:
        if node.is_directory:
            self.listener.happened(node, masks.DELETE_SELF)


def error_of(node: Node | None) -> int:
    """Why what is there, or is not, cannot be listed (errno)."""
    return errno.ENOENT if node is None else errno.ENOTDIR


def _names(path: bytes) -> list[bytes]:
    return [name for name in path.split(b"/") if name]


def _above(path: bytes) -> bytes:
    return path.rstrip(b"/").rpartition(b"/")[0] + b"/"


def _descend(node: Node, name: bytes, path: bytes) -> Node:
    inner = node.entries.setdefault(name, Node(Kind.DIRECTORY))
    if not inner.is_directory:
        raise FileError(_refusal(path, f"would lie in {_shown(name)}, which is a file"))
    return inner


def _isdir(node: Node) -> int:
    return masks.ISDIR if node.is_directory else 0


def _holds(node: Node, other: Node) -> bool:
    return node is other or any(_holds(inner, other) for inner in node.entries.values())


def _check_replaceable(node: Node, replaced: Node, path: bytes) -> None:
    if node.is_directory != replaced.is_directory:
        raise FileError(_refusal(path, "is there already, and is of another kind"))
    if replaced.entries:
        raise FileError(_refusal(path, "is a directory that is not empty"))


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _refusal(path: bytes, why: str) -> str:
    return f"{_shown(path)} {why}"
