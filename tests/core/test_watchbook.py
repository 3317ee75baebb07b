"""What the watch book makes of the kernel's records."""

from __future__ import annotations

import pytest

from pylsyncd.core import masks
from pylsyncd.core.holding import HOLD
from pylsyncd.core.model import Content, EventType, Record
from pylsyncd.core.watchbook import Change, Overflowed, WatchBook

CREATE, MODIFY, ATTRIB = EventType.CREATE, EventType.MODIFY, EventType.ATTRIB
DELETE, MOVE = EventType.DELETE, EventType.MOVE
DIR = masks.ISDIR


def record(wd: int, mask: int, name: bytes = b"", cookie: int = 0) -> Record:
    return Record(wd, mask, cookie, name)


def departed(wd: int, name: bytes, cookie: int, kind: int = DIR) -> Record:
    return Record(wd, masks.MOVED_FROM | kind, cookie, name)


def arrived(wd: int, name: bytes, cookie: int, kind: int = DIR) -> Record:
    return Record(wd, masks.MOVED_TO | kind, cookie, name)


def ignored(wd: int) -> Record:
    return Record(wd, masks.IGNORED, 0, b"")


def book_of(*paths: bytes, roots: tuple[bytes, ...] = (b"/s/",)) -> WatchBook:
    """A book that watches `paths`, with descriptors from 1, beyond doubt."""
    book = WatchBook(roots)
    for wd, path in enumerate(paths, 1):
        assert book.add(path, wd)
    settle(book)
    return book


def settle(book: WatchBook) -> None:
    book.feed([], 0)
    book.feed([], 0)


def watched(book: WatchBook) -> dict[bytes, int]:
    return {path: wd for wd, path in book.watches()}


# paths and events


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (masks.CREATE, [Change(CREATE, b"/s/x")]),
        (masks.CREATE | DIR, [Change(CREATE, b"/s/x/")]),
        (masks.MODIFY, [Change(MODIFY, b"/s/x", None, Content.WRITTEN)]),
        (masks.CLOSE_WRITE, [Change(MODIFY, b"/s/x", None, Content.CLOSED)]),
        (masks.ATTRIB, [Change(ATTRIB, b"/s/x")]),
        (masks.ATTRIB | DIR, [Change(ATTRIB, b"/s/x/")]),
        (masks.DELETE, [Change(DELETE, b"/s/x")]),
        (masks.DELETE | DIR, [Change(DELETE, b"/s/x/")]),
        (masks.MOVED_TO, [Change(CREATE, b"/s/x")]),
        (masks.MOVED_TO | DIR, [Change(CREATE, b"/s/x/")]),
        (masks.CLOSE_WRITE | masks.MODIFY, [Change(MODIFY, b"/s/x")]),
        (masks.ATTRIB | masks.CREATE | masks.DELETE, [Change(e, b"/s/x") for e in (CREATE, ATTRIB, DELETE)]),
        (masks.DELETE_SELF, []),
    ],
)
def test_a_record_becomes_a_change_of_the_path_that_it_names(mask: int, expected: list[Change]) -> None:
    assert book_of(b"/s/").feed([record(1, mask, b"x")], 0) == expected


def test_a_record_with_the_bits_of_both_halves_arrives_and_departs() -> None:
    book = book_of(b"/s/")
    both = Record(1, masks.MOVED_TO | masks.MOVED_FROM, 7, b"x")

    assert book.feed([both], 0) == [Change(CREATE, b"/s/x"), Change(DELETE, b"/s/x")]


@pytest.mark.parametrize("mask", [masks.ATTRIB | DIR, masks.DELETE_SELF, masks.MOVED_FROM, masks.CREATE])
def test_events_of_the_watched_directory_itself_mean_nothing(mask: int) -> None:
    book = book_of(b"/s/")

    assert book.feed([record(1, mask)], 0) + book.expire(HOLD) == []
    assert book.is_watched(b"/s/")


@pytest.mark.parametrize(
    "mask", [masks.CREATE, masks.MOVED_TO, masks.MOVED_FROM, masks.DELETE, masks.IGNORED]
)
def test_records_of_unknown_watches_mean_nothing(mask: int) -> None:
    book = book_of(b"/s/")

    assert book.feed([record(9, mask, b"x", 5)], 0) == []
    assert book.deadline is None


def test_a_watch_is_known_by_its_path_and_by_its_descriptor() -> None:
    book = book_of(b"/s/", b"/s/b/", b"/s/a/")

    assert book.path_of(2) == b"/s/b/"
    assert book.path_of(9) is None
    assert book.is_watched(b"/s/a/")
    assert not book.is_watched(b"/s/c/")
    assert not book.is_watched(b"/")
    assert list(book.watches()) == [(1, b"/s/"), (2, b"/s/b/"), (3, b"/s/a/")]
    assert len(book) == 3


def test_the_root_of_the_file_system_can_be_a_source() -> None:
    book = book_of(b"/", b"/a/", roots=(b"/",))

    assert book.feed([record(1, masks.CREATE, b"x"), record(2, masks.CREATE, b"y")], 0) == [
        Change(CREATE, b"/x"),
        Change(CREATE, b"/a/y"),
    ]
    book.drop(b"/")
    assert len(book) == 0
    assert book.take_stale() == (1, 2)


def test_an_overflow_is_told_in_its_place() -> None:
    book = book_of(b"/s/")
    lost = Record(-1, masks.Q_OVERFLOW, 0, b"")

    assert book.feed([record(1, masks.CREATE, b"x"), lost, record(1, masks.DELETE, b"x")], 0) == [
        Change(CREATE, b"/s/x"),
        Overflowed(),
        Change(DELETE, b"/s/x"),
    ]


# moves


def test_two_halves_with_one_cookie_are_one_move() -> None:
    book = book_of(b"/s/", b"/s/a/")

    assert book.feed([departed(1, b"x", 7, 0), arrived(2, b"y", 7, 0)], 0) == [
        Change(MOVE, b"/s/x", b"/s/a/y")
    ]


def test_halves_that_are_no_neighbours_find_each_other() -> None:
    book = book_of(b"/s/")
    between = [record(1, masks.CREATE, b"n"), departed(1, b"z", 8, 0), arrived(1, b"w", 8, 0)]

    assert book.feed([departed(1, b"x", 7, 0), *between, arrived(1, b"y", 7, 0)], 0) == [
        Change(MOVE, b"/s/x", b"/s/y"),
        Change(CREATE, b"/s/n"),
        Change(MOVE, b"/s/z", b"/s/w"),
    ]


def test_a_half_waits_for_its_partner_across_reads_and_holds_back_what_follows() -> None:
    book = book_of(b"/s/")

    assert book.feed([departed(1, b"x", 7, 0), record(1, masks.CREATE, b"n")], 1.0) == []
    assert book.deadline == 1.0 + HOLD
    assert book.feed([arrived(1, b"y", 7, 0)], 1.04) == [
        Change(MOVE, b"/s/x", b"/s/y"),
        Change(CREATE, b"/s/n"),
    ]
    assert book.deadline is None


def test_a_half_that_waited_in_vain_is_a_delete() -> None:
    book = book_of(b"/s/")
    book.feed([departed(1, b"x", 7, 0)], 1.0)

    assert book.expire(1.0 + HOLD - 0.001) == []
    assert book.expire(1.0 + HOLD) == [Change(DELETE, b"/s/x")]


def test_each_half_waits_only_since_it_was_read() -> None:
    book = book_of(b"/s/")
    book.feed([departed(1, b"x", 7, 0), departed(1, b"y", 8, 0)], 1.0)
    book.feed([departed(1, b"z", 9, 0)], 1.03)

    assert book.expire(1.0 + HOLD) == [Change(DELETE, b"/s/x"), Change(DELETE, b"/s/y")]
    assert book.deadline == 1.03 + HOLD


def test_a_second_half_that_comes_too_late_is_a_create() -> None:
    book = book_of(b"/s/")
    book.feed([departed(1, b"x", 7, 0)], 1.0)

    assert book.feed([arrived(1, b"y", 7, 0)], 2.0) == [Change(MOVE, b"/s/x", b"/s/y")]
    book.feed([departed(1, b"x", 8, 0)], 3.0)
    assert book.expire(4.0) == [Change(DELETE, b"/s/x")]
    assert book.feed([arrived(1, b"y", 8, 0)], 4.0) == [Change(CREATE, b"/s/y")]


def test_a_directory_takes_the_watches_below_it_along() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/a/b/", b"/s/c/")

    assert book.feed([departed(1, b"a", 7), arrived(4, b"n", 7), record(3, masks.CREATE, b"x")], 0) == [
        Change(MOVE, b"/s/a/", b"/s/c/n/"),
        Change(CREATE, b"/s/c/n/b/x"),
    ]
    assert watched(book) == {b"/s/": 1, b"/s/c/": 4, b"/s/c/n/": 2, b"/s/c/n/b/": 3}
    assert book.take_stale() == ()


def test_a_move_replaces_what_the_book_holds_at_its_destination() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/b/")
    book.feed([departed(1, b"a", 7), arrived(1, b"b", 7)], 0)

    assert watched(book) == {b"/s/": 1, b"/s/b/": 2}
    assert book.take_stale() == (3,)


def test_a_move_of_a_directory_that_is_not_watched_is_a_move_all_the_same() -> None:
    book = book_of(b"/s/")

    assert book.feed([departed(1, b"hidden", 7), arrived(1, b"b", 7)], 0) == [
        Change(MOVE, b"/s/hidden/", b"/s/b/")
    ]


def test_a_directory_that_left_takes_all_its_watches_with_it() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/a/b/")
    book.feed([departed(1, b"a", 7)], 0)

    assert book.expire(HOLD) == [Change(DELETE, b"/s/a/")]
    assert watched(book) == {b"/s/": 1}
    assert sorted(book.take_stale()) == [2, 3]
    assert book.take_stale() == (), "each is given once"


def test_a_move_to_where_the_watch_is_unknown_is_a_delete() -> None:
    book = book_of(b"/s/", b"/s/a/")

    assert book.feed([departed(1, b"a", 7), arrived(9, b"b", 7)], 0) == [Change(DELETE, b"/s/a/")]
    assert watched(book) == {b"/s/": 1}


def test_a_move_from_where_the_watch_is_unknown_is_a_create() -> None:
    book = book_of(b"/s/", b"/s/a/")

    assert book.feed([departed(9, b"x", 7), arrived(1, b"a", 7)], 0) == [Change(CREATE, b"/s/a/")]
    assert book.take_stale() == (2,), "nothing can have been there any more"


def test_a_move_below_itself_only_makes_the_book_forget() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/a/b/")

    assert book.feed([departed(1, b"a", 7), arrived(3, b"c", 7)], 0) == [Change(DELETE, b"/s/a/")]
    assert watched(book) == {b"/s/": 1}


def test_trees_of_two_thousand_levels_move_and_leave() -> None:
    paths = [b"/s/" + b"d/" * depth for depth in range(2000)]
    book = book_of(*paths)
    book.feed([departed(1, b"d", 7), arrived(1, b"e", 7)], 0)

    assert book.path_of(2000) == b"/s/e/" + b"d/" * 1998
    book.feed([record(1, masks.DELETE | DIR, b"e")], 0)
    assert len(book) == 1
    assert len(book.take_stale()) == 1999


# swaps: renameat2(2) with RENAME_EXCHANGE


def test_swapped_directories_are_both_scanned_anew() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/b/")
    there = [departed(1, b"a", 7), arrived(1, b"b", 7)]
    back = [departed(1, b"b", 8), arrived(1, b"a", 8)]

    assert book.feed(there + back, 0) == [
        Change(DELETE, b"/s/b/"),
        Change(MOVE, b"/s/a/", b"/s/b/"),
        Change(DELETE, b"/s/b/"),
        Change(CREATE, b"/s/b/"),
        Change(CREATE, b"/s/a/"),
    ]
    assert watched(book) == {b"/s/": 1}
    assert sorted(book.take_stale()) == [2, 3]


@pytest.mark.parametrize(("kind", "origin"), [(0, b"/s/a"), (DIR, b"/s/a/")])
def test_a_rename_that_takes_the_place_of_a_directory_tells_its_end(kind: int, origin: bytes) -> None:
    book = book_of(b"/s/", b"/s/b/")

    assert book.feed([departed(1, b"a", 7, kind), arrived(1, b"b", 7, kind)], 0) == [
        Change(DELETE, b"/s/b/"),
        Change(MOVE, origin, b"/s/b" + origin[4:]),
    ]


def test_a_move_and_then_a_swap_the_other_way_is_told_as_a_swap() -> None:
    book = book_of(b"/s/", b"/s/b/")
    move = [departed(1, b"b", 1), arrived(1, b"c", 1)]
    there = [departed(1, b"c", 2), arrived(1, b"b", 2)]
    back = [departed(1, b"b", 3, 0), arrived(1, b"c", 3, 0)]

    changes = book.feed(move + there + back, 0)
    assert changes[-1] == Change(CREATE, b"/s/c")
    assert Change(MOVE, b"/s/b", b"/s/c") not in changes


@pytest.mark.parametrize("name", [b"b", b"c"])
def test_names_that_are_used_again_between_two_moves_are_not_swapped(name: bytes) -> None:
    book = book_of(b"/s/", b"/s/b/")
    move = [departed(1, b"b", 1), arrived(1, b"c", 1)]
    between = [record(1, masks.DELETE | DIR, b"c"), record(1, masks.CREATE, name)]
    back = [departed(1, b"c", 2, 0), arrived(1, b"b", 2, 0)]

    assert book.feed(move + between + back, 0)[-1] == Change(MOVE, b"/s/c", b"/s/b")


def test_a_file_that_is_swapped_with_a_directory_is_a_move_and_a_create() -> None:
    book = book_of(b"/s/")
    there = [departed(1, b"a", 7, 0), arrived(1, b"b", 7, 0)]
    back = [departed(1, b"b", 9, DIR), arrived(1, b"a", 9, DIR)]

    assert book.feed(there + back, 0) == [
        Change(MOVE, b"/s/a", b"/s/b"),
        Change(CREATE, b"/s/a/"),
    ]


def test_the_end_of_a_file_that_is_swapped_with_a_directory_is_told() -> None:
    book = book_of(b"/s/", b"/s/a/")
    there = [departed(1, b"a", 7), arrived(1, b"b", 7)]
    back = [departed(1, b"b", 9, 0), arrived(1, b"a", 9, 0)]

    assert book.feed(there + back, 0) == [
        Change(MOVE, b"/s/a/", b"/s/b/"),
        Change(DELETE, b"/s/b"),
        Change(CREATE, b"/s/b/"),
        Change(CREATE, b"/s/a"),
    ]
    assert watched(book) == {b"/s/": 1}
    assert sorted(book.take_stale()) == [2]


@pytest.mark.parametrize(("inside", "outside"), [(DIR, DIR), (DIR, 0), (0, DIR)])
def test_what_was_swapped_with_something_outside_is_still_there(inside: int, outside: int) -> None:
    book = book_of(b"/s/")
    old = b"/s/a/" if inside else b"/s/a"
    new = b"/s/a/" if outside else b"/s/a"
    changes = book.feed([arrived(1, b"a", 7, outside), departed(1, b"a", 8, inside)], 0) + book.expire(HOLD)

    assert changes == [Change(CREATE, new), Change(DELETE, old), Change(CREATE, new)]


@pytest.mark.parametrize(("cookie", "kind"), [(40, DIR), (8, 0)])
def test_a_move_back_later_or_of_a_file_is_a_move(cookie: int, kind: int) -> None:
    book = book_of(b"/s/")
    there = [departed(1, b"a", 7, kind), arrived(1, b"b", 7, kind)]
    back = [departed(1, b"b", cookie, kind), arrived(1, b"a", cookie, kind)]

    assert [change.etype for change in book.feed(there + back, 0) if isinstance(change, Change)] == [
        MOVE,
        MOVE,
    ]


# the ends of watches


def test_a_removed_directory_takes_its_watches_with_it() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/a/b/")
    book.feed([record(1, masks.DELETE | DIR, b"a")], 0)

    assert watched(book) == {b"/s/": 1}
    assert sorted(book.take_stale()) == [2, 3]


def test_a_removed_file_of_the_same_name_leaves_them() -> None:
    book = book_of(b"/s/", b"/s/a/")
    book.feed([record(1, masks.DELETE, b"a")], 0)

    assert book.is_watched(b"/s/a/")


@pytest.mark.parametrize("mask", [masks.IGNORED, masks.UNMOUNT])
def test_a_watch_that_the_kernel_ended_is_forgotten(mask: int) -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/a/b/")

    assert book.feed([record(2, mask)], 0) == []
    assert watched(book) == {b"/s/": 1}
    assert book.take_stale() == (3,), "what moves out of an unwatched directory is in no record"


def test_what_is_dropped_may_come_back_with_another_watch() -> None:
    book = book_of(b"/s/", b"/s/a/")
    book.drop(b"/s/a/")
    book.drop(b"/s/unknown/")

    assert book.take_stale() == (2,)
    assert book.add(b"/s/a/", 3)


# what scans find


def test_a_scan_that_finds_what_the_book_holds_changes_nothing() -> None:
    book = book_of(b"/s/", b"/s/a/")

    assert book.add(b"/s/a/", 2)
    assert watched(book) == {b"/s/": 1, b"/s/a/": 2}


def test_a_scan_that_finds_another_watch_at_a_path_is_refused_and_its_watch_removed() -> None:
    book = book_of(b"/s/", b"/s/a/")

    assert not book.add(b"/s/a/", 3)
    assert watched(book) == {b"/s/": 1, b"/s/a/": 2}
    assert book.take_stale() == (3,)


@pytest.mark.parametrize("path", [b"/s/gone/a/", b"/t/"])
def test_a_scan_below_what_is_not_watched_is_refused(path: bytes) -> None:
    book = book_of(b"/s/")

    assert not book.add(path, 2)
    assert not book.add(path, 1)
    assert book.take_stale() == (2,)


def test_a_root_may_lie_in_a_directory_that_is_not_watched() -> None:
    book = book_of(b"/s/", b"/s/hidden/r/", roots=(b"/s/", b"/s/hidden/r"))

    assert watched(book) == {b"/s/": 1, b"/s/hidden/r/": 2}
    book.feed([departed(1, b"hidden", 7), arrived(1, b"h", 7)], 0)
    assert watched(book) == {b"/s/": 1, b"/s/h/r/": 2}
    assert book.feed([record(1, masks.CREATE | DIR, b"h")], 0) == [Change(CREATE, b"/s/h/")]
    assert book.take_stale() == (2,)


def test_a_directory_found_where_it_moved_before_that_place_was_watched_is_scanned_again() -> None:
    """`mkdir new; mv a new/` while nobody reads: no record tells of the arrival."""
    book = book_of(b"/s/", b"/s/a/")
    book.feed([record(1, masks.CREATE | DIR, b"new"), departed(1, b"a", 7)], 1.0)
    assert book.add(b"/s/new/", 3)

    assert not book.add(b"/s/new/a/", 2), "the book still holds it elsewhere"
    assert book.expire(1.0 + HOLD) == [Change(DELETE, b"/s/a/")]
    assert book.take_stale() == (2,)
    assert book.feed([ignored(2)], 1.1) == [Change(CREATE, b"/s/new/a/")]
    assert book.add(b"/s/new/a/", 4)
    assert watched(book) == {b"/s/": 1, b"/s/new/": 3, b"/s/new/a/": 4}


def test_a_scan_that_answers_after_its_watch_was_given_up_is_asked_again() -> None:
    book = book_of(b"/s/", b"/s/a/", b"/s/n/")
    book.feed([departed(1, b"a", 7)], 1.0)
    book.expire(2.0)
    assert book.take_stale() == (2,)

    assert not book.add(b"/s/n/a/", 2)
    assert book.feed([ignored(2)], 2.0) == [Change(CREATE, b"/s/n/a/")]


def test_only_the_latest_place_where_a_watch_was_found_counts() -> None:
    book = book_of(b"/s/", b"/s/a/")
    assert not book.add(b"/s/b/", 2)
    assert not book.add(b"/s/c/", 2)

    assert book.feed([ignored(2)], 0) == [Change(CREATE, b"/s/c/")]


def test_what_took_another_watch_meanwhile_is_not_scanned_again() -> None:
    book = book_of(b"/s/", b"/s/a/")
    assert not book.add(b"/s/b/", 2)
    assert book.add(b"/s/b/", 3)

    assert book.feed([ignored(2)], 0) == []


def test_after_an_overflow_nothing_is_awaited() -> None:
    book = book_of(b"/s/", b"/s/a/")
    assert not book.add(b"/s/b/", 2)
    book.drop(b"/s/a/")

    assert book.feed([Record(-1, masks.Q_OVERFLOW, 0, b"")], 0) == [Overflowed()]
    assert book.feed([ignored(2)], 0) == []


def test_after_an_overflow_a_descriptor_may_be_used_again_though_its_end_was_not_read() -> None:
    book = book_of(b"/s/", b"/s/a/")
    book.drop(b"/s/a/")
    book.feed([Record(-1, masks.Q_OVERFLOW, 0, b"")], 0)

    assert book.add(b"/s/b/", 2)


def test_a_descriptor_may_be_used_again_once_its_end_was_read() -> None:
    book = book_of(b"/s/", b"/s/a/")
    book.drop(b"/s/a/")
    book.feed([ignored(2)], 0)

    assert book.add(b"/s/b/", 2)


def test_a_scan_that_saw_a_later_tree_is_forgotten_when_an_earlier_move_turns_up() -> None:
    """`mv a b; mkdir -p a/x`: the scan found the new `a/x`, then the move of the old `a` is read."""
    book = book_of(b"/s/", b"/s/a/")
    assert book.add(b"/s/a/x/", 3)

    assert book.feed([departed(1, b"a", 7), arrived(1, b"b", 7), record(1, masks.CREATE | DIR, b"a")], 0) == [
        Change(MOVE, b"/s/a/", b"/s/b/"),
        Change(CREATE, b"/s/a/"),
    ]
    assert watched(book) == {b"/s/": 1, b"/s/b/": 2}
    assert book.take_stale() == (3,)


def test_a_scan_may_even_have_found_the_moved_directory_s_successor() -> None:
    book = book_of(b"/s/")
    assert book.add(b"/s/a/", 2)
    book.feed([departed(1, b"a", 7), arrived(1, b"b", 7)], 0)

    assert watched(book) == {b"/s/": 1}
    assert book.take_stale() == (2,)


def test_what_a_scan_found_is_beyond_doubt_after_two_feeds() -> None:
    """One feed may have been read from the kernel before the scan."""
    book = book_of(b"/s/")
    assert book.add(b"/s/a/", 2)
    book.feed([], 0)
    book.feed([departed(1, b"a", 7), arrived(1, b"b", 7)], 0)
    assert watched(book) == {b"/s/": 1}
    assert book.add(b"/s/b/", 3)
    settle(book)
    book.feed([departed(1, b"b", 8), arrived(1, b"c", 8)], 0)

    assert watched(book) == {b"/s/": 1, b"/s/c/": 3}


def test_feeds_that_are_held_back_remove_no_doubt() -> None:
    book = book_of(b"/s/")
    assert book.add(b"/s/a/", 2)
    book.feed([departed(1, b"x", 6, 0)], 0)
    book.feed([departed(1, b"a", 7)], 0)
    book.feed([arrived(1, b"b", 7)], 0.01)
    book.expire(HOLD)

    assert watched(book) == {b"/s/": 1}


def test_a_create_leaves_what_a_scan_has_just_found_there() -> None:
    book = book_of(b"/s/")
    assert book.add(b"/s/a/", 2)
    assert book.feed([record(1, masks.CREATE | DIR, b"a")], 0) == [Change(CREATE, b"/s/a/")]

    assert book.is_watched(b"/s/a/")


def test_a_create_where_an_old_directory_is_booked_means_that_this_is_gone() -> None:
    book = book_of(b"/s/", b"/s/a/")
    book.feed([record(1, masks.CREATE | DIR, b"a")], 0)

    assert not book.is_watched(b"/s/a/")


# directories that a monitor introduces


def met(wd: int, base: int, name: bytes) -> Record:
    return Record(wd, masks.MEET, base, name)


def test_an_introduced_directory_is_told_of_under_its_path() -> None:
    book = book_of(b"/s/")
    changes = book.feed([met(7, 1, b"a/b"), record(7, masks.CREATE, b"f")], 0)
    assert changes == [Change(CREATE, b"/s/a/b/f")]
    assert watched(book) == {b"/s/": 1, b"/s/a/b/": 7}


def test_it_moves_with_what_it_lies_in() -> None:
    book = book_of(b"/s/")
    changes = book.feed([met(7, 1, b"a/b"), departed(1, b"a", 5), arrived(1, b"c", 5)], 0)
    assert changes == [Change(MOVE, b"/s/a/", b"/s/c/")]
    assert watched(book) == {b"/s/": 1, b"/s/c/b/": 7}


def test_one_that_is_introduced_once_more_has_its_new_descriptor_and_keeps_what_lies_in_it() -> None:
    book = book_of(b"/s/")
    book.feed([met(7, 1, b"a"), met(8, 7, b"b"), met(9, 1, b"a"), met(9, 1, b"a")], 0)
    assert watched(book) == {b"/s/": 1, b"/s/a/": 9, b"/s/a/b/": 8}
    assert book.take_stale() == (7,)


def test_one_that_is_introduced_by_an_unknown_one_is_given_up() -> None:
    book = book_of(b"/s/")
    assert book.feed([met(7, 4711, b"a"), record(7, masks.CREATE, b"f")], 0) == []
    assert book.take_stale() == (7,)


def test_attributes_of_its_own_are_told_of_a_directory_but_not_of_a_source() -> None:
    book = book_of(b"/s/")
    changes = book.feed([met(7, 1, b"a"), record(7, masks.OWN_ATTRIB), record(1, masks.OWN_ATTRIB)], 0)
    assert changes == [Change(ATTRIB, b"/s/a/")]


def test_a_scan_in_a_whole_source_is_believed_where_the_book_says_the_same() -> None:
    book = book_of(b"/s/")
    book.feed([met(7, 1, b"a")], 0)
    before = watched(book)
    assert book.add(b"/s/a/", 7, is_whole=True)
    assert book.add(b"/s/unknown/", 0, is_whole=True)
    assert not book.add(b"/s/a/", 0, is_whole=True), "another directory is there by now"
    assert not book.add(b"/s/b/", 7, is_whole=True), "it has moved there, which is still to be told"
    assert watched(book) == before
    assert book.take_stale() == ()


def test_a_directory_that_was_made_just_now_says_so() -> None:
    book = book_of(b"/s/")
    (change,) = book.feed([record(1, masks.CREATE | masks.BARE | DIR, b"d")], 0)
    assert change == Change(CREATE, b"/s/d/", is_bare=True)
