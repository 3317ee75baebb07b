"""A watched tree with a kernel that has bad days: queues that overflow, reads that come early or late."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final

from attrs import define, field

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Record, ScanFailed, ScanResult
from pylsyncd.migrate.world.files import Node, error_of
from pylsyncd.migrate.world.monitor import DESCRIPTOR, VirtualMonitor

_DESCRIPTORS: Final = 200
"""Watch descriptors begin again behind that many, as the kernel's do behind two thousand million."""
_FIRST: Final = 160
"""Where they begin, so that many runs come to the point where they begin again."""


def _nothing() -> None:
    """Nobody meddles."""


@define(eq=False)
class FaultyMonitor(VirtualMonitor):
    """A `VirtualMonitor` that the simulation can disturb. `in_scan` is called between watch and listing."""

    in_scan: Callable[[], None] = _nothing
    is_late: bool = False
    cut: int = 0
    is_full: bool = False
    _begun: int = 0
    """Where in the queue the records of the latest change begin."""
    _last_wd: count[int] = field(factory=lambda: count(_FIRST))

    @property
    def watched(self) -> dict[int, Node]:
        """What the kernel watches, by descriptor."""
        return self._watched

    def begin(self) -> None:
        """A change of files begins."""
        self._begun = len(self._queue)

    def overflow(self) -> None:
        """From here on all is lost until somebody reads."""
        if not self.is_full:
            self._put(Record(-1, masks.Q_OVERFLOW, 0, b""))
            self.is_full = True

    def wake(self) -> None:
        """Tell after all."""
        self.is_late = False
        if self._queue:
            self.announce(DESCRIPTOR)

    def drain(self) -> tuple[Record, ...]:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        begun = [] if self.is_full else self._queue[self._begun :]
        kept = begun[max(1, len(begun) - self.cut) :] if self.cut else []
        self.cut, self._begun, self.is_full = 0, 0, False
        records = self._queue[: len(self._queue) - len(kept)]
        self._queue = kept
        if kept:
            self.announce(DESCRIPTOR)
        return tuple(records)

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:  # type: ignore[explicit-override]  # as above
        node = self.files.find(path)
        if node is None or not node.is_directory:
            return ScanFailed(path, error_of(node))
        is_old = node.wd is not None
        wd = self._watch(node)
        self.in_scan()
        listed = self.files.find(path)
        if listed is None or not listed.is_directory:
            if not is_old:
                self.remove((wd,))
            return ScanFailed(path, error_of(listed))
        directories = tuple(name for name, inner in listed.entries.items() if inner.is_directory)
        plain = tuple(name for name, inner in listed.entries.items() if not inner.is_directory)
        return Listed(path, wd, directories, plain if files else ())

    def _watch(self, node: Node) -> int:  # type: ignore[explicit-override]  # as above
        if node.wd is not None:
            return node.wd
        taken = set(self._watched) | {record.wd for record in self._queue}
        node.wd = next(wd for wd in (one % _DESCRIPTORS + 1 for one in self._last_wd) if wd not in taken)
        self._watched[node.wd] = node
        return node.wd

    def _put(self, record: Record) -> None:  # type: ignore[explicit-override]  # as above
        if self.is_full or (self._queue and self._queue[-1] == record):
            return
        if not self._queue and not self.is_late:
            self.announce(DESCRIPTOR)
        self._queue.append(record)
