"""Watches the files of a simulated world as inotify does: one queue, one watch per directory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final

from attrs import define, field

from pylsyncd.core import masks
from pylsyncd.core.model import Entry, Listed, Looked, Record, ScanFailed, ScanResult
from pylsyncd.migrate.world.files import Files, Kind, Node, error_of

DESCRIPTOR: Final = -1
"""No descriptor of this process: only the simulated loop knows it."""

MOST_QUEUED: Final = 16_384
"""Records that the kernel keeps by default (fs.inotify.max_queued_events)."""

_OVERFLOW: Final = Record(-1, masks.Q_OVERFLOW, 0, b"")

_CONTENT: Final = masks.MODIFY | masks.CLOSE_WRITE


@define(eq=False)
class VirtualMonitor:
    """A `Monitor`; `content` holds the bits of `settings.inotifyMode` that report a change of content."""

    files: Files
    content: int
    announce: Callable[[int], object]
    """Called with the descriptor when there is something to drain."""
    _queue: list[Record] = field(factory=list)
    _watched: dict[int, Node] = field(factory=dict)
    _numbers: count[int] = field(factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        self.files.listener = self

    def happened(self, directory: Node, mask: int, name: bytes = b"", cookie: int = 0) -> None:
        """As `files.Listener`: what is watched and asked for is queued."""
        if directory.wd is None or (mask & _CONTENT and not mask & self.content):
            return
        self._put(Record(directory.wd, mask, cookie, name))
        if mask & masks.DELETE_SELF:
            self._forget(directory.wd)

    def fileno(self) -> int:
        """What the simulated loop knows it by."""
        return DESCRIPTOR

    @property
    def pending(self) -> bool:
        """Never: whatever is queued has been announced."""
        return False

    def drain(self) -> tuple[Record, ...]:
        """Take all records."""
        records, self._queue = tuple(self._queue), []
        return records

    def fetch(self) -> bool:
        """Never anything: there is no other thread here."""
        return False

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # the effect `Scan` has these fields
        """Watch each directory, then list it."""
        return tuple(self._scan(path, files=files) for path in paths)

    def look(self, paths: tuple[bytes, ...], watch: bool) -> tuple[Looked, ...]:  # noqa: FBT001  # as above
        """List each directory with what is known of its entries."""
        return tuple(self._look(path, watch=watch) for path in paths)

    def watch_limit(self) -> int | None:
        """There is none."""
        return None

    def remove(self, wds: tuple[int, ...]) -> None:
        """Stop these watches; each answers with an IN_IGNORED."""
        for wd in wds:
            if wd in self._watched:
                self._forget(wd)

    def close(self) -> None:
        """Stop all watches, without a word."""
        for node in self._watched.values():
            node.wd = None
        self._watched.clear()
        self._queue.clear()

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:
        node = self.files.find(path)
        if node is None or not node.is_directory:
            return ScanFailed(path, error_of(node))
        wd = self._watch(node)
        directories = tuple(name for name, inner in node.entries.items() if inner.kind is Kind.DIRECTORY)
        plain = tuple(name for name, inner in node.entries.items() if inner.kind is not Kind.DIRECTORY)
        return Listed(path, wd, directories, plain if files else ())

    def _look(self, path: bytes, *, watch: bool) -> Looked:
        node = self.files.find(path)
        if node is None or not node.is_directory:
            return Looked(path, errno=error_of(node))
        wd = self._watch(node) if watch else None
        entries = tuple(
            Entry(name, inner.is_directory, id(inner), inner.size, inner.mtime, inner.mtime)
            for name, inner in node.entries.items()
        )
        return Looked(path, wd, entries=entries)

    def _watch(self, node: Node) -> int:
        if node.wd is None:
            node.wd = next(self._numbers)
            self._watched[node.wd] = node
        return node.wd

    def _forget(self, wd: int) -> None:
        self._watched.pop(wd).wd = None
        self._put(Record(wd, masks.IGNORED, 0, b""))

    def _put(self, record: Record) -> None:
        if self._queue and self._queue[-1] == record:
            return  # equal ones in a row are one (inotify(7))
        if not self._queue:
            self.announce(DESCRIPTOR)
        if len(self._queue) < MOST_QUEUED:
            self._queue.append(record)
        elif self._queue[-1] != _OVERFLOW:
            self._queue.append(_OVERFLOW)
