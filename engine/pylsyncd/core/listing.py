"""What has happened in a directory between two looks at it, where no watch tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pylsyncd.core.model import Entry, EventType
from pylsyncd.core.watchbook import Change

Listing = Mapping[bytes, Entry]
"""The entries of a directory by their names."""


def compare(directory: bytes, before: Listing, after: Listing) -> Iterator[Change]:
    """The changes that lead from one listing to the other, in the order of the listings.

    What has gone comes first. A rename is a Delete and a Create.
    """
    for name, old in before.items():
        if name not in after:
            yield Change(EventType.DELETE, _path(directory, old))
    for name, new in after.items():
        known = before.get(name)
        if known is None:
            yield Change(EventType.CREATE, _path(directory, new))
        else:
            yield from _changes(directory, known, new)


def _changes(directory: bytes, old: Entry, new: Entry) -> Iterator[Change]:
    path = _path(directory, new)
    if _is_another(old, new):
        yield Change(EventType.DELETE, _path(directory, old))
        yield Change(EventType.CREATE, path)
    elif not new.is_directory and (old.is_fresh or _content(old) != _content(new)):
        yield Change(EventType.MODIFY, path)
    elif old.ctime != new.ctime:
        yield Change(EventType.ATTRIB, path)


def _is_another(old: Entry, new: Entry) -> bool:
    """Whether something else has the name now; for a file that is replaced a Modify will do."""
    if old.is_directory != new.is_directory:
        return True
    return new.is_directory and old.inode != new.inode


def _content(entry: Entry) -> tuple[int, int, int]:
    return entry.inode, entry.size, entry.mtime


def _path(directory: bytes, entry: Entry) -> bytes:
    return directory + entry.name + b"/" * entry.is_directory
