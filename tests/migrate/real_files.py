"""Steps on the real file system."""

from __future__ import annotations

import os
from collections.abc import Iterable

from e2e.trees import FORKING
from pylsyncd.migrate import steps as s


def happen(steps: Iterable[s.Placed]) -> None:
    """Do what the steps say; all paths are absolute. What is there before the start gets its parents."""
    for placed in steps:
        if isinstance(placed.step, s.Have):
            os.makedirs(os.path.dirname(placed.step.path), exist_ok=True)
        with FORKING:
            change(placed.step)


def change(step: s.Step) -> None:
    """Do what one step says. Raises OSError."""
    match step:
        case s.Have(path) if path.endswith(b"/"):
            os.makedirs(path, exist_ok=True)
        case s.Create(path) if path.endswith(b"/"):
            os.mkdir(path)
        case s.Have(path, size) | s.Create(path, size) | s.Write(path, size):
            write(path, size)
        case s.Link(path, leads_to):
            os.symlink(leads_to, path)
        case s.Touch(path):
            now = os.lstat(path).st_mtime_ns
            os.utime(path, ns=(now + 10**9, now + 10**9), follow_symlinks=False)
        case s.Move(path, path2):
            os.rename(path.rstrip(b"/"), path2.rstrip(b"/"))
        case s.Delete(path):
            delete(path.rstrip(b"/"))
        case _:
            raise AssertionError(step)


def write(path: bytes, size: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666), "wb") as file:
        file.write(b"x" * size)


def delete(path: bytes) -> None:
    """By name and depth first, as the simulation does."""
    if not os.path.isdir(path) or os.path.islink(path):
        os.unlink(path)
        return
    for name in sorted(os.listdir(path)):
        delete(os.path.join(path, name))
    os.rmdir(path)
