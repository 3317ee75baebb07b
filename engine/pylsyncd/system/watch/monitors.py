"""The monitors by their names, and several of them as one: each source has its own."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from attrs import evolve, frozen

from pylsyncd.core import masks
from pylsyncd.core.model import Looked, MonitorName, Record, ScanFailed, ScanResult
from pylsyncd.system.watch.inotify import InotifyMonitor
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.poll import PollMonitor


@frozen
class MonitorSettings:
    """What monitors have to know of `settings{}`; each takes what concerns it."""

    inotify_mode: str = "CloseWrite"
    poll_interval: float = 10.0
    hears_writes: bool = False


def _make_fanotify(settings: MonitorSettings, sources: tuple[bytes, ...]) -> Monitor:
    from pylsyncd.system.watch.fanotify import FanotifyMonitor  # noqa: PLC0415 - most daemons have no use for it

    return FanotifyMonitor(settings.inotify_mode, sources, hears_writes=settings.hears_writes)


MONITORS: Final[Mapping[MonitorName, Callable[[MonitorSettings, tuple[bytes, ...]], Monitor]]] = (
    MappingProxyType(
        {
            MonitorName.INOTIFY: lambda settings, _: InotifyMonitor(
                settings.inotify_mode, hears_writes=settings.hears_writes
            ),
            MonitorName.FANOTIFY: _make_fanotify,
            MonitorName.POLL: lambda settings, _: PollMonitor(
                settings.inotify_mode, settings.poll_interval, hears_writes=settings.hears_writes
            ),
        }
    )
)
"""How each is made for its sources; that may raise OSError with the remedy in its text."""


def make_monitor(choices: Mapping[bytes, MonitorName], settings: MonitorSettings) -> Monitor:
    """The monitor for these sources, or several that act as one. Raises OSError as they do."""
    names = sorted(set(choices.values()), key=lambda name: name.value)
    made: dict[MonitorName, Monitor] = {}
    try:
        for name in names:
            sources = tuple(source for source, chosen in choices.items() if chosen is name)
            made[name] = MONITORS[name](settings, sources)
    except OSError:
        for monitor in made.values():
            monitor.close()
        raise
    if len(made) == 1:
        return made[names[0]]
    return CombinedMonitor({source: made[name] for source, name in choices.items()})


_Result = TypeVar("_Result", ScanResult, Looked)


class CombinedMonitor:
    """Asks the monitor of the source that a path lies in. Their watch descriptors are kept apart."""

    def __init__(self, by_source: Mapping[bytes, Monitor]) -> None:
        self._by_source = by_source
        self._all = tuple(dict.fromkeys(by_source.values()))
        self._ready = select.epoll()  # readable itself, as soon as one of those in it is
        for monitor in self._all:
            self._ready.register(monitor.fileno(), select.EPOLLIN)

    def fileno(self) -> int:
        """Give the descriptor that is readable when any of them has something to drain."""
        return self._ready.fileno()

    @property
    def pending(self) -> bool:
        """Whether a drain is due although the descriptor may not be readable."""
        return any(monitor.pending for monitor in self._all)

    def drain(self) -> tuple[Record, ...]:
        """Take the records of all of them; each has an order of its own."""
        return tuple(
            _with_outer_wds(record, index) if index and record.wd > 0 else record
            for index, monitor in enumerate(self._all)
            for record in monitor.drain()
        )

    def fetch(self) -> bool:
        """Take what there is off the queues of all of them."""
        return any([monitor.fetch() for monitor in self._all])  # noqa: C419 - of all, not up to the first

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # the effect `Scan` has these fields
        """Watch each directory, then list it."""
        return self._ask(paths, lambda monitor, part: monitor.scan(part, files))

    def look(self, paths: tuple[bytes, ...], watch: bool) -> tuple[Looked, ...]:  # noqa: FBT001  # as above
        """List each directory with what is known of its entries; with `watch`, watch it before that."""
        return self._ask(paths, lambda monitor, part: monitor.look(part, watch))

    def watch_limit(self) -> int | None:
        """The lowest limit that any of them has."""
        limits = (monitor.watch_limit() for monitor in self._all)
        return min((limit for limit in limits if limit is not None), default=None)

    def remove(self, wds: tuple[int, ...]) -> None:
        """Stop these watches."""
        for index, monitor in enumerate(self._all):
            monitor.remove(tuple(wd & _LARGEST for wd in wds if wd >> _BITS == index))

    def close(self) -> None:
        """Stop all watches and free the descriptors."""
        self._ready.close()
        for monitor in self._all:
            monitor.close()

    def _ask(
        self,
        paths: Sequence[bytes],
        question: Callable[[Monitor, tuple[bytes, ...]], Iterable[_Result]],
    ) -> tuple[_Result, ...]:
        """Each its own paths; the answers in the order of the paths."""
        answers: dict[bytes, _Result] = {}
        asked = {path: self._monitor_of(path) for path in paths}
        for index, monitor in enumerate(self._all):
            part = tuple(path for path in paths if asked[path] is monitor)
            for result in question(monitor, part):
                answers[result.path] = _with_outer_wd(result, index)
        return tuple(answers[path] for path in paths)

    def _monitor_of(self, path: bytes) -> Monitor:
        return next(monitor for source, monitor in self._by_source.items() if path.startswith(source))


_BITS: Final = 32
"""Of a monitor's own descriptors; above them stands which monitor it is."""
_LARGEST: Final = (1 << _BITS) - 1


def _outer(wd: int, index: int) -> int:
    return index << _BITS | wd


def _with_outer_wds(record: Record, index: int) -> Record:
    cookie = _outer(record.cookie, index) if record.mask == masks.MEET else record.cookie
    return evolve(record, wd=_outer(record.wd, index), cookie=cookie)


def _with_outer_wd(result: _Result, index: int) -> _Result:
    if isinstance(result, ScanFailed) or not result.wd:
        return result
    return evolve(result, wd=_outer(result.wd, index))
