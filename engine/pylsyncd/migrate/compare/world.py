"""The scratch directory of one daemon: where paths of a config are in it, and steps on its files."""

from __future__ import annotations

import os
from functools import singledispatchmethod
from itertools import count
from typing import Final

from attrs import define, field

from pylsyncd.migrate import words as w
from pylsyncd.migrate.steps import (
    Create,
    Delete,
    Have,
    Link,
    Move,
    Placed,
    Step,
    StepsError,
    Touch,
    Write,
)

FileStep = Have | Create | Write | Link | Touch | Move | Delete
"""Steps on files."""

_PIECE: Final = 1 << 20


@define
class World:
    """`root` stands for `/`. Paths of steps that begin with no `/` are below the first source."""

    home: bytes
    sources: tuple[bytes, ...] = ()
    """As the config names them."""
    _letters: count[int] = field(factory=count)
    """What is written differs from what was there."""

    @property
    def root(self) -> bytes:
        """What stands for `/`."""
        return os.path.join(self.home, b"root")

    @property
    def state(self) -> bytes:
        """Where the config's prelude writes notes."""
        return os.path.join(self.home, b"state")

    @property
    def beacon(self) -> bytes:
        """The directory whose changes tell how far the daemon has come."""
        return os.path.join(self.home, b"beacon")

    def set_up(self, directory: bytes) -> None:
        """Make it all; `directory` is where the daemon will be started."""
        for path in (self.root, self.state, self.beacon, self.at(directory)):
            os.makedirs(path, exist_ok=True)

    def lay_out(self, sources: tuple[bytes, ...]) -> None:
        """Make the sources of the config."""
        self.sources = sources
        for source in sources:
            os.makedirs(self.at(source), exist_ok=True)

    def at(self, path: bytes) -> bytes:
        """Where an absolute path is in the scratch directory. Raises ValueError if it leads out."""
        if b".." in path.split(b"/"):
            message = f"{w.quote(path)} has a `..`, which could lead out of the scratch directory"
            raise ValueError(message)
        return self.root + path

    def notes(self, name: str) -> list[bytes]:
        """What the prelude has noted so far, an item each."""
        try:
            with open(os.path.join(self.state, name.encode()), "rb") as file:
                return file.read().split(b"\0")[:-1]
        except FileNotFoundError:
            return []

    def count_noted(self, name: str) -> int:
        """How many bytes the prelude has noted."""
        try:
            return os.stat(os.path.join(self.state, name.encode())).st_size
        except FileNotFoundError:
            return 0

    def do(self, placed: Placed, name: str) -> None:
        """Perform a step of the file `name`. Raises StepsError."""
        try:
            self._perform(placed.step)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"{name}:{placed.line}: it cannot be done: {reason}"
            raise StepsError(message) from None
        except ValueError as error:
            message = f"{name}:{placed.line}: {error}"
            raise StepsError(message) from None

    def _place(self, path: bytes) -> bytes:
        if path.startswith(b"/"):
            return self.at(path)
        if not self.sources:
            message = f"{w.quote(path)}: the config has no source that it could be in"
            raise ValueError(message)
        return os.path.join(self.at(self.sources[0]), self.at(b"/" + path)[len(self.root) + 1 :])

    @singledispatchmethod
    def _perform(self, step: Step) -> None:
        message = f"{type(step).__name__} concerns no file"
        raise TypeError(message)

    @_perform.register
    def _(self, step: Have) -> None:
        path = self._place(step.path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not path.endswith(b"/"):
            self._write(path, step.size)

    @_perform.register
    def _(self, step: Create) -> None:
        path = self._place(step.path)
        if path.endswith(b"/"):
            os.mkdir(path)
        else:
            self._write(path, step.size)

    @_perform.register
    def _(self, step: Write) -> None:
        self._write(self._place(step.path), step.size)

    @_perform.register
    def _(self, step: Link) -> None:
        path = self._place(step.path)
        leads_to = step.leads_to
        if leads_to.startswith(b"/"):
            leads_to = self.at(leads_to)
        end = os.path.normpath(os.path.join(os.path.dirname(path), leads_to))
        if not end.startswith(self.root + b"/"):
            message = f"the link {w.quote(step.path)} would lead out of the scratch directory"
            raise ValueError(message)
        os.symlink(leads_to, path)

    @_perform.register
    def _(self, step: Touch) -> None:
        os.utime(self._place(step.path).rstrip(b"/"), follow_symlinks=False)

    @_perform.register
    def _(self, step: Move) -> None:
        old, new = (self._place(path).rstrip(b"/") for path in (step.path, step.path2))
        os.rename(old, new)

    @_perform.register
    def _(self, step: Delete) -> None:
        path = self._place(step.path).rstrip(b"/")
        if os.path.isdir(path) and not os.path.islink(path):
            _remove_tree(path)
        else:
            os.unlink(path)

    def _write(self, path: bytes, size: int) -> None:
        """The file has that size, is new in its first mebibyte, and is sparse behind it."""
        letter = b"abcdefghijklmnopqrstuvwxyz"[next(self._letters) % 26 :][:1]
        with open(path, "wb") as file:
            file.write(letter * min(size, _PIECE))
            file.truncate(size)


def _remove_tree(path: bytes) -> None:
    """What is deepest goes first, by name."""
    with os.scandir(path) as entries:
        inner = sorted(entries, key=lambda one: one.name)
    for entry in inner:
        if entry.is_dir(follow_symlinks=False):
            _remove_tree(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(path)


def tree_as_steps(directory: bytes, below: bytes) -> list[Have]:
    """A real tree as what is there before the start: names and sizes; links and devices are left out."""
    found = []
    for place, directories, files in os.walk(directory):
        relative = os.path.relpath(place, directory)
        inner = below if relative == b"." else os.path.join(below, relative)
        directories.sort()
        found += [Have(os.path.join(inner, name, b"")) for name in directories if _is_own(place, name)]
        found += [
            Have(os.path.join(inner, name), os.lstat(os.path.join(place, name)).st_size)
            for name in sorted(files)
            if _is_own(place, name) and os.path.isfile(os.path.join(place, name))
        ]
    return found


def _is_own(place: bytes, name: bytes) -> bool:
    return not os.path.islink(os.path.join(place, name))
