"""What is known of a tree of which only directories were listed, and then changes were heard of."""

from __future__ import annotations

from attrs import define, field

from pylsyncd.migrate import steps as s


@define(eq=False)
class Known:
    """A file or directory that is there as far as is known."""

    is_directory: bool
    origin: bytes | None = None
    """Where it was when the daemon started, with a slash at a directory's end; None: it came later."""
    is_listed: bool = False
    """Whether all of its directories are known."""
    is_found: bool = False
    """Whether a listing told of it, so that the record of its creation may be still to come."""
    entries: dict[bytes, Known] = field(factory=dict)
    seen: set[bytes] = field(factory=set)
    """Names that were there once."""


@define(eq=False)
class KnownTree:
    """All paths are absolute, a directory's ends with a slash. What was not seen gets steps, too."""

    top: Known = field(factory=lambda: Known(is_directory=True, origin=b"/"))
    had: list[s.Have] = field(factory=list)
    """What must have been there from the beginning."""

    def find(self, path: bytes) -> Known | None:
        """What is at a path; None: nothing is known to be there."""
        node: Known | None = self.top
        for name in _names(path):
            node = None if node is None else node.entries.get(name)
        return node

    def add_source(self, path: bytes) -> list[s.Step]:
        """A source is there; what lies above it goes without saying."""
        noted = len(self.had)
        steps = self.ensure(path)
        self.had[noted:-1] = []
        return steps

    def listed(self, path: bytes, directories: tuple[bytes, ...]) -> list[s.Step]:
        """A directory held these at the start, or when all was looked at anew."""
        steps = self.ensure(path)
        for name in directories:
            steps += self.ensure(path + name + b"/")
        node = self.find(path)
        if node is not None:
            node.is_listed = True
        return steps

    def ensure(self, path: bytes, *, is_found: bool = False) -> list[s.Step]:
        """Make it known, with all above it: it was there already, or must have come unseen, just now.

        `is_found`: a listing told of it.
        """
        steps: list[s.Step] = []
        node, at = self.top, b"/"
        names = _names(path)
        for number, name in enumerate(names):
            is_directory = number < len(names) - 1 or path.endswith(b"/")
            at += name + (b"/" if is_directory else b"")
            inner = node.entries.get(name)
            if inner is not None and inner.is_directory is not is_directory:
                steps.append(s.Delete(_spelt(at, inner)))
                inner = None
            if inner is None:
                origin = self._origin(node, name, is_directory=is_directory)
                inner = Known(is_directory, origin, is_found=is_found)
                steps += self._arrival(inner, at)
                self._put(node, name, inner)
            node = inner
        return steps

    def create(self, path: bytes) -> list[s.Step]:
        """Something new is there; whatever was in its place must have gone unseen."""
        steps = self.ensure(_above(path)) + self._clear(path)
        parent, name = self._parent(path)
        self._put(parent, name, Known(is_directory=path.endswith(b"/")))
        return [*steps, s.Create(path)]

    def delete(self, path: bytes) -> None:
        """It has gone."""
        parent, name = self._parent(path)
        parent.entries.pop(name, None)

    def move(self, path: bytes, path2: bytes) -> list[s.Step]:
        """It is elsewhere, in the place of what was there; what cannot be replaced must have gone unseen."""
        steps = self.ensure(_above(path2))
        there = self.find(path2)
        if there is not None and (there.entries or there.is_directory is not path.endswith(b"/")):
            steps += self._clear(path2)
        parent, name = self._parent(path)
        parent2, name2 = self._parent(path2)
        self._put(parent2, name2, parent.entries.pop(name))
        return steps

    def _clear(self, path: bytes) -> list[s.Step]:
        parent, name = self._parent(path)
        there = parent.entries.pop(name, None)
        return [] if there is None else [s.Delete(_spelt(path, there))]

    def _origin(self, parent: Known, name: bytes, *, is_directory: bool) -> bytes | None:
        """Where it has been from the beginning, if it can have been there all the time."""
        if parent.origin is None or name in parent.seen or (is_directory and parent.is_listed):
            return None
        return parent.origin + name + (b"/" if is_directory else b"")

    def _arrival(self, node: Known, at: bytes) -> list[s.Step]:
        if node.origin is None:
            return [s.Create(at)]
        self.had.append(s.Have(node.origin))
        return []

    def _put(self, parent: Known, name: bytes, node: Known) -> None:
        parent.entries[name] = node
        parent.seen.add(name)

    def _parent(self, path: bytes) -> tuple[Known, bytes]:
        """The directory that holds it, which is known, and its name there."""
        *above, name = _names(path)
        node = self.top
        for one in above:
            node = node.entries[one]
        return node, name


def _above(path: bytes) -> bytes:
    return path.rstrip(b"/").rpartition(b"/")[0] + b"/"


def _spelt(path: bytes, node: Known) -> bytes:
    return path.rstrip(b"/") + (b"/" if node.is_directory else b"")


def _names(path: bytes) -> list[bytes]:
    return [name for name in path.split(b"/") if name]
