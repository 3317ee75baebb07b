"""Random paths and events: few names, so that paths touch each other often."""

from __future__ import annotations

from hypothesis import strategies as st

from pylsyncd.core.model import EventType

NAMES = st.sampled_from([b"a", b"b", b"ab", b"\xff\n"])
PLAIN_TYPES = st.sampled_from([EventType.ATTRIB, EventType.CREATE, EventType.MODIFY, EventType.DELETE])
WHOLE_TYPES = st.sampled_from([EventType.INIT, EventType.BLANKET, EventType.FULL])

_PARENTS = st.one_of(
    st.lists(st.just(b"a"), min_size=1, max_size=2),
    st.lists(st.just(b"a"), min_size=1, max_size=10),
    st.lists(NAMES, min_size=1, max_size=3),
)


@st.composite
def paths(draw: st.DrawFn) -> bytes:
    """A path of one to ten components; a directory's ends with a slash."""
    return b"/" + b"/".join(draw(_PARENTS)) + draw(st.sampled_from([b"", b"/"]))


@st.composite
def moves(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two different ends of a move, both files or both directories, neither inside the other."""
    ends = st.tuples(_PARENTS, _PARENTS).filter(
        lambda pair: pair[0][: len(pair[1])] != pair[1] and pair[1][: len(pair[0])] != pair[0]
    )
    origin, destination = draw(ends)
    slash = draw(st.sampled_from([b"", b"/"]))
    return b"/" + b"/".join(origin) + slash, b"/" + b"/".join(destination) + slash
