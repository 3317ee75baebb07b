"""What scripts see of files and processes in a simulated world."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

from attrs import frozen

from pylsyncd.migrate.world.files import Files, Kind, Node, error_of
from pylsyncd.script.convert import to_bytes
from pylsyncd.script.hard_links import Entry, Identity
from pylsyncd.script.system_primitives import SystemPrimitives

_ROOT: Final = (0, 0)
_UMASK: Final = 0o022
_RSYNC: Final = b"rsync  version 3.2.7  protocol version 31"


def _never(pid: int) -> bool:
    return pid < 0


def _nobody(_pipe: Node) -> None:
    """Nobody waits."""


@frozen
class VirtualTree:
    """The names of a simulated world; a node is a file, whatever it is called."""

    files: Files

    def identity(self, path: bytes) -> Identity | None:
        """As `hard_links.Tree`."""
        return _identity_of(self.files.find(path))

    def entries(self, directory: bytes) -> Iterator[Entry]:
        """As `hard_links.Tree`."""
        node = self.files.find(directory)
        for name, inner in node.entries.items() if node is not None else ():
            yield Entry(name, _identity_of(inner))


def _identity_of(node: Node | None) -> Identity | None:
    return None if node is None or node.is_directory else Identity((0, id(node)), node.names)


@frozen
class VirtualSystem(SystemPrimitives):
    """Files are those of the world; a directory that it knows nothing of is listed as it really is.

    The configuration may read what it is made of, such as lists of sites or of excludes.
    """

    files: Files
    signal_pid: Callable[[int, int], int]
    next_port: Callable[[], int]
    real: Callable[[bytes], bytes]
    """Makes the name of a source absolute."""
    is_stuck: Callable[[int], bool] = _never
    """Whether a process waits for a pipe."""
    free: Callable[[Node], object] = _nobody
    """Whoever waits for a pipe gets the end of file."""

    def readdir(self, path: str) -> tuple[bytes | None, str]:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        """As the real one."""
        node = self._find(path)
        if node is None and not self.files.knows(os.path.abspath(to_bytes(path))):
            return super().readdir(path)
        if node is None or not node.is_directory:
            return None, os.strerror(error_of(node))
        rows = ((b"d" if inner.is_directory else b"f") + name + b"\0" for name, inner in node.entries.items())
        return b"".join(rows), ""

    def realdir(self, path: str) -> tuple[bytes | None, str]:  # type: ignore[explicit-override]  # as above
        """The path, absolute; a source that nobody has spoken of is there, and empty."""
        real = os.path.join(self.real(to_bytes(path)), b"")
        node = self.files.find(real) or self.files.have(real, 0)
        self.files.known.add(real)
        return (real, "") if node.is_directory else (None, "Not a directory")

    def file_size(self, path: str) -> int | None:  # type: ignore[explicit-override]  # as above
        """As the real one."""
        node = self._find(path)
        return None if node is None else node.size

    def file_status(self, path: str) -> tuple[()] | tuple[str, int, int, int, int, int]:  # type: ignore[explicit-override]  # as above
        """As the real one."""
        node = self._find(path)
        return () if node is None else (node.kind.value, node.mode, *_ROOT, node.size, node.mtime)

    def tree(self) -> VirtualTree:  # type: ignore[explicit-override]  # as above
        """That of the world."""
        return VirtualTree(self.files)

    def end_pipe(self, path: str) -> None:  # type: ignore[explicit-override]  # as above
        """Whoever waits for what is written to it gets the end of file."""
        node = self._find(path)
        if node is not None and node.kind is Kind.PIPE:
            self.free(node)

    def check_descriptor(self, descriptor: int) -> None:  # type: ignore[explicit-override]  # as above
        """It is sound, but nothing ever comes from it: no step speaks of descriptors."""

    def is_copy_stuck(self, pid: int) -> bool:  # type: ignore[explicit-override]  # as above
        """Whether it waits for a pipe."""
        return self.is_stuck(pid)

    def identity(self) -> tuple[int, int, int]:  # type: ignore[explicit-override]  # as above
        """Root, as most daemons are."""
        return (*_ROOT, _UMASK)

    def version_of(self, program: str) -> bytes | None:  # type: ignore[explicit-override]  # as above
        """No program is run: every rsync is a recent one."""
        return _RSYNC if os.path.basename(program) == "rsync" else None

    def kill(self, pid: int, signum: int) -> int:  # type: ignore[explicit-override]  # as above
        """Reaches the processes of the world only."""
        return self.signal_pid(pid, signum)

    def free_port(self) -> int:  # type: ignore[explicit-override]  # as above
        """One port after the other."""
        return self.next_port()

    def _find(self, path: str) -> Node | None:
        return self.files.find(os.path.abspath(to_bytes(path)))
