"""Primitives on a sync's queue: what inlets, events and `spawn` are made of."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Final

from attrs import frozen

from pylsyncd.core import inputs as i
from pylsyncd.core.model import Clearance, Command, Delay, DelayStatus, EventType
from pylsyncd.core.queries import Queries, Selection
from pylsyncd.script.convert import to_bytes
from pylsyncd.script.errors import RefusalError
from pylsyncd.script.link import Link

Probe = Callable[[int, str, bytes, bytes | None], int]
"""A Lua test of one delay: number, type and paths to an index of `_SELECTIONS`."""

_SELECTIONS: Final = (Selection.TAKE, Selection.LEAVE, Selection.BREAK)

_NUMBER: Final = struct.Struct("<q")
_NAMES: Final = {etype: etype.value.encode() + b"\0" for etype in EventType}
_WAIT: Final = DelayStatus.WAIT

Facts = tuple[str, bytes, bytes | None]
"""Type, path and second path of a delay."""


@frozen
class QueuePrimitives:
    """Each takes a sync's number first; answers are what Lua gets, in order."""

    link: Link

    # -- questions -------------------------------------------------------------------------------

    def first_ready(self, sync: int) -> tuple[()] | tuple[int, str, bytes, bytes | None]:
        """Number and facts of the delay that `getEvent` gives."""
        delay = self._queries().first_ready(sync)
        return () if delay is None else (delay.id, *_facts(delay))

    def describe(self, sync: int, number: int) -> tuple[()] | Facts:
        """The facts of one delay, or nothing if it has left."""
        delay = self._queries().delay(sync, number)
        return () if delay is None else _facts(delay)

    def describe_all(self, sync: int, numbers: str) -> tuple[int, bytes]:
        """Number and facts of delays that are still queued."""
        found = map(self._queries().queue(sync).get, _numbers(numbers))
        return _packed(delay for delay in found if delay is not None)

    def select_all(self, sync: int) -> tuple[int, bytes]:
        """Number and facts of all delays that no active one holds back."""
        return _packed(self._queries().select(sync, _take))

    def select(self, sync: int, probe: Probe) -> None:
        """Show `probe` each delay that no active or refused one holds back; it keeps what it takes."""

        def test(delay: Delay) -> Selection:
            return _SELECTIONS[probe(delay.id, delay.etype.value, delay.path, delay.path2)]

        self._queries().select(sync, test)

    def status(self, sync: int, number: int) -> str:
        """A delay's status as scripts see it; `done` when it has left."""
        delay = self._queries().delay(sync, number)
        return (DelayStatus.DONE if delay is None else delay.status).value

    def is_queued(self, sync: int, number: int) -> bool:
        """Whether the delay has not left."""
        return self._queries().delay(sync, number) is not None

    def clearance(self, sync: int, numbers: str) -> int:
        """The least of these delays' leave to delete."""
        delays = [self._queries().delay(sync, number) for number in _numbers(numbers)]
        return min((delay.clearance.value for delay in delays if delay), default=Clearance.NONE.value)

    def queue_size(self, sync: int) -> int:
        """How many delays the sync holds."""
        return len(self._queries().queue(sync))

    def processes_of(self, sync: int) -> int:
        """How many processes the sync runs."""
        return self._queries().processes_of(sync)

    def pid_of(self, sync: int, number: int) -> int | None:
        """The process that works on a delay, or None."""
        return self._queries().pid_of(sync, number)

    def processes_running(self) -> int:
        """How many processes all syncs run; none while the configuration is loaded."""
        core = self.link.core
        return 0 if core is None else core.queries.processes_running()

    def tunnel_ports(self, tunnel: int) -> tuple[int, ...]:
        """The local ports of a tunnel's processes that are up; none while the configuration is loaded."""
        core = self.link.core
        return () if core is None else core.queries.tunnel_ports(tunnel)

    def excludes(self, sync: int) -> bytes:
        """The exclude patterns now, a NUL behind each."""
        return b"".join(pattern + b"\0" for pattern in self._queries().excludes(sync))

    def filters(self, sync: int) -> bytes:
        """The filter rules now, a NUL behind each."""
        return b"".join(rule + b"\0" for rule in self._queries().filters(sync))

    # -- requests --------------------------------------------------------------------------------

    def spawn(  # noqa: PLR0913, PLR0917 - Lua passes by position
        self,
        sync: int,
        is_list: bool,  # noqa: FBT001 - as above
        numbers: str,
        command: str,
        stdin: str | None,
        is_count: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> None:
        """Start a process for delays; the words of `command` are joined by NULs.

        `is_count`: it only counts what would be deleted.
        """
        words = tuple(to_bytes(command).split(b"\0"))
        wanted = Command(words, None if stdin is None else to_bytes(stdin))
        self._request(sync, numbers, wanted, is_list=is_list, is_count=is_count)

    def spawn_answering(
        self,
        sync: int,
        is_list: bool,  # noqa: FBT001 - as above
        numbers: str,
        command: str,
        stdin: str | None,
    ) -> None:
        """The same; `collect` is to see what the process writes to its standard output."""
        words = tuple(to_bytes(command).split(b"\0"))
        wanted = Command(words, None if stdin is None else to_bytes(stdin), wants_answer=True)
        self._request(sync, numbers, wanted, is_list=is_list)

    def spawn_in_parts(self, sync: int, number: str, stdin: str, *commands: str) -> None:
        """Start a process for a delay, and when it has ended the others, side by side; see `spawn`."""
        first, *rest = (
            Command(tuple(to_bytes(one).split(b"\0")), to_bytes(stdin) if stdin else None) for one in commands
        )
        self._request(sync, number, first, is_list=False, rest=tuple(rest))

    def _request(  # noqa: PLR0913 - what is asked for
        self,
        sync: int,
        numbers: str,
        wanted: Command,
        *,
        is_list: bool,
        is_count: bool = False,
        rest: tuple[Command, ...] = (),
    ) -> None:
        delays = tuple(_numbers(numbers))
        for delay in map(self._queries().queue(sync).get, delays):
            if delay is None or delay.status is not _WAIT:
                _check_free(delay, is_list=is_list)
        self.link.submit(i.SpawnRequested(self._now(), sync, delays, is_list, wanted, is_count, rest))

    def discard(self, sync: int, number: int, is_missed: bool) -> None:  # noqa: FBT001 - Lua has no keywords
        """Give a waiting delay up."""
        self.link.submit(i.DiscardRequested(self._now(), sync, number, is_missed))

    def create_blanket(self, sync: int) -> tuple[int, str, bytes, bytes | None]:
        """Queue a Blanket; its number and facts."""
        self.link.running(b"a blanket event").submit(i.BlanketRequested(self._now(), sync))
        return self._newest(sync)

    def create_full(self, sync: int, path: str) -> tuple[int, str, bytes, bytes | None]:
        """Queue a full transfer; its number and facts."""
        if "\0" in path:
            message = b"createFullEvent: the path holds a NUL"
            raise RefusalError(message)
        self.link.running(b"a full transfer").submit(i.FullRequested(self._now(), sync, to_bytes(path)))
        return self._newest(sync)

    def add_exclude(self, sync: int, pattern: str) -> None:
        """Exclude a pattern from now on."""
        self.link.submit(i.ExcludeAdded(self._now(), sync, to_bytes(pattern)))

    def remove_exclude(self, sync: int, pattern: str) -> None:
        """Exclude a pattern no longer."""
        self.link.submit(i.ExcludeRemoved(self._now(), sync, to_bytes(pattern)))

    def append_filter(self, sync: int, rule: str) -> None:
        """Append a filter rule."""
        self.link.submit(i.FilterAppended(self._now(), sync, to_bytes(rule)))

    def set_limits(self, sync: int, delay: float, max_delays: int, max_processes: int) -> None:
        """The numbers that count from now on; `delay` in seconds."""
        self.link.submit(i.LimitsChanged(self._now(), sync, delay, max_delays, max_processes))

    # -- parts -----------------------------------------------------------------------------------

    def _queries(self) -> Queries:
        return self.link.running(b"a sync's queue").queries

    def _now(self) -> float:
        return self.link.ports.now()

    def _newest(self, sync: int) -> tuple[int, str, bytes, bytes | None]:
        newest = self._queries().queue(sync).newest
        return (newest.id, *_facts(newest))


def _check_free(delay: Delay | None, *, is_list: bool) -> None:
    """Refuse what no process can be started for, of a delay that does not simply wait.

    A list may hold delays that wait for others of the same list: one process serves both.
    """
    if delay is None:
        message = b"spawn() called on an event that has left the queue"
        raise RefusalError(message)
    if is_list and delay.status is DelayStatus.BLOCK:
        return
    facts = delay.etype.value.encode(), delay.path, delay.status.value.encode()
    raise RefusalError(b"spawn() called on a non-waiting event: %s %s is %s" % facts)


def _facts(delay: Delay) -> Facts:
    return delay.etype.value, delay.path, delay.path2


def _take(_: Delay) -> Selection:
    return Selection.TAKE


def _numbers(text: str) -> Iterable[int]:
    # no `map`: of a hundred thousand it would leave no other thread a chance for 10 ms
    return (int(word) for word in text.split())


def _packed(delays: Iterable[Delay]) -> tuple[int, bytes]:
    """Their count, and a text for Lua's `string.unpack("<i8zzz")`: number, type, path and second path.

    One text crosses the border much faster than a table does; no path holds a NUL.
    """
    pack = _NUMBER.pack
    rows = [b"%b%b%b\0%b\0" % (pack(one.id), _NAMES[one.etype], one.path, one.path2 or b"") for one in delays]
    return len(rows), b"".join(rows)
