"""Words of steps and of shown commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.migrate import words


@given(st.lists(st.binary()))
def test_any_bytes_survive_being_quoted_and_read_back(them: list[bytes]) -> None:
    line = words.join(tuple(them))
    assert words.split(line) == them
    assert "\n" not in line


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (b"plain", "plain"),
        (b"a/b.c", "a/b.c"),
        ("grün".encode(), "grün"),
        (b"two words", '"two words"'),
        (b"", '""'),
        (b"it's", "it's"),
        (b'say "hi"', r'"say \"hi\""'),
        (b"new\nline", r'"new\nline"'),
        (b"\xff", r'"\xff"'),
        (b"#1", '"#1"'),
        (b"a#1", "a#1"),
    ],
)
def test_a_word_is_shown_as_plainly_as_it_can_be(word: bytes, shown: str) -> None:
    assert words.quote(word) == shown


def test_what_stands_behind_a_hash_is_a_remark() -> None:
    assert words.split("create a # the first") == [b"create", b"a"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('create "a', 'a quote without an end, or in the middle of a word: "a'),
        ('create a"b"', 'a quote without an end, or in the middle of a word: a"b"'),
        (r'create "\q"', r"\q stands for nothing; in quotes there are \n \t \" \\ and \xHH"),
    ],
)
def test_a_line_that_cannot_be_taken_apart_is_refused(line: str, problem: str) -> None:
    with pytest.raises(words.WordsError) as caught:
        words.split(line)
    assert str(caught.value) == problem
