"""Steps made up from a seed: what users do to a tree, each step possible in the tree it leaves. Pure."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import define, field

from pylsyncd.migrate.steps import Create, Delete, Have, Move, Start, Step, Touch, Wait, Write

LENGTH: Final = 12
"""Steps on files, if nobody says how many."""
_PAUSE: Final = 20.0
"""Seconds that a group of steps is given: more than the longest delay of a ready-made sync."""
_AT_ONCE: Final = 3
"""Steps that happen in one go at most."""
_DIRECTORIES: Final = (b"d/", b"d/e/", b"old/", b"gone/", b"gone/a/")
_FILES: Final = (b"top", b"d/one", b"d/e/two", b"old/q", b"gone/x", b"gone/a/y")
_NAMES: Final = (b"n", b"a b", b"new.txt", b"-dash", b"*star", b"it's")


def examples_of(rules: Iterable[bytes]) -> list[bytes]:
    """Names that excludes and filters of a config speak of, one a rule."""
    names = []
    for rule in rules:
        bare = rule[2:] if rule[:2] in {b"+ ", b"- "} else rule
        name = bare.strip(b"/").replace(b"*", b"x").replace(b"?", b"y")
        if name and not {b"", b".", b".."} & set(name.split(b"/")):
            names.append(name)
    return sorted(set(names))


def generate(
    seed: int, sources: Sequence[bytes], length: int = LENGTH, rules: Iterable[bytes] = ()
) -> list[Step]:
    """A tree in each source, and `length` steps on files, in groups of a few."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    names = [*_NAMES, *(name for name in examples_of(rules) if b"/" not in name)]
    trees = [_Tree(chance, source, names) for source in sources]
    steps: list[Step] = [step for tree in trees for step in tree.seed()]
    steps.append(Start())
    done = 0
    while trees and done < length:
        tree = chance.choice(trees)
        group = tree.group(min(chance.randint(1, _AT_ONCE), length - done))
        steps += [*group, Wait(_PAUSE)]
        done += len(group)
    return steps


def above(path: bytes) -> bytes:
    """The directory that a path lies in; directories end with a slash, and the tree's is empty."""
    return path.rstrip(b"/").rpartition(b"/")[0] + b"/" if b"/" in path.rstrip(b"/") else b""


@define
class _Tree:
    """What is in a source; paths of directories end with a slash."""

    _chance: random.Random
    _source: bytes
    _names: Sequence[bytes]
    _paths: set[bytes] = field(factory=lambda: {*_DIRECTORIES, *_FILES}, init=False)
    _moved: list[bytes] = field(factory=list, init=False)
    """Directories of which the group has made something else: nothing below is touched in it."""

    def seed(self) -> list[Step]:
        """What is there before the start."""
        return [Have(self._at(path)) for path in sorted(self._paths)]

    def group(self, count: int) -> list[Step]:
        """Steps that happen in one go."""
        self._moved = []
        steps: list[Step] = []
        while len(steps) < count:
            make = self._chance.choices(_ACTIONS, _WEIGHTS)[0]
            step = make(self)
            if step is not None:
                steps.append(step)
        return steps

    def create(self) -> Step | None:
        """A new file."""
        path = self._new(b"")
        if path is None:
            return None
        self._paths.add(path)
        return Create(self._at(path))

    def create_directory(self) -> Step | None:
        """A new directory."""
        path = self._new(b"/")
        if path is None:
            return None
        self._paths.add(path)
        self._moved.append(path)
        return Create(self._at(path))

    def write(self) -> Step | None:
        """Another content."""
        path = self._known(is_directory=False)
        return Write(self._at(path)) if path else None

    def touch(self) -> Step | None:
        """Another time."""
        path = self._known(is_directory=False)
        return Touch(self._at(path)) if path else None

    def move(self) -> Step | None:
        """A file gets another name, or goes elsewhere."""
        return self._move(is_directory=False)

    def move_directory(self) -> Step | None:
        """A directory with all that is in it."""
        return self._move(is_directory=True)

    def delete(self) -> Step | None:
        """A file."""
        return self._delete(is_directory=False)

    def delete_directory(self) -> Step | None:
        """A directory with all that is in it."""
        return self._delete(is_directory=True)

    def _move(self, *, is_directory: bool) -> Step | None:
        old = self._known(is_directory=is_directory)
        new = self._new(b"/" if is_directory else b"")
        if old is None or new is None or new.startswith(old):
            return None
        inner = {path for path in self._paths if path.startswith(old)} if is_directory else {old}
        self._paths = self._paths - inner | {new + path[len(old) :] for path in inner}
        self._moved += [old, new] if is_directory else []
        return Move(self._at(old), self._at(new))

    def _delete(self, *, is_directory: bool) -> Step | None:
        path = self._known(is_directory=is_directory)
        if path is None:
            return None
        self._paths -= {one for one in self._paths if one == path or (is_directory and one.startswith(path))}
        self._moved += [path] if is_directory else []
        return Delete(self._at(path))

    def _known(self, *, is_directory: bool) -> bytes | None:
        found = [path for path in sorted(self._paths) if path.endswith(b"/") == is_directory]
        found = [path for path in found if self._is_free(path)]
        return self._chance.choice(found) if found else None

    def _new(self, end: bytes) -> bytes | None:
        """A path that is not taken, in a directory that is there."""
        directories = [b"", *(path for path in sorted(self._paths) if path.endswith(b"/"))]
        place = self._chance.choice([path for path in directories if self._is_free(path)])
        path = place + self._chance.choice(self._names) + end
        is_taken = {path, path.rstrip(b"/"), path + b"/"} & self._paths
        return None if is_taken or not self._is_free(path) else path

    def _is_free(self, path: bytes) -> bool:
        """Whether the group has left the place alone."""
        return not any(path.startswith(one) or one.startswith(path) for one in self._moved if path)

    def _at(self, path: bytes) -> bytes:
        return os.path.join(self._source, path)


_ACTIONS: Final[Sequence[Callable[[_Tree], Step | None]]] = (
    _Tree.create,
    _Tree.create_directory,
    _Tree.write,
    _Tree.touch,
    _Tree.move,
    _Tree.move_directory,
    _Tree.delete,
    _Tree.delete_directory,
)
_WEIGHTS: Final = (6, 3, 6, 2, 4, 2, 3, 1)
