"""What a check asks about the machine: one protocol, so that tests and other machines can stand in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import frozen


@frozen
class Tree:
    """A directory whose subdirectories would be watched."""

    root: bytes
    """Absolute, with a slash at its end."""
    hides: Callable[[bytes], bool]
    """Whether a directory is left out: its path below the root, with a slash at both ends."""


@frozen
class Count:
    """How many directories there are; at least so many if the count was given up."""

    directories: int
    is_complete: bool


class Environment(Protocol):
    """Nothing of it raises: what cannot be told is None, or not the case."""

    def file_system(self, path: bytes) -> bytes | None:
        """The type of the file system that holds a path, such as `ext4` or `fuse.sshfs`."""

    def watch_limit(self) -> int | None:
        """How many inotify watches a user may have."""

    def count_directories(self, trees: Sequence[Tree], limit: int) -> Count:
        """Count them, each once, up to a limit, and for a short time only."""

    def find_program(self, name: bytes) -> bytes | None:
        """The path of a program, looked up in PATH if its name has no slash."""

    def version(self, program: bytes) -> bytes | None:
        """What `PROGRAM --version` prints; None if nothing was to be run, or it failed."""

    def can_read(self, directory: bytes) -> bool:
        """Whether a directory can be entered and listed."""

    def can_write_in(self, directory: bytes) -> bool:
        """Whether there is such a directory, and files can be made in it."""
