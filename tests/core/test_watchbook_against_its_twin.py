"""Any records in any order, and any scan's answers: the book and its naive twin agree."""

from __future__ import annotations

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from core.naive_watchbook import NaiveWatchBook
from pylsyncd.core import masks
from pylsyncd.core.model import Record
from pylsyncd.core.watchbook import WatchBook

ROOTS = (b"/r/", b"/r/a/b/")

wds = st.integers(1, 6)
names = st.sampled_from([b"a", b"b"])
halves = [masks.MOVED_FROM, masks.MOVED_TO]
others = [masks.CREATE, masks.DELETE, masks.MODIFY, masks.CLOSE_WRITE, masks.ATTRIB]
bits = st.sampled_from([*others, *halves, *halves])
kinds = st.sampled_from([0, masks.ISDIR, masks.ISDIR])
named = st.builds(lambda wd, bit, kind, name: [Record(wd, bit | kind, 0, name)], wds, bits, kinds, names)
selfs = st.sampled_from([masks.IGNORED, masks.UNMOUNT, masks.DELETE_SELF])
ends = st.builds(lambda wd, mask: [Record(wd, mask, 0, b"")], wds, selfs)
overflow = st.just([Record(-1, masks.Q_OVERFLOW, 0, b"")])


@st.composite
def moves(draw: st.DrawFn) -> list[Record]:
    """Both halves of a move, and perhaps of the move back, as a swap gives them."""
    one, name = draw(wds), draw(names)
    # Of a rename onto itself the kernel says nothing (rename(2)).
    two, name2 = draw(st.tuples(wds, names).filter(lambda place: place != (one, name)))
    kind, kind2 = draw(kinds), draw(kinds)
    there = [Record(one, masks.MOVED_FROM | kind, 0, name), Record(two, masks.MOVED_TO | kind, 0, name2)]
    back = [Record(two, masks.MOVED_FROM | kind2, 1, name2), Record(one, masks.MOVED_TO | kind2, 1, name)]
    return draw(st.sampled_from([there, there, there + back, there[1:] + back[:1]]))


@frozen
class Drain:
    """Some operations' records, with the cookies counted from the first, and how many come one feed later."""

    parts: list[list[Record]]
    gap: int
    late: int

    def numbered(self, cookie: int) -> tuple[list[Record], int]:
        records = []
        for part in self.parts:
            cookie += self.gap
            records += [evolve(record, cookie=record.cookie + cookie) for record in part]
            cookie += 1
        return records, cookie


parts = st.lists(st.one_of(named, moves(), moves(), ends), max_size=4)
drains = st.builds(Drain, parts, st.sampled_from([1, 1, 20]), st.integers(0, 2))
paths = st.sampled_from(
    [b"/r/", b"/r/a/", b"/r/b/", b"/r/a/a/", b"/r/a/b/", b"/r/b/a/", b"/r/a/b/a/", b"/r/a/b/b/"]
)
steps = st.one_of(
    st.tuples(st.just("add"), paths, wds),
    st.tuples(st.just("add"), paths, wds),
    st.tuples(st.just("feed"), drains),
    st.tuples(st.just("feed"), drains),
    st.tuples(st.just("feed"), st.just(Drain([], 1, 0))),
    st.tuples(st.just("feed"), overflow.map(lambda part: Drain([part], 1, 0))),
    st.tuples(st.just("expire")),
    st.tuples(st.just("drop"), paths),
    st.tuples(st.just("take_stale")),
)


class Play:
    """Carries a script out on the book and on its twin."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cookie = 0
        self.late: list[Record] = []
        self.books = (WatchBook(ROOTS), NaiveWatchBook(ROOTS))

    def do(self, name: str, *values: object) -> None:
        self.now += 0.02
        match name, values:
            case "feed", (Drain() as drain,):
                fresh, self.cookie = drain.numbered(self.cookie)
                records = self.late + fresh
                cut = max(len(records) - drain.late, 0)
                self.late = records[cut:]
                answers = [book.feed(records[:cut], self.now) for book in self.books]
            case "expire", _:
                answers = [book.expire(self.now) for book in self.books]
            case "take_stale", _:
                stale = [sorted(book.take_stale()) for book in self.books]
                assert stale[0] == stale[1]
                return
            case _:
                answers = [getattr(book, name)(*values) for book in self.books]
        assert answers[0] == answers[1]


@given(st.lists(steps, max_size=30))
@settings(max_examples=600, deadline=None)
def test_the_book_agrees_with_its_twin(script: list[tuple[str, object]]) -> None:
    play = Play()
    book, twin = play.books
    play.do("add", b"/r/", 1)
    for name, *values in script:
        play.do(name, *values)
        assert dict(book.watches()) == {wd: path for path, wd in twin.watched.items()}
        assert book.deadline == twin.deadline
        assert len(book) == len(twin.watched)
