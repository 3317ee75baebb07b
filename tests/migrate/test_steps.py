"""The language of steps."""

from __future__ import annotations

import pytest

from pylsyncd.migrate import steps as s

EVERY_STEP = """\
have old/
have old/file 5000
start
create a/b
create dir/
write a/b 20
link l "a b"
touch a/b
move a/b "new\\nname"
delete dir/
wait 20
wait 0.5
exit 23
exit 1 rsync
kill 9
kill 15 ssh
hold
hold rsync
release rsync
take 3 rsync
signal 1
"""


def test_every_step_is_shown_as_it_was_read() -> None:
    assert s.show_all(one.step for one in s.parse(EVERY_STEP, "f")) == EVERY_STEP


def test_signals_have_names() -> None:
    assert [one.step for one in s.parse("signal hup\nkill SIGKILL", "f")] == [s.Signal(1), s.Kill(9)]


def test_a_step_knows_its_line() -> None:
    assert [one.line for one in s.parse("# first\n\ncreate a\nwait 1\n", "f")] == [3, 4]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "make a",
            (
                "f:1: there is no step make; the steps are have, start, create, write, link, touch, move, "
                "delete, wait, exit, kill, hold, release, take, signal"
            ),
        ),
        ("move a", "f:1: 1 values are given; it is: move PATH PATH"),
        ("start now", "f:1: 1 values are given; it is: start"),
        ("wait long", "f:1: long is not a number of seconds, 0 to 1000000000"),
        ("wait -1", "f:1: -1 is not a number of seconds, 0 to 1000000000"),
        ("wait 1e300", "f:1: 1e300 is not a number of seconds, 0 to 1000000000"),
        ("kill 99", "f:1: there is no signal 99; say its name, such as TERM, or its number"),
        ('\udcff\x01"', 'f:1: a quote without an end, or in the middle of a word: \\xff\\x01"'),
        ("write a much", "f:1: much is not a whole number, 0 or more"),
        ("exit 256", "f:1: an exit code is 0 to 255, not 256"),
        ("kill WELL", "f:1: there is no signal WELL; say its name, such as TERM, or its number"),
        ("signal KILL", "f:1: the daemon knows the signals HUP, INT, TERM and USR1"),
        ('create "a\\x00b"', "f:1: a path cannot hold a NUL"),
        ("create a\nhave b", "f:2: `have` stands behind the start; use `create` from there on"),
        ('create "a', 'f:1: a quote without an end, or in the middle of a word: "a'),
    ],
)
def test_what_is_no_step_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(s.StepsError) as caught:
        s.parse(text, "f")
    assert str(caught.value) == problem
