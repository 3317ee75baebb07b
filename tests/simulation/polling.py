"""A simulated world that is watched by looking: what came and went in between is never seen.

A look takes some turns of the event loop, so that the tree changes under it. Numbers of files that are gone
are used again at once, as file systems do.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from attrs import define, field

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Looked, Record, ScanFailed, ScanResult
from pylsyncd.migrate.world.files import Files, Kind, Node, error_of
from pylsyncd.migrate.world.monitor import DESCRIPTOR
from pylsyncd.system.watch.snapshot import Comparison, Folder, Folders, Seen, Sight
from simulation import plan as p
from simulation.monitor import FaultyMonitor
from simulation.run import failing
from simulation.world import World

_KINDS = {
    Kind.FILE: stat.S_IFREG,
    Kind.DIRECTORY: stat.S_IFDIR,
    Kind.LINK: stat.S_IFLNK,
    Kind.PIPE: stat.S_IFIFO,
}
_AT_A_TIME = 2
"""Directories that are looked at in one turn."""


@define(eq=False)
class PolledMonitor(FaultyMonitor):
    """Looks when it is told to; what the kernel would tell goes nowhere."""

    clock: Callable[[], float] = lambda: 0.0
    _before: float = 0.0
    """When the look began that came before the one whose sights are there."""
    _began: float = 0.0
    _folders: Folders = field(factory=Folders)
    _comparison: Comparison = field(init=False)
    _sights: list[Sight] = field(factory=list)
    _wds: count[int] = field(factory=lambda: count(1))
    _inodes: dict[Node, int] = field(factory=dict)
    _ctimes: dict[Node, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        super().__attrs_post_init__()
        self._comparison = Comparison(self._folders, self.content)

    def happened(self, directory: Node, mask: int, name: bytes = b"", cookie: int = 0) -> None:  # type: ignore[explicit-override]  # noqa: ARG002  # as above; that of `files.Listener`
        """No events are sent here, but whatever happens to a name sets its time (stat(2), st_ctim)."""
        node = directory.entries.get(name) if name else directory
        if node is not None:
            self._ctimes[node] = self.files.wall

    @property
    def watched(self) -> dict[int, Node]:  # type: ignore[explicit-override]  # as above
        """What is looked at; of what is gone nobody knows yet."""
        found = {wd: self.files.find(folder.path) for wd, folder in self._folders.by_wd.items()}
        return {wd: node for wd, node in found.items() if node is not None}

    def look_around(self) -> Iterator[bool]:
        """One look, in parts; the last one says whether anything was found."""
        sights: list[Sight] = []
        before, self._began = self._began, self.clock()
        for number, (wd, folder) in enumerate(tuple(self._folders.by_wd.items()), start=1):
            sights += self._sight(wd, folder)
            if number % _AT_A_TIME == 0:
                yield False
        if not self._sights:
            self._before = before
        self._sights += sights
        if sights:
            self.announce(DESCRIPTOR)
        yield bool(sights)

    def overflow(self) -> None:  # type: ignore[explicit-override]  # as above
        """There is no queue."""

    def wake(self) -> None:  # type: ignore[explicit-override]  # as above
        """Nothing was held back."""
        self.is_late = False

    def drain(self) -> tuple[Record, ...]:  # type: ignore[explicit-override]  # as above
        self._queue += self._comparison.take(self._sights, self.clock(), self._before)
        records, self._queue, self._sights = tuple(self._queue), [], []
        return records

    def remove(self, wds: tuple[int, ...]) -> None:  # type: ignore[explicit-override]  # as above
        for wd in wds:
            if self._folders.take(wd) is not None:
                self._put(Record(wd, masks.IGNORED, 0, b""))

    def close(self) -> None:  # type: ignore[explicit-override]  # as above
        self._folders = Folders()

    def _scan(self, path: bytes, *, files: bool) -> ScanResult:  # type: ignore[explicit-override]  # as above
        folder = self._read(path)
        if folder is None:
            self._folders.miss(path)
            return ScanFailed(path, error_of(self.files.find(path)))
        wd = self._folders.meet(folder)
        if wd is None:
            wd = next(self._wds)
            self._folders.put(wd, folder)
        self.in_scan()
        directories = tuple(name for name, seen in folder.entries.items() if seen.is_directory)
        plain = tuple(name for name, seen in folder.entries.items() if not seen.is_directory)
        return Listed(path, wd, directories, plain if files else ())

    def _look(self, path: bytes, *, watch: bool) -> Looked:  # type: ignore[explicit-override]  # as above
        folder = self._read(path)
        if folder is None:
            return Looked(path, errno=error_of(self.files.find(path)))
        message = f"{path!r} can be watched here: nobody has to look, watching ({watch}) or not"
        raise AssertionError(message)

    def _sight(self, wd: int, folder: Folder) -> list[Sight]:
        now = self._read(folder.path)
        return [] if now == folder else [Sight(wd, folder, now)]

    def _read(self, path: bytes) -> Folder | None:
        node = self.files.find(path)
        if node is None or not node.is_directory:
            return None
        entries = {name: self._seen(inner) for name, inner in node.entries.items()}
        return Folder(path, 1, self._inode(node), entries, node.mtime, self.clock())

    def _seen(self, node: Node) -> Seen:
        kind = _KINDS[node.kind]
        permissions = (kind | node.mode, 0, 0)
        size = 0 if node.is_directory else node.size
        ctime = max(node.mtime, self._ctimes.get(node, 0))
        return Seen(kind, 1, self._inode(node), size, node.mtime, ctime, permissions, 1, is_fresh=False)

    def _inode(self, node: Node) -> int:
        if node not in self._inodes:
            alive = {self.files.top, *(one for _, one in self.files.walk(b"/"))}
            self._inodes = {one: number for one, number in self._inodes.items() if one in alive}
            taken = set(self._inodes.values())
            self._inodes[node] = next(number for number in count(1) if number not in taken)
        return self._inodes[node]


def look_again(world: World) -> Sequence[p.Act]:
    """All is at rest when a look finds nothing."""
    found = isinstance(world.monitor, PolledMonitor) and [*world.monitor.look_around()][-1]
    return (p.Turns(1),) if found else ()


@define(eq=False)
class PolledWorld(World):
    """One look every few seconds, and at rest until nothing new is found."""

    interval: float = 3.0

    on_rest: Callable[[World], Sequence[p.Act]] = look_again

    def _watch(self, files: Files, content: int, announce: Callable[[int], object]) -> PolledMonitor:  # type: ignore[explicit-override]  # as above
        self.monitor = monitor = PolledMonitor(files, content, announce, in_scan=self._in_scan)
        monitor.clock = self.loop.time
        self.later(self.interval, lambda: self._begin_look(monitor))
        return monitor

    def _begin_look(self, monitor: PolledMonitor) -> None:
        if monitor is self.monitor and not self._is_down and self._acts:
            self._look_on(monitor.look_around())
            self.later(self.interval, lambda: self._begin_look(monitor))

    def _look_on(self, look: Iterator[bool]) -> None:
        if not self._is_down and next(look, None) is False:
            self.loop.call_soon(self._look_on, look)


def polled_failing(seed: int) -> str | None:
    """What is wrong with a seed that is watched by looking, in one line; None: nothing."""
    return failing(seed, PolledWorld)
