"""Two looks at a directory, and what happened between them."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core.listing import Listing, compare
from pylsyncd.core.model import Entry, EventType
from pylsyncd.core.watchbook import Change

names = st.sampled_from([b"a", b"b", b"c"])
numbers = st.integers(0, 1)


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    found = draw(st.sets(names))
    return {
        name: Entry(name, draw(st.booleans()), draw(numbers), draw(numbers), draw(numbers), draw(numbers))
        for name in found
    }


FILE = Entry(b"f", is_directory=False, inode=1, size=1, mtime=1, ctime=1)
DIRECTORY = evolve(FILE, is_directory=True)


def told(before: Entry | None, after: Entry | None) -> list[tuple[EventType, bytes]]:
    sides = [{} if one is None else {one.name: one} for one in (before, after)]
    return [(change.etype, change.path) for change in compare(b"/d/", *sides)]


def test_what_is_the_same_is_no_change() -> None:
    assert told(FILE, FILE) == []
    assert told(DIRECTORY, DIRECTORY) == []


def test_names_that_come_and_go_are_creates_and_deletes() -> None:
    assert told(None, FILE) == [(EventType.CREATE, b"/d/f")]
    assert told(DIRECTORY, None) == [(EventType.DELETE, b"/d/f/")]


def test_another_size_time_or_file_is_a_modify() -> None:
    for changed in (evolve(FILE, size=2), evolve(FILE, mtime=2, ctime=2), evolve(FILE, inode=2)):
        assert told(FILE, changed) == [(EventType.MODIFY, b"/d/f")]


def test_another_time_of_change_alone_is_an_attrib() -> None:
    assert told(FILE, evolve(FILE, ctime=2)) == [(EventType.ATTRIB, b"/d/f")]
    assert told(DIRECTORY, evolve(DIRECTORY, mtime=2, ctime=2)) == [(EventType.ATTRIB, b"/d/f/")]


def test_another_kind_or_another_directory_is_a_delete_and_a_create() -> None:
    both = [(EventType.DELETE, b"/d/f"), (EventType.CREATE, b"/d/f/")]
    assert told(FILE, DIRECTORY) == both
    both = [(EventType.DELETE, b"/d/f/"), (EventType.CREATE, b"/d/f/")]
    assert told(DIRECTORY, evolve(DIRECTORY, inode=2)) == both


def test_a_file_changed_right_before_the_first_look_may_have_changed_since() -> None:
    fresh = evolve(FILE, is_fresh=True)
    assert told(fresh, FILE) == [(EventType.MODIFY, b"/d/f")]


@given(listings(), listings())
def test_the_changes_lead_from_one_listing_to_the_other(before: Listing, after: Listing) -> None:
    state = {name + b"/" * one.is_directory for name, one in before.items()}
    touched = set()
    for change in compare(b"/d/", before, after):
        name = change.path.removeprefix(b"/d/")
        touched.add(name.rstrip(b"/"))
        if change.etype is EventType.DELETE:
            state.remove(name)
        elif change.etype is EventType.CREATE:
            assert name not in state
            state.add(name)
        else:
            assert name in state
    assert state == {name + b"/" * one.is_directory for name, one in after.items()}
    assert touched <= {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_a_change_has_the_path_of_its_directory_in_front() -> None:
    assert list(compare(b"/s/d/", {}, {b"x": evolve(FILE, name=b"x")})) == [
        Change(EventType.CREATE, b"/s/d/x")
    ]
