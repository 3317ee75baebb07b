"""Random changes of a tree, from a seed: creates, renames, swaps, deletes, links, pipes, attributes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from attrs import define, field

_NAMES = ("a", "b", "c", "d", "it's", "-x", "new\nline", "bra[ck]et")
_DEEPEST = 3


@define
class Churn:
    """Does one thing after the other below `root`; what cannot be done is left out."""

    root: Path
    seed: int
    done: int = 0
    _random: Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - for tests that can be repeated

    def happen(self, times: int) -> None:
        """Try so many changes; few names, so that they meet."""
        changes: tuple[Callable[[], None], ...] = (
            self._write,
            self._write,
            self._mkdir,
            self._rename,
            self._swap,
            self._remove,
            self._replace_by_directory,
            self._symlink,
            self._fifo,
            self._attributes,
        )
        for _ in range(times):
            try:
                self._random.choice(changes)()
            except OSError:
                continue  # there is nothing, or something else, where it was to happen
            self.done += 1

    def _path(self) -> Path:
        return self.root.joinpath(*self._random.choices(_NAMES, k=self._random.randint(1, _DEEPEST)))

    def _write(self) -> None:
        path = self._path()
        if path.is_symlink() or (path.exists() and not path.is_file()):
            return
        path.write_bytes(b"x" * self._random.randint(0, 9))

    def _mkdir(self) -> None:
        self._path().mkdir()

    def _rename(self) -> None:
        self._path().rename(self._path())

    def _swap(self) -> None:
        one, other, between = self._path(), self._path(), self.root / "between"
        one.rename(between)
        try:
            other.rename(one)
        finally:
            between.rename(other if not os.path.lexists(other) else one)

    def _remove(self) -> None:
        path = self._path()
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def _replace_by_directory(self) -> None:
        path = self._path()
        path.unlink()
        path.mkdir()

    def _symlink(self) -> None:
        self._path().symlink_to(self._random.choice((*_NAMES, "/nowhere")))

    def _fifo(self) -> None:
        os.mkfifo(self._path())

    def _attributes(self) -> None:
        path = self._path()
        time = self._random.randint(1, 10**18)
        os.utime(path, ns=(time, time), follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(self._random.choice((0o600, 0o700, 0o755)))
