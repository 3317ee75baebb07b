"""What is written waits beside the queue: the indexed holds against plain ones, and rules by sentences."""

from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.strategies import PLAIN_TYPES, moves, paths
from pylsyncd.core.collapse import BRINGING
from pylsyncd.core.delays import DelayQueue, Held
from pylsyncd.core.model import Content, DelayStatus, EventType
from pylsyncd.core.settling import Event, Settling

CREATE, MODIFY, DELETE, MOVE = EventType.CREATE, EventType.MODIFY, EventType.DELETE, EventType.MOVE
SECONDS = 3.0


class SettlingAgainstTwin(RuleBasedStateMachine):
    """The twin knows of each file that is held when it settles, and finds everything by looking at all."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = DelayQueue()
        self.settling = Settling(self.queue, SECONDS)
        self.twin: dict[bytes, float] = {}
        self.now = 0.0

    @rule(
        etype=PLAIN_TYPES,
        path=paths(),
        content=st.sampled_from([Content.UNKNOWN, Content.WRITTEN, Content.MOVED]),
        pause=st.sampled_from([0.0, 1.0]),
    )
    def something_happens(self, etype: EventType, path: bytes, content: Content, pause: float) -> None:
        self.now += pause
        outcomes = self.settling.add(Event(etype, path, None, self.now), content, self.now)
        if path.endswith(b"/") or etype is DELETE:
            self.forget(path if etype is DELETE else path.rstrip(b"/") if etype is CREATE else b"-")
            assert Held not in map(type, outcomes)
        elif etype in {CREATE, MODIFY} and content is not Content.MOVED:
            self.twin[path] = self.now + SECONDS
        assert (Held(etype, path) in outcomes) is (path in self.twin)

    @rule(path=paths())
    def a_file_is_closed(self, path: bytes) -> None:
        file = path.rstrip(b"/")
        self.settling.add(Event(MODIFY, file, None, self.now), Content.CLOSED, self.now)
        self.twin.pop(file, None)

    @rule(ends=moves())
    def something_moves(self, ends: tuple[bytes, bytes]) -> None:
        path, path2 = ends
        self.settling.follow(path, path2, self.now)
        moved = [one for one in self.twin if one == path or (path.endswith(b"/") and one.startswith(path))]
        for one in moved:
            del self.twin[one]
        self.forget(path2)
        self.twin |= {path2 + one[len(path) :]: self.now + SECONDS for one in moved}

    @rule()
    def all_that_waits_is_begun(self) -> None:
        for delay in self.queue:
            if delay.status is DelayStatus.WAIT:
                self.queue.activate(delay)

    @rule(pause=st.sampled_from([1.0, 2.0, 3.0]))
    def time_goes_by(self, pause: float) -> None:
        self.now += pause
        self.settling.settle(self.now)
        self.twin = {path: until for path, until in self.twin.items() if until > self.now}

    def forget(self, path: bytes) -> None:
        is_directory = path.endswith(b"/")
        for one in [*self.twin]:
            if one == path.rstrip(b"/") or (is_directory and one.startswith(path)):
                del self.twin[one]

    @invariant()
    def both_hold_the_same(self) -> None:
        assert list(self.settling.paths) == sorted(self.twin)
        assert self.settling.next_wakeup == min(self.twin.values(), default=math.inf)

    @invariant()
    def nothing_that_is_written_waits_to_be_sent_anew(self) -> None:
        for path in self.twin:
            newest = self.queue._index.newest_of_file(path)
            assert newest is None or newest.etype not in BRINGING or newest.status is DelayStatus.ACTIVE


SettlingAgainstTwin.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestSettlingAgainstTwin = SettlingAgainstTwin.TestCase


def test_the_status_names_the_first_of_many_that_settle() -> None:
    settling = Settling(DelayQueue(), SECONDS)
    for number in range(23):
        settling.add(Event(CREATE, b"/f%02d" % number, None, 0.0), Content.UNKNOWN, 0.0)
    assert settling.report().lines == (*(b"/f%02d" % number for number in range(20)), b"and 3 more")


def test_nothing_that_is_held_is_lost() -> None:
    queue = DelayQueue()
    settling = Settling(queue, SECONDS)
    for etype in (CREATE, MODIFY, EventType.ATTRIB):
        settling.add(Event(etype, b"/f", None, 5.0), Content.UNKNOWN, 0.0)
    settling.settle(SECONDS)
    [delay] = queue
    assert (delay.etype, delay.alarm, delay.swallowed) == (CREATE, 5.0, frozenset({MODIFY, EventType.ATTRIB}))
