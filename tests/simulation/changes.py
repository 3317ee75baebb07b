"""Carries out the changes of a plan on simulated files; one that no file system would make is left out."""

from __future__ import annotations

from itertools import count
from typing import Final

from attrs import define, field

from pylsyncd.migrate.world.files import FileError, Files, Node
from simulation import plan as p

SOURCE: Final = b"/src/"
TARGET: Final = b"/tgt/"
SECOND_TARGET: Final = b"/tgt2/"
"""Of a sync that HUP may bring."""
OUTSIDE: Final = b"/out/"
_SECOND: Final = 10**9


def _files() -> Files:
    files = Files()
    for path in (SOURCE, TARGET, SECOND_TARGET, OUTSIDE):
        files.have(path, 0)
    return files


@define(eq=False)
class Changer:
    """Each content has a size of its own, and each change a second: rsync's quick check never errs here."""

    files: Files = field(factory=_files)
    keeps_names: bool = False
    """Whether what is done to a file by one of its names in the source reaches the others."""
    _versions: count[int] = field(factory=lambda: count(1))
    _named: set[Node | None] = field(factory=set)
    """Files that have, or had, several names."""

    def make(self, change: p.Change) -> None:
        """Make one change, if it can be made."""
        version = next(self._versions)
        self.files.wall = version * _SECOND
        try:
            self._make(change, version)
        except FileError:
            return

    def _make(self, change: p.Change, version: int) -> None:  # noqa: C901 - one case a change
        files = self.files
        match change:
            case p.MakeDirectory(path):
                files.make_directory(path)
            case p.Write(path) if self._is_told(path):
                files.write(path, version, is_new=False)
            case p.Append(path) if self._is_told(path):
                files.append(path, version)
            case p.Open(path):
                files.open_new(path)
            case p.Link(path):
                files.make_link(path, b"x" * version)
            case p.Name(path, path2):
                files.make_name(path, path2)
                self._named.add(files.find(path))
            case p.Pipe(path):
                files.make_pipe(path)
            case p.Touch(path) if self._is_told(path):
                files.touch(path)
            case p.Move(path, path2):
                files.move(path, path2)
            case p.Exchange(path, path2):
                files.exchange(path, path2)
            case p.Delete(path):
                files.delete(path)
            case _:  # what is done to a file by one of its names is in no record of the others
                return

    def _is_told(self, path: bytes) -> bool:
        is_named = self.files.find(path) in self._named
        return not is_named or (self.keeps_names and path.startswith(SOURCE))
