"""Random changes of a tree, from a seed: the same seed makes the same changes, whoever watches."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random

from attrs import define, field

from churn.held import Held
from churn.names import HOSTILE
from e2e.trees import exchange

_DEEPEST = 3
_DEEP = 8
"""Levels that one `mkdir -p` makes at most."""
_LARGE, _LARGE_ONES = 2**18, 0.05
"""Bytes that take a moment to transfer, and how often a file has them."""


@define
class Churn:
    """Does one thing after the other below `root`; what cannot be done is left out."""

    root: Path
    seed: int
    outside: Path | None = None
    """Where directories move to, and back from."""
    names: tuple[str, ...] = HOSTILE
    pipes: bool = True
    """Not everything brings them."""
    done: int = 0
    _random: Random = field(init=False)
    _sizes: Iterator[int] = field(init=False, factory=lambda: count(1))
    """Each content has a size of its own: rsync takes two of one size and second for the same."""
    _held: Held = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - for tests that can be repeated
        self._held = Held(self._sizes)

    def happen(self, times: int) -> None:
        """Try so many changes."""
        changes = self._changes()
        for _ in range(times):
            try:
                self._random.choice(changes)()
            except OSError:
                continue  # there is nothing, or something else, where it was to happen
            self.done += 1

    def come_to_rest(self) -> None:
        """Close what is still open."""
        self._held.close()

    def _changes(self) -> tuple[Callable[[], None], ...]:
        often = (self._write, self._write, self._write, self._mkdir, self._make_deep, self._rename)
        kinds = (self._replace_by_directory, self._symlink, self._hard_link)
        rare = (self._swap, self._remove, self._attributes, self._hold, self._save)
        hard = (self._link_for_directory, self._exchange)
        pipes = (self._fifo,) if self.pipes else ()
        moves = (self._leave, self._return) if self.outside is not None else ()
        return (*often, *kinds, *rare, *hard, *pipes, *moves)

    def _path(self) -> Path:
        return self.root.joinpath(*self._random.choices(self.names, k=self._random.randint(1, _DEEPEST)))

    def _content(self) -> bytes:
        is_large = self._random.random() < _LARGE_ONES
        return b"x" * (next(self._sizes) + (_LARGE if is_large else 0))

    def _write(self) -> None:
        path = self._path()
        if _can_be_written(path):
            path.write_bytes(self._content())

    def _hold(self) -> None:
        path = self._path()
        if _can_be_written(path):
            self._held.open(path)
        self._held.go_on()

    def _save(self) -> None:
        """As editors save: a new file takes the place of the old one."""
        path = self._path()
        between = path.with_name(".saving")
        between.write_bytes(self._content())
        try:
            between.rename(path)
        finally:
            between.unlink(missing_ok=True)

    def _mkdir(self) -> None:
        self._path().mkdir()

    def _make_deep(self) -> None:
        levels = self._random.choices(self.names, k=self._random.randint(3, _DEEP))
        directory = self._path().joinpath(*levels)
        directory.mkdir(parents=True)
        (directory / "at once").write_bytes(self._content())

    def _rename(self) -> None:
        self._path().rename(self._path())

    def _swap(self) -> None:
        one, other, between = self._path(), self._path(), self.root / "between"
        one.rename(between)
        try:
            other.rename(one)
        finally:
            between.rename(other if not os.path.lexists(other) else one)

    def _exchange(self) -> None:
        exchange(self._path(), self._path())

    def _remove(self) -> None:
        _remove(self._path())

    def _replace_by_directory(self) -> None:
        path = self._path()
        path.unlink()
        path.mkdir()
        (path / "inside").write_bytes(self._content())

    def _symlink(self) -> None:
        self._path().symlink_to(self._random.choice((*self.names, "/nowhere")))

    def _link_for_directory(self) -> None:
        path, to = self._path(), self._random.choice(self.names)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
            path.symlink_to(to)

    def _hard_link(self) -> None:
        path, other = self._path(), self._path()
        if path.is_file() and not path.is_symlink() and path.stat().st_ino not in self._held.inodes():
            os.link(path, other)

    def _fifo(self) -> None:
        os.mkfifo(self._path())

    def _leave(self) -> None:
        if self.outside is not None:
            self._path().rename(self.outside / self._random.choice(self.names))

    def _return(self) -> None:
        if self.outside is not None:
            away = self.outside / self._random.choice(self.names)
            if away.is_dir() and not away.is_symlink():
                (away / "from outside").write_bytes(self._content())
            away.rename(self._path())

    def _attributes(self) -> None:
        path, time, mode = self._path(), self._random.randint(1, 10**18), self._random.choice(_MODES)
        owner, is_given_away = self._random.choice(_OWNERS), self._random.random() < 0.5
        if _has_more_names(path):
            return
        if is_given_away:
            os.chown(path, *owner, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(mode | 0o100 if path.is_dir() else mode)
        os.utime(path, ns=(time, time), follow_symlinks=False)


_MODES = (0o600, 0o700, 0o755, 0o644)
_OWNERS = ((1, 1), (2, 3), (0, 0)) if os.geteuid() == 0 else tuple((-1, group) for group in os.getgroups())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _can_be_written(path: Path) -> bool:
    """Not through links, into pipes, or where the file has more names: the record names one of them."""
    is_file = path.is_file() and not path.is_symlink()
    return not os.path.lexists(path) or (is_file and not _has_more_names(path))


def _has_more_names(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_nlink > 1
