"""The indexed queue of one sync against the plain one, step by step."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.reference import Plain, PlainQueue
from core.strategies import PLAIN_TYPES, WHOLE_TYPES, moves, paths
from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Delay, DelayStatus, EventType
from pylsyncd.core.queries import Selection

CREATE, MODIFY, DELETE = EventType.CREATE, EventType.MODIFY, EventType.DELETE
ATTRIB, MOVE, INIT = EventType.ATTRIB, EventType.MOVE, EventType.INIT

_MANY = 1000
PLACES = st.integers(0, _MANY - 1)


def _at(place: int, pairs: list[tuple[Delay, Plain]]) -> tuple[Delay, Plain]:
    return pairs[place % len(pairs)]


class QueueAgainstTwin(RuleBasedStateMachine):
    """Drives both queues alike and compares everything that can be seen after every step."""

    @initialize(combine=st.booleans(), max_delays=st.sampled_from([3, 8, 1000]))
    def begin(self, combine: bool, max_delays: int) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.queue = DelayQueue(combine=combine, max_delays=max_delays)
        self.twin = PlainQueue(combine=combine, max_delays=max_delays)
        self.now = 0.0

    @rule(etype=PLAIN_TYPES, path=paths(), pause=st.sampled_from([0.0, 0.0, 1.0]))
    def something_happens(self, etype: EventType, path: bytes, pause: float) -> None:
        self.now += pause
        self.queue.add(etype, path, None, self.now + 2.0)
        self.twin.add(etype.value, path, None, self.now + 2.0)

    @rule(ends=moves())
    def something_moves(self, ends: tuple[bytes, bytes]) -> None:
        self.queue.add(MOVE, *ends, self.now + 2.0)
        self.twin.add("Move", *ends, self.now + 2.0)

    @rule(etype=WHOLE_TYPES)
    def something_concerns_all(self, etype: EventType) -> None:
        self.queue.add(etype, b"", None, self.now)
        self.twin.add(etype.value, b"", None, self.now)

    def pairs(self, *statuses: str) -> list[tuple[Delay, Plain]]:
        both = zip(self.queue, self.twin.delays, strict=True)
        return [(real, plain) for real, plain in both if plain.status in statuses]

    @precondition(lambda self: self.pairs("wait"))
    @rule(place=PLACES)
    def one_is_spawned_for(self, place: int) -> None:
        real, plain = _at(place, self.pairs("wait"))
        self.queue.activate(real)
        self.twin.activate(plain)

    @rule(refused=st.sampled_from([b"a", b"b", b"-"]), ending=st.sampled_from([b"ab", b"-"]))
    def a_list_is_spawned_for(self, refused: bytes, ending: bytes) -> None:
        def answer(etype: str, path: bytes) -> str:
            if path.rstrip(b"/").endswith(ending):
                return "break"
            return "leave" if etype == "Init" or path.rstrip(b"/").endswith(refused) else "take"

        chosen = self.queue.select(lambda one: Selection(answer(one.etype.value, one.path)), self.now)
        expected = self.twin.select(answer, self.now)
        assert [(one.etype.value, one.path) for one in chosen] == [(one.etype, one.path) for one in expected]
        for real, plain in zip(chosen, expected, strict=True):
            self.queue.activate(real)
            self.twin.activate(plain)

    @precondition(lambda self: self.pairs("active"))
    @rule(place=PLACES, is_done=st.booleans())
    def a_process_ends(self, place: int, is_done: bool) -> None:  # noqa: FBT001 - as above
        real, plain = _at(place, self.pairs("active"))
        if is_done:
            self.queue.remove(real)
            self.twin.remove(plain)
        else:
            self.queue.retry(real, self.now + 5.0)
            self.twin.retry(plain, self.now + 5.0)

    @precondition(lambda self: self.pairs("active"))
    @rule(data=st.data(), company=st.integers(1, 2))
    def one_falls_into_company(self, data: st.DataObject, company: int) -> None:
        real, plain = data.draw(st.sampled_from(self.pairs("active")))
        real.company = plain.company = company

    def moves_under_way(self) -> list[tuple[Delay, Plain]]:
        return [(real, plain) for real, plain in self.pairs("active") if plain.etype == "Move"]

    @precondition(lambda self: self.moves_under_way())
    @rule(place=PLACES)
    def a_move_did_not_happen(self, place: int) -> None:
        real, plain = _at(place, self.moves_under_way())
        self.queue.split(real)
        self.twin.split(plain)

    @precondition(lambda self: self.pairs("wait"))
    @rule(place=PLACES)
    def one_is_discarded(self, place: int) -> None:
        real, plain = _at(place, self.pairs("wait"))
        self.queue.discard(real)
        self.twin.discard(plain)

    @rule(seconds=st.sampled_from([1.0, 2.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def queue_blocks_and_order_are_the_same(self) -> None:
        real = list(self.queue)
        plain = self.twin.delays
        assert [_seen(one, real) for one in real] == [_seen_plain(one, plain) for one in plain]
        assert len(self.queue) == len(plain)

    @invariant()
    def no_delay_waits_for_what_is_not_in_the_queue(self) -> None:
        real = list(self.queue)
        for place, one in enumerate(real):
            if one.status is DelayStatus.BLOCK:
                assert one.blocked_by in real[:place]
            for blocked in one.blocks.values():
                assert blocked in real[place:]
                assert blocked.blocked_by is one

    @invariant()
    def the_same_delay_is_ready(self) -> None:
        ready, expected = self.queue.first_ready(self.now), self.twin.first_ready(self.now)
        real = list(self.queue)
        place = None if ready is None else real.index(ready)
        assert place == (None if expected is None else self.twin.delays.index(expected))
        due = self.queue.next_due()
        expected_due = self.twin.next_due(self.now)
        assert (None if due == math.inf else max(due, self.now)) == _clamped(expected_due, self.now)

    @invariant()
    def delays_are_found_by_their_number_while_queued(self) -> None:
        assert [self.queue.get(one.id) for one in self.queue] == list(self.queue)


def _clamped(time: float | None, now: float) -> float | None:
    return None if time is None else max(time, now)


def _seen(one: Delay, queue: list[Delay]) -> tuple[object, ...]:
    blocker = None if one.blocked_by is None else queue.index(one.blocked_by)
    swallowed = {etype.value for etype in one.swallowed}
    return one.etype.value, one.path, one.path2, one.alarm, one.status.value, one.tries, swallowed, blocker


def _seen_plain(one: Plain, queue: list[Plain]) -> tuple[object, ...]:
    blocker = None if one.blocker is None else queue.index(one.blocker)
    return one.etype, one.path, one.path2, one.alarm, one.status, one.tries, one.swallowed, blocker


QueueAgainstTwin.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestIndexedQueueEqualsScan = QueueAgainstTwin.TestCase


# -- the same by chance alone, a hundred times as fast -----------------------------------------------------

RUNS = 10_000
PART = 2_500


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, RUNS, PART))
def test_both_queues_agree_in_thousands_of_random_streams(first: int) -> None:
    for seed in range(first, first + PART):
        steps: list[str] = []
        try:
            _play(Random(seed), steps)  # noqa: S311 - no secret
        except Exception as error:
            raise AssertionError(f"seed {seed}:\n" + "\n".join(steps)) from error


def _play(random: Random, steps: list[str]) -> None:
    """Twenty-five steps; `steps` tells which."""
    machine = QueueAgainstTwin()
    machine.begin(random.random() < 0.5, random.choice((3, 8, 1000)))
    for _ in range(25):
        name, arguments = _step(machine, random)
        steps.append(f"{name}{arguments}")
        getattr(machine, name)(*arguments)
        machine.queue_blocks_and_order_are_the_same()
        machine.no_delay_waits_for_what_is_not_in_the_queue()
        machine.the_same_delay_is_ready()
        machine.delays_are_found_by_their_number_while_queued()


def _step(machine: QueueAgainstTwin, random: Random) -> tuple[str, tuple[object, ...]]:
    place = random.randrange(_MANY)
    kinds: list[tuple[str, tuple[object, ...]]] = [
        ("something_happens", (random.choice(_ETYPES), _path(random), random.choice((0.0, 0.0, 1.0)))),
        ("something_moves", (_ends(random),)),
        ("something_concerns_all", (random.choice((INIT, EventType.BLANKET, EventType.FULL)),)),
        ("a_list_is_spawned_for", (random.choice((b"a", b"b", b"-")), random.choice((b"ab", b"-")))),
        ("time_passes", (random.choice((1.0, 2.0, 10.0)),)),
    ]
    if machine.pairs("wait"):
        kinds += [("one_is_spawned_for", (place,)), ("one_is_discarded", (place,))]
    if machine.pairs("active"):
        kinds.append(("a_process_ends", (place, random.random() < 0.5)))
    if machine.moves_under_way():
        kinds.append(("a_move_did_not_happen", (place,)))
    return random.choice(kinds)


_ETYPES = (ATTRIB, CREATE, MODIFY, DELETE)
_NAMES = (b"a", b"b", b"ab", b"\xff\n")


def _names(random: Random) -> tuple[bytes, ...]:
    names, most = random.choice((((b"a",), 2), ((b"a",), 10), (_NAMES, 3)))
    return tuple(random.choice(names) for _ in range(random.randint(1, most)))


def _path(random: Random) -> bytes:
    return b"/" + b"/".join(_names(random)) + random.choice((b"", b"/"))


def _ends(random: Random) -> tuple[bytes, bytes]:
    """Of a move: neither is inside the other."""
    slash = random.choice((b"", b"/"))
    while True:
        ends = _names(random), _names(random)
        least = min(map(len, ends))
        if ends[0][:least] != ends[1][:least]:
            return b"/" + b"/".join(ends[0]) + slash, b"/" + b"/".join(ends[1]) + slash
