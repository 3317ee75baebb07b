"""Excludes and filters (spec 3.2), and the files that they are read from."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import naive_patterns
from pylsyncd.core import patterns
from pylsyncd.core.patterns import (
    PatternError,
    Patterns,
    matches,
    parse_exclude_file,
    parse_filter_file,
    parse_rule,
)

# What lsyncd 2.2.3 (Debian 12) did with each of these patterns as the only exclude while the tree was made: a
# path counts as hidden when no event for it was queued. 40 patterns by 41 paths.
TREE = (
    b"/a/",
    b"/a/.bak",
    b"/a/b.bak",
    b"/a/b/",
    b"/a/b/c/",
    b"/a/b/c/d",
    b"/a/b/cd",
    b"/a/foo",
    b"/a/food",
    b"/a/xfoo",
    b"/d/",
    b"/d/foo/",
    b"/d/foo/x",
    b"/e/",
    b"/e/f/",
    b"/e/f/oo",
    b"/e/foo/",
    b"/e/foo/bar",
    b"/e/foobar",
    b"/foo",
    b"/foo.bak",
    b"/foo2",
    b"/g/",
    b"/g/[x]",
    b"/g/a%c",
    b"/g/a+b",
    b"/g/a.c",
    b"/g/aab",
    b"/g/abc",
    b"/g/x",
    b"/h/",
    b"/h/ sp ",
    b"/h/\\x",
    b"/h/nl\nx",
    b"/i/",
    b"/i/*",
    b"/i/star/",
    b"/q/",
    b"/q/b/",
    b"/q/b/c",
    b"/z",
)

HIDDEN: dict[bytes, tuple[bytes, ...]] = {
    b"": (),  # rsync skips such a line; lsyncd takes it for everything
    b"foo": (
        b"/a/foo",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/foo",
    ),
    b"/foo": (b"/foo",),
    b"foo/": (
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
    ),
    b"/d/foo/": (
        b"/d/foo/",
        b"/d/foo/x",
    ),
    b"*.bak": (
        b"/a/.bak",
        b"/a/b.bak",
        b"/foo.bak",
    ),
    b"/a/*": (
        b"/a/",
        b"/a/.bak",
        b"/a/b.bak",
        b"/a/b/",
        b"/a/b/c/",
        b"/a/b/c/d",
        b"/a/b/cd",
        b"/a/foo",
        b"/a/food",
        b"/a/xfoo",
    ),
    b"/a/**": (
        b"/a/",
        b"/a/.bak",
        b"/a/b.bak",
        b"/a/b/",
        b"/a/b/c/",
        b"/a/b/c/d",
        b"/a/b/cd",
        b"/a/foo",
        b"/a/food",
        b"/a/xfoo",
    ),
    b"/a/b/*": (
        b"/a/b/",
        b"/a/b/c/",
        b"/a/b/c/d",
        b"/a/b/cd",
    ),
    b"b/c": (
        b"/a/b/c/",
        b"/a/b/c/d",
        b"/q/b/c",
    ),
    b"/b/c": (),
    b"f?o": (
        b"/a/foo",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/foo",
    ),
    b"foo*": (
        b"/a/foo",
        b"/a/food",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/e/foobar",
        b"/foo",
        b"/foo.bak",
        b"/foo2",
    ),
    b"*foo": (
        b"/a/foo",
        b"/a/xfoo",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/foo",
    ),
    b"**foo": (
        b"/a/foo",
        b"/a/xfoo",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/foo",
    ),
    b"/**/foo": (
        b"/a/foo",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
    ),
    b"foo/**": (
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/foo/",
        b"/e/foo/bar",
    ),
    b"/e/**/bar": (b"/e/foo/bar",),
    b"/a/*/c": (
        b"/a/b/c/",
        b"/a/b/c/d",
    ),
    b"[x]": (b"/g/[x]",),
    b"[xa]": (),
    b"a.c": (b"/g/a.c",),
    b"a+b": (b"/g/a+b",),
    b"a%c": (b"/g/a%c",),
    b"\\x": (b"/h/\\x",),
    b"/": (),
    b"//": (),
    b"?": (
        b"/a/",
        b"/a/.bak",
        b"/a/b.bak",
        b"/a/b/",
        b"/a/b/c/",
        b"/a/b/c/d",
        b"/a/b/cd",
        b"/a/foo",
        b"/a/food",
        b"/a/xfoo",
        b"/d/",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/",
        b"/e/f/",
        b"/e/f/oo",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/e/foobar",
        b"/g/",
        b"/g/[x]",
        b"/g/a%c",
        b"/g/a+b",
        b"/g/a.c",
        b"/g/aab",
        b"/g/abc",
        b"/g/x",
        b"/h/",
        b"/h/ sp ",
        b"/h/\\x",
        b"/h/nl\nx",
        b"/i/",
        b"/i/*",
        b"/i/star/",
        b"/q/",
        b"/q/b/",
        b"/q/b/c",
        b"/z",
    ),
    b"*/": (
        b"/a/",
        b"/a/.bak",
        b"/a/b.bak",
        b"/a/b/",
        b"/a/b/c/",
        b"/a/b/c/d",
        b"/a/b/cd",
        b"/a/foo",
        b"/a/food",
        b"/a/xfoo",
        b"/d/",
        b"/d/foo/",
        b"/d/foo/x",
        b"/e/",
        b"/e/f/",
        b"/e/f/oo",
        b"/e/foo/",
        b"/e/foo/bar",
        b"/e/foobar",
        b"/g/",
        b"/g/[x]",
        b"/g/a%c",
        b"/g/a+b",
        b"/g/a.c",
        b"/g/aab",
        b"/g/abc",
        b"/g/x",
        b"/h/",
        b"/h/ sp ",
        b"/h/\\x",
        b"/h/nl\nx",
        b"/i/",
        b"/i/*",
        b"/i/star/",
        b"/q/",
        b"/q/b/",
        b"/q/b/c",
    ),
    b" sp ": (b"/h/ sp ",),
    b"nl?x": (b"/h/nl\nx",),
    b"nl*x": (b"/h/nl\nx",),
    b"foo//": (),
    b"e*bar": (),
    b"e**bar": (
        b"/e/foo/bar",
        b"/e/foobar",
    ),
    b"[*]": (b"/g/[x]",),
    b"z$": (),
    b"foo/x": (b"/d/foo/x",),
    b"/a/b/**/d": (b"/a/b/c/d",),
    b"/a/***/d": (b"/a/b/c/d",),
}


@pytest.mark.parametrize("pattern", HIDDEN)
def test_an_exclude_hides_what_lsyncd_hides(pattern: bytes) -> None:
    compiled = Patterns([pattern], [])

    assert tuple(path for path in TREE if compiled.hides(path)) == HIDDEN[pattern]


def test_all_excludes_together_hide_what_each_hides() -> None:
    some = (b"foo/", b"*.bak", b"[x]", b"/a/b/*")

    assert {path for path in TREE if Patterns(some, []).hides(path)} == {
        path for pattern in some for path in HIDDEN[pattern]
    }


def test_nothing_is_hidden_without_a_pattern() -> None:
    assert not any(Patterns([], []).hides(path) for path in TREE)


@pytest.mark.parametrize("root", [b"/", b""])
@pytest.mark.parametrize("pattern", [b"*", b"**", b"/", b"", b"/**", b"?"])
def test_the_root_is_never_hidden(root: bytes, pattern: bytes) -> None:
    assert not Patterns([pattern], [b"- " + pattern]).hides(root)


def test_a_path_is_hidden_when_a_directory_above_it_is() -> None:
    compiled = Patterns([b"**/"], [])  # hides each directory, and in itself no file

    assert compiled.hides(b"/d/")
    assert compiled.hides(b"/d/file")
    assert not compiled.hides(b"/file")


def test_every_byte_but_the_wildcards_is_literal() -> None:
    odd = bytes(set(range(1, 256)) - set(b"/*?"))

    assert Patterns([odd], []).hides(b"/d/" + odd)
    assert not Patterns([odd], []).hides(b"/d/" + odd[:-1])


# lsyncd 2.2.3: filter={"+ a", "- *"}, {"-foo"}, {" - foo"}, {"-\tfoo"} and {"- "} gave these verdicts.
@pytest.mark.parametrize(
    ("rules", "path", "hidden"),
    [
        ([b"+ a", b"- *"], b"/foo", True),
        ([b"+ a", b"- *"], b"/a/", False),
        ([b"+ a", b"- *"], b"/a/b", False),
        ([b"- *", b"+ a"], b"/a/", True),
        ([b"-foo"], b"/foo", True),
        ([b" - foo"], b"/foo", True),
        ([b"-\tfoo"], b"/foo", True),
        ([b"- foo "], b"/foo", False),
        ([b"- "], b"/foo", False),
        ([b"- "], b"/a/", True),
        ([b"+ /a/b", b"- /a"], b"/a/b", True),
    ],
)
def test_the_first_filter_rule_that_matches_decides(rules: list[bytes], path: bytes, *, hidden: bool) -> None:
    assert Patterns([], rules).hides(path) is hidden


def test_a_filter_hit_decides_before_the_excludes_are_asked() -> None:
    compiled = Patterns([b"*.bak", b"*.tmp"], [b"+ keep.bak"])

    assert not compiled.hides(b"/keep.bak")
    assert compiled.hides(b"/other.bak")


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        (b"/a", b"/a/", True),
        (b"/a", b"/a/b", True),  # a pattern reaches to the end of any segment
        (b"/a/", b"/a/", True),
        (b"/a/", b"/a", False),
        (b"b", b"/a/b", True),
        (b"*.c", b"/x.c.d", False),
    ],
)
def test_a_pattern_matches_by_itself(pattern: bytes, path: bytes, *, found: bool) -> None:
    assert matches(pattern, path) is found


def test_an_exclude_may_come_and_go() -> None:
    compiled = Patterns([b"a"], [])
    assert not compiled.hides(b"/d/x")
    compiled.add_exclude(b"d")
    assert list(compiled.excludes) == [b"a", b"d"]
    assert compiled.hides(b"/d/x")
    compiled.remove_exclude(b"d")
    assert list(compiled.excludes) == [b"a"]
    assert not compiled.hides(b"/d/x")
    compiled.remove_exclude(b"a")
    assert not compiled.hides(b"/a")


def test_an_exclude_given_twice_counts_once() -> None:
    compiled = Patterns([b"a", b"b", b"a"], [])
    compiled.add_exclude(b"b")
    compiled.remove_exclude(b"unknown")

    assert compiled.excludes == (b"a", b"b")


def test_a_filter_rule_is_appended_behind_the_others() -> None:
    compiled = Patterns([b"d"], [b"- x"])
    assert compiled.hides(b"/d/y")
    compiled.append_filter(b"+ d")

    assert compiled.filters == (b"- x", b"+ d")
    assert not compiled.hides(b"/d/y")
    assert compiled.hides(b"/d/x")


@pytest.mark.parametrize("rule", [b"foo", b"", b"# c", b"; c", b"!", b"exclude foo", b"P foo"])
def test_a_rule_that_is_none_is_refused_with_its_remedy(rule: bytes) -> None:
    compiled = Patterns([], [b"- x"])

    with pytest.raises(PatternError, match="Unknown filter rule") as refusal:
        compiled.append_filter(rule)

    assert f'write "- {rule.decode()}"' in str(refusal.value)
    assert compiled.filters == (b"- x",)
    with pytest.raises(PatternError):
        Patterns([], [rule])


def test_a_rule_of_odd_bytes_is_named_readably() -> None:
    with pytest.raises(PatternError, match=r"caf\\xe9"):
        parse_rule(b"caf\xe9")


def test_the_cache_of_directories_starts_again_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_CACHED_DIRECTORIES", 3)
    compiled = Patterns([b"x"], [])

    verdicts = [compiled.hides(b"/%d/%s/f" % (number, b"x" if number % 2 else b"y")) for number in range(10)]

    assert verdicts == [False, True] * 5
    assert len(compiled._verdicts) <= 3


# lsyncd 2.2.3 -log all says "Exclude" for each pattern that it took from a file with this line.
@pytest.mark.parametrize(
    ("line", "taken"),
    [
        (b"plain", (b"plain",)),
        (b"", ()),
        (b" \t", ()),
        (b"# comment", ()),
        (b"  # indented comment", ()),
        (b"+ plus", ()),
        (b"+plus", ()),
        (b" + plus", ()),
        (b"+", ()),
        (b"- minus", (b"minus",)),
        (b"-minus", (b"minus",)),
        (b" - minus", (b"minus",)),
        (b"-  two", (b"two",)),
        (b"-\ttab", (b"tab",)),
        (b"--x", (b"-x",)),
        (b"-#x", (b"#x",)),
        (b"- + x", (b"+ x",)),
        (b"-", ()),
        (b"- ", ()),
        (b"  lead", (b"lead",)),
        (b"\v\fx", (b"x",)),
        (b"trail  ", (b"trail  ",)),
        (b";semi", (b";semi",)),
        (b"! bang", (b"! bang",)),
    ],
)
def test_an_exclude_file_is_read_as_lsyncd_reads_it(line: bytes, taken: tuple[bytes, ...]) -> None:
    assert parse_exclude_file(line + b"\nz\n") == (*taken, b"z")
    assert parse_exclude_file(line + b"\r\nz\r\n") == (*taken, b"z")
    assert parse_exclude_file(b"z\n" + line) == (b"z", *taken)


def test_the_empty_file_holds_nothing() -> None:
    assert parse_exclude_file(b"") == ()
    assert parse_filter_file(b"") == ()


def test_a_filter_file_is_read_as_lsyncd_reads_it() -> None:
    content = b"+ a\n\n# c\n  # ic\n- b\n-c\n+d\n  - lead\n- trail  \n- cr\r\n \t\n-  two"

    assert parse_filter_file(content) == (
        b"+ a",
        b"- b",
        b"-c",
        b"+d",
        b"- lead",
        b"- trail  ",
        b"- cr",
        b"-  two",
    )


bits = st.sampled_from([b"a", b"b", b"ab", b"*", b"**", b"?", b"/", b"/", b".", b"\n", b"\xff"])
some_patterns = st.lists(st.lists(bits, max_size=6).map(b"".join), max_size=3)
some_paths = st.builds(
    lambda names, tail: b"/" + b"/".join(names) + tail,
    st.lists(st.sampled_from([b"a", b"b", b"ab", b"aab", b"a.b", b"\n", b"b\xff"]), min_size=1, max_size=4),
    st.sampled_from([b"", b"/"]),
)


@given(
    some_patterns,
    st.lists(st.tuples(st.booleans(), st.sampled_from([b"a", b"b/", b"/a", b"?", b"**b"]))),
    some_paths,
)
@example([b""], [], b"/a/b")
@example([b"a/*"], [], b"/b/a/")
@settings(max_examples=500)
def test_compiled_patterns_agree_with_matching_byte_by_byte(
    excludes: list[bytes], filters: list[tuple[bool, bytes]], path: bytes
) -> None:
    rules = [(b"- " if hides else b"+ ") + pattern for hides, pattern in filters]
    compiled = Patterns(excludes, rules)

    expected = naive_patterns.hides(excludes, filters, path)

    assert compiled.hides(path) is expected
    assert compiled.hides(path) is expected, "the same from the cache"
