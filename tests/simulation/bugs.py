"""Eleven bugs, each planted into the running program by a small patch: the simulation has to find each."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import pytest
from attrs import frozen

from pylsyncd.core import collapse
from pylsyncd.core.delays import Absorbed, DelayQueue, Outcome
from pylsyncd.core.model import Command, Delay, DelayStatus, EventType, Exited, Killed, ProcessEnd, Record
from pylsyncd.core.pathtree import Node
from pylsyncd.core.team import Team
from pylsyncd.core.watchbook import WatchBook
from pylsyncd.loop import Trampoline
from pylsyncd.script import queue_primitives

Patch = Callable[[pytest.MonkeyPatch], None]
"""Puts the bug in."""


@frozen
class Bug:
    """What is wrong, and the patch that makes it so."""

    name: str
    plant: Patch


def _absorb_on_active(patch: pytest.MonkeyPatch) -> None:
    add = DelayQueue.add

    def wrong(
        queue: DelayQueue, etype: EventType, path: bytes, path2: bytes | None, alarm: float
    ) -> list[Outcome]:
        for one in queue:
            if one.status is DelayStatus.ACTIVE and (one.path, one.etype) == (path, etype):
                return [Absorbed(etype, path, one)]
        return add(queue, etype, path, path2, alarm)

    patch.setattr(DelayQueue, "add", wrong)


def _forgotten_unblock(patch: pytest.MonkeyPatch) -> None:
    remove = DelayQueue.remove

    def wrong(queue: DelayQueue, delay: Delay) -> None:
        forgotten = list(delay.blocks.values())[2:]
        remove(queue, delay)
        for one in forgotten:
            one.status = DelayStatus.BLOCK

    patch.setattr(DelayQueue, "remove", wrong)


def _lost_half(patch: pytest.MonkeyPatch) -> None:
    """A second half whose first never comes is no Create."""

    def wrong(book: WatchBook, record: Record, node: Node) -> None:
        book._uproot_child(node, record.name)

    patch.setattr(WatchBook, "_arrive", wrong)


def _dropped_watch(patch: pytest.MonkeyPatch) -> None:
    """Every eleventh directory that a scan finds is not noted."""
    add = WatchBook.add

    def wrong(book: WatchBook, path: bytes, wd: int) -> bool:
        return wd % 11 != 10 and add(book, path, wd)

    patch.setattr(WatchBook, "add", wrong)


def _signal_is_success(patch: pytest.MonkeyPatch) -> None:
    ended = Trampoline.process_ended

    def wrong(trampoline: Trampoline, process: int, end: ProcessEnd) -> None:
        ended(trampoline, process, Exited(0) if isinstance(end, Killed) else end)

    patch.setattr(Trampoline, "process_ended", wrong)


def _stale_subtree(patch: pytest.MonkeyPatch) -> None:
    """What moves out of the tree stays in the book, and its watches in the kernel."""

    def wrong(book: WatchBook, _record: Record, path: bytes, _child: Node | None) -> None:
        book._report(EventType.DELETE, path)

    patch.setattr(WatchBook, "_leave", wrong)


def _forgetful_retry(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DelayQueue, "retry", lambda queue, delay, _alarm: queue.remove(delay))


def _swapped_verdict(patch: pytest.MonkeyPatch) -> None:
    table = dict(collapse.SAME_DIRECTORY)
    again, twice = (EventType.DELETE, EventType.CREATE), (EventType.CREATE, EventType.CREATE)
    table[again], table[twice] = table[twice], table[again]
    patch.setattr(collapse, "SAME_DIRECTORY", MappingProxyType(table))


def _ignored_overflow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WatchBook, "_overflow", lambda _book: None)


def _shallow_delete(patch: pytest.MonkeyPatch) -> None:
    """A Delete of a directory goes to rsync without what lies in it."""

    def wrong(argv: tuple[bytes, ...], stdin: bytes | None = None) -> Command:
        return Command(argv, None if stdin is None else stdin.replace(b"/***", b"/"))

    patch.setattr(queue_primitives, "Command", wrong)


def _last_end_counts(patch: pytest.MonkeyPatch) -> None:
    """A part of a start-up that fails is forgotten when another one ends well."""

    def wrong(team: Team, end: ProcessEnd) -> None:
        team.running -= 1
        team.end = end

    patch.setattr(Team, "leave", wrong)


BUGS: Final = (
    Bug("an event is absorbed by one that is being brought over", _absorb_on_active),
    Bug("what waited for an event is forgotten when that is done", _forgotten_unblock),
    Bug("the half of a move whose other half never comes is lost", _lost_half),
    Bug("a watch is set and not noted", _dropped_watch),
    Bug("a death by signal is read as success", _signal_is_success),
    Bug("what moves out of the tree is watched under its old path", _stale_subtree),
    Bug("what is to be tried again leaves the queue", _forgetful_retry),
    Bug("two verdicts of the collapse table are swapped", _swapped_verdict),
    Bug("an overflow of the queue is ignored", _ignored_overflow),
    Bug("the Delete of a directory leaves what is in it", _shallow_delete),
    Bug("of a start-up in parts the last end counts, not the worst", _last_end_counts),
)
