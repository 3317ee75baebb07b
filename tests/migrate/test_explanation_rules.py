"""`explain` names the rule by which the core decides, and the one by which rsync does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core.patterns import Patterns
from pylsyncd.migrate.explanation.rsyncrules import is_whole_run, rsync_matches, verdict
from pylsyncd.migrate.explanation.rules import Decision, Rule, RuleKind, decide, decide_without, rules_of

bits = st.sampled_from([b"a", b"b", b"ab", b"*", b"**", b"?", b"/", b"/", b"[ab]", b".", b"\n", b"\xff"])
texts = st.lists(bits, min_size=1, max_size=5).map(b"".join)
names = st.sampled_from([b"a", b"b", b"ab", b"aab", b"a.b", b"[ab]", b"\n", b"b\xff"])
paths = st.builds(
    lambda parts, end: b"/" + b"/".join(parts) + end,
    st.lists(names, min_size=1, max_size=4),
    st.sampled_from([b"", b"/"]),
)
excludes = st.lists(texts, max_size=4, unique=True)
filters = st.lists(st.tuples(st.sampled_from([b"+ ", b"- ", b"-"]), texts).map(b"".join), max_size=4)


@given(excludes, filters, paths)
def test_the_verdict_is_that_of_the_core(excludes: list[bytes], filters: list[bytes], path: bytes) -> None:
    assert decide(rules_of(excludes, filters), path).hides == Patterns(excludes, filters).hides(path)


@given(excludes, filters, paths)
def test_without_the_rule_that_decides_all_later_ones_decide_as_before(
    excludes: list[bytes], filters: list[bytes], path: bytes
) -> None:
    rules = rules_of(excludes, filters)
    rule = decide(rules, path).rule
    if rule is None:
        assert not Patterns(excludes, filters).hides(path)
        return
    rest = [one for one in rules if one != rule]
    left = Patterns(
        [one.text for one in rest if one.kind is RuleKind.EXCLUDE],
        [one.text for one in rest if one.kind is RuleKind.FILTER],
    )
    assert decide_without(rule, rules, path).hides == left.hides(path)


@given(excludes, filters)
def test_no_rule_decides_about_the_source(excludes: list[bytes], filters: list[bytes]) -> None:
    assert decide(rules_of(excludes, filters), b"/") == Decision(hides=False, level=b"/")


def test_a_directory_above_is_named_before_the_path_itself() -> None:
    rules = rules_of([b"*.o", b"/build/"], [b"+ /build/keep"])
    assert decide(rules, b"/build/x.o") == Decision(
        hides=True, level=b"/build/", rule=Rule(RuleKind.EXCLUDE, b"/build/")
    )


def test_a_filter_that_lets_a_path_in_is_named() -> None:
    rule = Rule(RuleKind.FILTER, b"+ *.c")
    assert decide(rules_of([b"*"], [b"+ *.c"]), b"/x.c") == Decision(hides=False, level=b"/x.c", rule=rule)


# rsync -----------------------------------------------------------------------------------------------

TREE = (
    "a/",
    "a/b/",
    "a/b/c.o",
    "a/x1",
    "b/",
    "b/a/",
    "b/a/y",
    "c.o",
    "d.o/",
    "d.o/z",
    "x1",
    "x[1]",
    "x-",
    r"x\1",
    "e+",
)
PATTERNS = (
    "*.o", "/a", "/a/", "a/", "b/a", "/b/*", "**/y", "a/**", "/a/***", "b/***", "x[0-9]", "x[!0-9]", "x[^1]*",
    r"x\[1]", r"x\1", r"x\\1", r"x?\1", "?1", "x[[:digit:]]", "x[]-]", "/", "**", "[", "d.o/*", "*/x1",
    "a/x1",
    "/*/b/", "x[a-", "*b", "c?o", "e+", "x[[:nothing:]]", "x[1-]", "/b/a/y/",
)  # fmt: skip  # they are lists


def taken_by_rsync(flag: str, rules: str, source: Path) -> set[str]:
    """What rsync would transfer of the tree."""
    command = ["rsync", "-r", "-n", "--out-format=%n", flag, f"{source}/", "nowhere/"]
    done = subprocess.run(command, input=rules, text=True, capture_output=True, check=True, cwd=source.parent)
    return {name.replace("\\#134", "\\") for name in done.stdout.splitlines()} - {"./"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("rsync") / "tree"
    tree.mkdir()
    for name in TREE:
        (tree / name).mkdir() if name.endswith("/") else (tree / name).write_text("")
    return tree


def taken_by_us(flag: str, rules: str) -> set[str]:
    argv = [b"rsync", flag.encode(), b"-r"]
    return {name for name in TREE if verdict(argv, rules.encode(), b"/" + name.encode()).takes}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_read_as_rsync_reads_it(pattern: str, tree: Path) -> None:
    assert taken_by_us("--exclude-from=-", pattern) == taken_by_rsync("--exclude-from=-", pattern, tree)


@pytest.mark.parametrize(
    ("flag", "rules"),
    [
        ("--exclude-from=-", "# remark\n; another\n+ a/x1\n- x1\n\n/b"),
        ("--exclude-from=-", "/a\n!\n/b"),
        ("--filter=. -", "+ *.o\n- /d.o/\n+ */\n- *"),
        ("--filter=. -", "- x1\n+ x1"),
    ],
)
def test_rules_together_are_read_as_rsync_reads_them(flag: str, rules: str, tree: Path) -> None:
    assert taken_by_us(flag, rules) == taken_by_rsync(flag, rules, tree)


def test_a_filter_that_rsync_cannot_read_is_named() -> None:
    found = verdict([b"rsync", b"--filter=. -"], b"-foo\n+ bar", b"/foo")
    assert (found.is_misread, found.rule) == (True, b"-foo")


def test_rules_that_end_with_a_nul_may_hold_line_feeds_and_begin_like_remarks() -> None:
    argv = [b"rsync", b"--from0", b"--exclude-from=-"]
    assert not verdict(argv, b"a\nb\0#c", b"/a\nb").takes
    assert not verdict(argv, b"a\nb\0#c", b"/#c").takes


def test_a_run_over_a_list_of_changes_is_none_over_the_whole_source() -> None:
    whole = [b"rsync", b"-lts", b"-r", b"/srv/", b"/backup/"]
    assert is_whole_run(whole, b"/srv/")
    assert not is_whole_run([*whole, b"--include-from=-"], b"/srv/")
    assert not is_whole_run([b"cp", b"-r", b"/other/", b"/backup/"], b"/srv/")


odd = st.text("[]^!-\\:&~|/*?ad", min_size=1, max_size=8).map(str.encode)


@given(odd, paths)
def test_a_pattern_of_many_segments_matches_no_path_of_fewer(pattern: bytes, path: bytes) -> None:
    """And whatever the brackets hold, it can be read."""
    if rsync_matches(pattern, path) and b"**" not in pattern:
        assert path.rstrip(b"/").count(b"/") >= pattern.rstrip(b"/").count(b"/") - pattern.count(b"\\/")
