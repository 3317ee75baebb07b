"""The queue of one sync: each rule by its sentence."""

from __future__ import annotations

import math

import pytest

from pylsyncd.core.delays import (
    Absorbed,
    Appended,
    DelayQueue,
    Replaced,
    SplitUp,
    Stacked,
    Turned,
)
from pylsyncd.core.model import DelayStatus, EventType

CREATE, MODIFY, DELETE = EventType.CREATE, EventType.MODIFY, EventType.DELETE
ATTRIB, MOVE, INIT = EventType.ATTRIB, EventType.MOVE, EventType.INIT


def queue_of(*events: tuple[EventType, bytes], combine: bool = True, max_delays: int = 1000) -> DelayQueue:
    queue = DelayQueue(combine=combine, max_delays=max_delays)
    for etype, path in events:
        queue.add(etype, path, None, 10.0)
    return queue


def shown(queue: DelayQueue) -> list[str]:
    return [f"{one.status.value} {one.etype.value} {one.path.decode()}" for one in queue]


def test_an_event_that_touches_nothing_is_appended() -> None:
    queue = queue_of((CREATE, b"/a"))
    assert [type(one) for one in queue.add(CREATE, b"/b", None, 1.0)] == [Appended]
    assert shown(queue) == ["wait Create /a", "wait Create /b"]


def test_a_modify_is_absorbed_by_the_create_before_it() -> None:
    queue = queue_of((CREATE, b"/a"), (CREATE, b"/b"))
    assert [type(one) for one in queue.add(MODIFY, b"/a", None, 1.0)] == [Absorbed]
    assert len(queue) == 2


def test_a_replaced_event_keeps_its_place_and_the_earlier_alarm() -> None:
    queue = queue_of((DELETE, b"/a"), (CREATE, b"/b"))
    assert [type(one) for one in queue.add(CREATE, b"/a", None, 99.0)] == [Replaced]
    assert shown(queue) == ["wait Create /a", "wait Create /b"]
    ready = queue.first_ready(10.0)
    assert ready is not None
    assert (ready.etype, ready.path) == (CREATE, b"/a")


def test_what_waited_for_a_replaced_event_waits_for_its_successor() -> None:
    queue = queue_of((CREATE, b"/d/"), (CREATE, b"/d/f"), (MODIFY, b"/x"))
    queue.add(DELETE, b"/d/f", None, 10.0)
    assert shown(queue) == ["wait Create /d/", "block Delete /d/f", "wait Modify /x"]
    first = next(iter(queue))
    queue.remove(first)
    assert shown(queue) == ["wait Delete /d/f", "wait Modify /x"]


def test_a_delete_at_a_moves_destination_turns_the_move() -> None:
    queue = DelayQueue()
    queue.add(MOVE, b"/a", b"/b", 10.0)
    assert [type(one) for one in queue.add(DELETE, b"/b", None, 10.0)] == [Turned]
    assert shown(queue) == ["wait Delete /a", "block Delete /b"]


def test_a_move_that_touches_is_split_and_its_parts_combine() -> None:
    queue = queue_of((CREATE, b"/a"))
    outcomes = queue.add(MOVE, b"/a", b"/b", 10.0)
    assert [type(one) for one in outcomes] == [SplitUp, Replaced, Appended]
    assert shown(queue) == ["wait Delete /a", "wait Create /b"]


def test_after_two_swapped_files_nothing_waits_for_ever() -> None:
    queue = DelayQueue()
    for origin, destination in ((b"/a", b"/t"), (b"/b", b"/a"), (b"/t", b"/b")):
        queue.add(MOVE, origin, destination, 0.0)
    while len(queue):
        ready = queue.first_ready(0.0)
        assert ready is not None
        queue.activate(ready)
        queue.remove(ready)


def test_a_discarded_create_gives_way_to_the_modify_that_it_swallowed() -> None:
    queue = queue_of((CREATE, b"/a"), (ATTRIB, b"/a"), (MODIFY, b"/a"))
    for expected in ("Create", "Modify", "Attrib"):
        [delay] = queue
        assert delay.etype.value == expected
        queue.discard(delay)
    assert len(queue) == 0


def test_a_move_that_did_not_happen_becomes_a_delete_and_a_create_in_its_place() -> None:
    queue = queue_of((CREATE, b"/x"))
    queue.add(MOVE, b"/a", b"/b", 10.0)
    queue.add(CREATE, b"/y", None, 10.0)
    _, move, _ = queue
    queue.activate(move)
    assert queue.split(move).path == b"/b"
    assert shown(queue) == ["wait Create /x", "wait Delete /a", "wait Create /b", "wait Create /y"]


def test_a_split_move_that_waits_for_another_event_goes_on_waiting() -> None:
    queue = queue_of((INIT, b""))
    queue.add(MOVE, b"/a", b"/b", 10.0)
    queue.add(INIT, b"", None, 10.0)
    init, move, last = queue
    queue.activate(move)
    queue.split(move)
    _, deleted, created, _ = queue
    assert (deleted.blocked_by, created.blocked_by, last.blocked_by) == (init, deleted, created)
    assert shown(queue) == ["wait Init ", "block Delete /a", "block Create /b", "block Init "]


def test_what_waited_for_a_split_move_waits_for_the_end_that_it_touches() -> None:
    queue = queue_of()
    queue.add(MOVE, b"/a/", b"/b/", 10.0)
    [move] = queue
    queue.activate(move)
    queue.add(CREATE, b"/a/", None, 10.0)
    queue.add(MODIFY, b"/b/f", None, 10.0)
    queue.split(move)
    deleted, created, again, modified = queue
    assert again.blocked_by is deleted
    assert modified.blocked_by is created


def test_once_a_process_ran_the_swallowed_events_are_gone() -> None:
    queue = queue_of((CREATE, b"/a"), (MODIFY, b"/a"))
    [delay] = queue
    queue.activate(delay)
    queue.retry(delay, 20.0)
    assert queue.discard(delay) is None
    assert len(queue) == 0


def test_an_init_holds_back_a_hundred_thousand_events_and_lets_them_go() -> None:
    queue = queue_of((INIT, b""))
    for number in range(1000):
        queue.add(CREATE, b"/f%d" % number, None, 5.0)
        queue.add(DELETE, b"/f%d" % number, None, 5.0)
    assert {one.status for one in queue} == {DelayStatus.WAIT, DelayStatus.BLOCK}
    queue.remove(next(iter(queue)))
    assert {one.status for one in queue} == {DelayStatus.WAIT}


def test_a_full_queue_makes_everything_ready_but_what_failed() -> None:
    queue = queue_of((CREATE, b"/a"), (CREATE, b"/b"), max_delays=2)
    first = queue.first_ready(0.0)
    assert first is not None
    assert queue.next_due() == -math.inf
    queue.activate(first)
    queue.retry(first, 50.0)
    second = queue.first_ready(0.0)
    assert second is not None
    assert second.path == b"/b"


def test_a_blocked_event_of_a_list_may_be_given_up_before_its_blocker() -> None:
    queue = queue_of((CREATE, b"/d/"), (CREATE, b"/d/f"))
    directory, file = queue
    queue.activate(directory)
    queue.activate(file)
    queue.remove(file)
    queue.retry(directory, 20.0)
    assert shown(queue) == ["wait Create /d/"]
    assert directory.blocks == {}


def test_an_active_event_stays_active_when_its_blocker_is_done() -> None:
    queue = queue_of((CREATE, b"/d/"), (CREATE, b"/d/f"))
    directory, file = queue
    queue.activate(directory)
    queue.activate(file)
    queue.remove(directory)
    assert shown(queue) == ["active Create /d/f"]


def test_memory_of_finished_events_is_given_back() -> None:
    queue = DelayQueue()
    for number in range(5000):
        queue.add(CREATE, b"/dir/%d" % number, None, 10.0 + number)
        [delay] = queue
        queue.activate(delay)
        queue.remove(delay)
    assert len(queue._waiting._alarms) < 200
    assert len(queue._waiting._untried) < 200
    assert queue._index._directories == {}
    assert queue._index._newest == {}


def test_delays_that_have_left_do_not_pile_up_behind_one_that_waits() -> None:
    queue = queue_of((CREATE, b"/first"))
    for number in range(500):
        queue.add(CREATE, b"/%d" % number, None, 10.0 + number)
        queue.activate(queue.newest)
        queue.remove(queue.newest)
    assert len(queue) == 1
    assert len(queue._waiting._fresh) < 100


def test_events_of_one_file_that_do_not_combine_may_leave_in_any_order() -> None:
    queue = DelayQueue(combine=False)
    for _ in range(3):
        queue.add(MODIFY, b"/f", None, 10.0)
    first, second, third = queue
    for leaving, left in ((second, third), (third, first)):
        queue.remove(leaving)
        [stacked] = queue.add(ATTRIB, b"/f/", None, 10.0)
        assert isinstance(stacked, Appended)  # strangers without combining
        queue.remove(stacked.delay)
        assert queue._index.newest_of_file(b"/f") is left


def test_an_event_of_the_source_itself_concerns_all_in_it() -> None:
    queue = queue_of((ATTRIB, b"/"))
    [stacked] = queue.add(CREATE, b"/a", None, 10.0)
    assert isinstance(stacked, Stacked)
    for delay in list(queue):
        queue.remove(delay)
    assert queue._index._directories == {}


def test_the_newest_delay_is_at_hand() -> None:
    assert queue_of((CREATE, b"/a"), (CREATE, b"/b")).newest.path == b"/b"
    with pytest.raises(IndexError):
        _ = DelayQueue().newest


def test_an_empty_queue_is_never_due() -> None:
    assert DelayQueue().next_due() == math.inf
    queue = queue_of((CREATE, b"/a"))
    queue.remove(next(iter(queue)))
    assert queue.next_due() == math.inf


def test_the_newest_of_many_children_is_found_after_others_have_gone() -> None:
    queue = queue_of(*((CREATE, b"/d/%d/f" % number) for number in range(60)), (CREATE, b"/d/7/g"))
    delays = list(queue)
    for gone in (*delays[30:60], delays[60]):
        queue.remove(gone)
    [stacked] = queue.add(DELETE, b"/d/", None, 10.0)
    assert isinstance(stacked, Stacked)
    assert stacked.on.path == b"/d/29/f"


def test_the_newest_of_children_that_take_turns_is_found() -> None:
    queue = DelayQueue(combine=False)
    for number in range(500):
        queue.add(MODIFY, b"/%d/f" % (number % 2), None, 10.0)
    [stacked] = queue.add(DELETE, b"/0/", None, 10.0)
    assert isinstance(stacked, Stacked)
    assert (stacked.on.path, stacked.on.position) == (b"/0/f", 499)


def test_what_was_replaced_behind_a_waiting_delay_does_not_pile_up() -> None:
    queue = queue_of((CREATE, b"/first"))
    for number in range(500):
        now = 20.0 + number
        queue.add((CREATE, DELETE)[number % 2], b"/f", None, now)
        assert queue.first_ready(now) is next(iter(queue))
    assert len(queue) == 2
    assert len(queue._waiting._due) < 200
