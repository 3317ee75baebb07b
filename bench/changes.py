"""What happens to a source while it is measured: as fast as Python can make system calls."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

FILES_OF_A_DIRECTORY = 1000


def directories(source: Path, files: int) -> None:
    """The directories that so many files need."""
    for number in range(-(-files // FILES_OF_A_DIRECTORY)):
        (source / f"d{number}").mkdir()


def names(files: int) -> Iterator[bytes]:
    """Their paths, as an action gets them."""
    return (b"/d%d/f%d" % divmod(number, FILES_OF_A_DIRECTORY) for number in range(files))


def create(source: Path, paths: Iterable[bytes]) -> None:
    """Two events each: it was created, and closed after writing."""
    root = os.fsencode(source)
    flags = os.O_CREAT | os.O_WRONLY
    for path in paths:
        os.close(os.open(root + path, flags, 0o644))


def make(source: Path, files: int) -> None:
    """Create files with one event each: nobody opens them."""
    root = os.fsencode(source)
    for name in names(files):
        os.mknod(root + name)


def remove(source: Path, files: int) -> None:
    """One event each."""
    root = os.fsencode(source)
    for name in names(files):
        os.unlink(root + name)


def rewrite_all(source: Path, files: int, times: int) -> None:
    """One after the other, again and again. Of a single file, the kernel makes one event of many."""
    paths = [os.fsencode(source) + name for name in names(files)]
    for _ in range(times):
        for path in paths:
            rewrite(path)


def rewrite(path: bytes, content: bytes = b"x") -> None:
    """One event: it was closed after writing. The size stays as it is, if the content's does."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(file, content)
    os.close(file)


def tree(root: Path, count: int) -> None:
    """So many empty directories below the root, a hundred in each of the upper ones."""
    upper = b""
    for number in range(count):
        if number % 101 == 0:
            upper = os.fsencode(root) + b"/u%d" % (number // 101)
            os.makedirs(upper)
        else:
            os.mkdir(upper + b"/d%d" % number)
