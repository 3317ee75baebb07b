"""Words in the place of names: filters say the same, and the machine does the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Command, Exited, Listed, Record, SyncConfig
from pylsyncd.core.patterns import Patterns
from pylsyncd.core.pseudonyms import Pseudonyms, hide
from pylsyncd.core.shadow import Shadow
from scenarios.player import Player

KEY = b"secret"
TRANSCRIPTS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.txt"))

_NAMES = st.binary(min_size=1, max_size=4).filter(lambda name: b"/" not in name) | st.sampled_from(
    [b"a", b"ab", b"b.tmp", b"=0", b"e", b"[x]", b"c" * 20, b"\n"]
)
_PATHS = st.tuples(st.lists(_NAMES, min_size=1, max_size=4), st.sampled_from([b"", b"/"])).map(
    lambda pair: b"/" + b"/".join(pair[0]) + pair[1]
)
_PIECES = st.sampled_from([b"a", b"b", b"=", b".tmp", b"*", b"**", b"?", b"/", b"[x]", b"0", b"e", b"\n"])
_PATTERNS = st.lists(_PIECES, min_size=1, max_size=6).map(b"".join)


def names_for(*excludes: bytes, filters: tuple[bytes, ...] = ()) -> Pseudonyms:
    return Pseudonyms(KEY, (SyncConfig(1, b"Sync1", b"/srv/data/", excludes=excludes, filters=filters),))


@given(st.lists(_PATTERNS, max_size=3), st.lists(_PATTERNS, max_size=2), st.lists(_PATHS, max_size=20))
def test_filters_say_the_same_of_words_as_of_names(
    excludes: list[bytes], filters: list[bytes], paths: list[bytes]
) -> None:
    rules = tuple((b"+ ", b"- ")[number % 2] + pattern for number, pattern in enumerate(filters))
    patterns = Patterns(excludes, rules)
    names = names_for(*excludes, filters=rules)
    for path in paths:
        assert patterns.hides(path) == patterns.hides(names.path(path))


@given(st.sets(_NAMES))
def test_different_names_have_different_words(given_names: set[bytes]) -> None:
    names = names_for(b"*.tmp")
    assert len({names.name(name) for name in given_names}) == len(given_names)


def test_a_name_has_the_same_word_everywhere_and_another_one_with_another_key() -> None:
    names = names_for()
    assert names.path(b"/a/b/a/") == b"/%s/%s/%s/" % (names.name(b"a"), names.name(b"b"), names.name(b"a"))
    assert names.name(b"a") == names_for().name(b"a")
    assert names.name(b"a") != Pseudonyms(b"other", ()).name(b"a")


def test_names_that_patterns_speak_of_and_those_of_sources_stay_readable() -> None:
    names = names_for(b"*.tmp", b"cache/", b"lo**g")
    readable = [b"x.tmp", b"cache", b"balony", b"srv", b"data"]
    assert [names.name(name) for name in readable] == readable
    assert names.name(b"cache2") != b"cache2"


def test_where_a_pattern_speaks_of_every_word_names_stay() -> None:
    assert names_for(b"??*").name(b"x") == b"x"


def test_of_a_command_the_program_stays_and_its_paths_have_the_words_of_their_names() -> None:
    names = names_for()
    command = names.command(Command((b"rsync", b"-r", b"/srv/data/x", b""), b"/x/***\0/"))
    assert command == Command(
        (b"rsync", names.command(Command((b"", b"-r"))).argv[1], b"/srv/data/" + names.name(b"x"), b""),
        b"/%s/***\0/" % names.name(b"x"),
    )
    assert b"-r" not in command.argv


def test_of_an_answer_only_what_became_of_each_move_stays() -> None:
    end = Exited(1, answer=b"Welcome, Jane!\n1 moved\n2 missing\n3 moved Jane\n4 moved")
    hidden = hide(i.ProcessEnded(1.0, 1, end), names_for())
    assert isinstance(hidden, i.ProcessEnded)
    assert hidden.end.answer == b"1 moved\n2 missing\n"
    asking = Command((b"ssh", b"h"), b"x", wants_answer=True)
    assert names_for().command(asking).wants_answer


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_with_words_the_machine_does_the_same(path: Path) -> None:
    player = Player()
    list(player.play(path.read_text("latin-1")))
    machine, shadow = Machine(), Shadow(KEY)
    for happened in player.inputs:
        effects = machine.handle(happened)
        seen = shadow.follow(happened, effects)
        assert seen is not None, happened
        assert [type(one) for one in seen[1]] == [type(one) for one in effects]
        assert seen[0].now == happened.now


def followed(transcript: str) -> list[bool]:
    """Whether the shadow could follow, for each input of a transcript."""
    player = Player()
    list(player.play(transcript))
    machine, shadow = Machine(), Shadow(KEY)
    return [shadow.follow(one, machine.handle(one)) is not None for one in player.inputs]


def test_plain_patterns_may_come_at_any_time() -> None:
    assert all(
        followed(
            "sync source=/s/ noinit\ndir /s/ 1\n0 start\n1 records 1:CREATE:new\n"
            "2 exclude /new\n3 records 1:MODIFY:new\n4 unexclude /new\n5 filter -_new\n"
            "6 records 1:MODIFY:new\n".replace("_", "\\ ")
        )
    )


_RECORDED = st.builds(
    "{}:{}:{}:{}".format,
    st.sampled_from([1, 2, 3, 4]),
    st.sampled_from(["CREATE", "MODIFY", "DELETE", "ATTRIB", "MOVED_FROM", "MOVED_TO"]),
    st.sampled_from(["a", "b", "a.x", "z", "=q"]) | st.sampled_from(["d+ISDIR", "n+ISDIR", "e.x+ISDIR"]),
    st.sampled_from([0, 7, 8]),
)
_HAPPENING = st.lists(
    st.lists(_RECORDED, min_size=1, max_size=5).map(lambda them: "records " + " ".join(them))
    | st.sampled_from(["tick", "full /d/", "exclude /d/a", "unexclude /d/a"]),
    max_size=12,
)


@given(_HAPPENING, st.sets(st.sampled_from(["*.x", "d/", "?", "/d/**/a", "a*", "*"]), max_size=2))
def test_in_random_trees_the_machine_does_the_same_with_words(
    happening: list[str], excludes: set[str]
) -> None:
    transcript = f"sync source=/s/ delay=1 max=3 moves exclude={','.join(sorted(excludes))}\n"
    transcript += "dir /s/ 1 d/ a z\ndir /s/d/ 2 e.x/ b a\ndir /s/d/e.x/ 3 z a.x\ndir /s/n/ 4 b a z a.x\n"
    transcript += "0 start\n0 exit 1 ok\n"
    for number, what in enumerate(happening, start=1):
        words = [_with_kind(word) for word in what.split()]
        transcript += f"{number} {' '.join(words)}\n"
    assert all(followed(transcript))


def _with_kind(word: str) -> str:
    """A record's word, where the name said that it is a directory's."""
    if "+ISDIR" not in word:
        return word
    wd, mask, name, cookie = word.split(":")
    return f"{wd}:{mask}+ISDIR:{name.removesuffix('+ISDIR')}:{cookie}"


def test_a_pattern_that_comes_too_late_for_a_name_is_noticed() -> None:
    followed_each = followed(
        "sync source=/s/ noinit\ndir /s/ 1\ndir /s/d.bak/ 2\n0 start\n1 records 1:CREATE+ISDIR:d.bak\n"
        "2 exclude *.bak\n3 records 1:DELETE+ISDIR:d.bak\n4 records 2:CREATE:file\n"
    )
    assert followed_each[0]
    assert not all(followed_each)


def test_a_shadow_that_stumbles_has_gone_another_way() -> None:
    assert Shadow(KEY).follow(i.BlanketRequested(0.0, 1), ()) is None


def test_of_an_introduced_directory_each_part_of_the_path_has_its_word() -> None:
    names = names_for()
    hidden = hide(
        i.WatchRecords(0.0, (Record(7, masks.MEET, 1, b"a/b"), Record(7, masks.CREATE, 0, b"a"))), names
    )
    assert isinstance(hidden, i.WatchRecords)
    path, name = (record.name for record in hidden.records)
    assert path == names.path(b"a/b")
    assert path.split(b"/")[0] == name


def test_a_listing_of_a_whole_source_stays_one() -> None:
    listed = Listed(b"/s/", 1, (b"d",), (), is_whole=True)
    hidden = hide(i.DirectoriesScanned(0.0, 1, (listed,)), names_for())
    assert isinstance(hidden, i.DirectoriesScanned)
    assert [one.is_whole for one in hidden.results if isinstance(one, Listed)] == [True]
