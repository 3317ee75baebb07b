"""What differs between two daemons."""

from __future__ import annotations

import pytest

from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare.judge import Difference, Kind, failed_by_itself, judge
from pylsyncd.migrate.compare.log import Call, SideLog
from pylsyncd.migrate.compare.plan import plan
from pylsyncd.migrate.compare.rows import Row


def call(line: str, origin: bytes = b"Sync1", lanes: int = 1) -> Call:
    return Call(origin, tuple(word.encode() for word in line.split()), None, lanes)


def log(*calls: Call, ended: tuple[int, int] | None = None, words: str = "") -> SideLog:
    """A start without calls, and one group with these."""
    return SideLog("", ((), calls), ended, words)


def differences(
    theirs: SideLog, ours: SideLog, witness: SideLog | None = None, steps: str = "create a\n"
) -> list[tuple[Kind, tuple[Row, ...]]]:
    verdict = judge(theirs, ours, witness, plan(s.parse(steps, "f")).groups)
    return [(one.kind, one.rows) for one in verdict.differences]


def test_the_same_calls_are_alike() -> None:
    verdict = judge(log(call("x a")), log(call("x a")), None, plan(s.parse("create a", "f")).groups)

    assert (verdict.alike, verdict.differences) == (1, ())


def test_a_call_that_is_missing_is_unexplained() -> None:
    assert differences(log(call("x a")), log()) == [(Kind.ONLY_LSYNCD, ())]


def test_a_call_too_many_is_unexplained() -> None:
    assert differences(log(), log(call("x a"))) == [(Kind.ONLY_PYLSYNCD, ())]


def test_two_calls_of_one_program_are_one_difference() -> None:
    assert differences(log(call("x a")), log(call("x b"))) == [(Kind.OTHER, ())]


def test_syncs_are_compared_each_with_itself() -> None:
    theirs = log(call("x a", b"Sync1"), call("x a", b"Sync2"))
    ours = log(call("x a", b"Sync2"), call("x a", b"Sync1"))

    assert differences(theirs, ours) == []


def test_the_order_of_one_sync_counts() -> None:
    assert differences(log(call("x a"), call("x b")), log(call("x b"), call("x a"))) == [(Kind.ORDER, ())]


def test_order_means_nothing_where_several_processes_run_at_a_time() -> None:
    first, second = call("x a", lanes=2), call("x b", lanes=2)

    assert differences(log(first, second), log(second, first)) == []


def test_another_order_behind_a_new_directory_is_documented() -> None:
    first, second = call("x a"), call("x b")

    assert differences(log(first, second), log(second, first), steps="create d/\n") == [
        (Kind.ORDER, (Row.NEW_DIRECTORY, Row.LISTING_ORDER))
    ]


def test_what_the_witness_does_as_lsyncd_is_due_to_combining() -> None:
    both = log(call("x a"), call("y a"))

    assert differences(both, log(call("x a")), both) == [(Kind.ONLY_LSYNCD, (Row.COMBINING,))]
    assert differences(both, log(call("y a"), call("x a")), both) == [(Kind.ORDER, (Row.COMBINING,))]
    assert differences(log(call("y a")), log(call("x a")), log(call("y a"))) == [
        (Kind.ONLY_LSYNCD, (Row.COMBINING,)),
        (Kind.ONLY_PYLSYNCD, (Row.COMBINING,)),
    ]


def test_what_the_witness_lacks_too_is_unexplained() -> None:
    assert differences(log(call("x a")), log(), log()) == [(Kind.ONLY_LSYNCD, ())]


@pytest.mark.parametrize(
    ("theirs", "ours", "steps", "row"),
    [
        ("/bin/cp -p -- /s//a /t/", "", "delete a\n", Row.DIRECT_LEFT),
        ("/bin/cp -p -- /s//d/a /t/d/", "", "move d/ e/\n", Row.DIRECT_LEFT),
        ("", "sh -c chmod\0--reference=x sh a b", "touch a\n", Row.DIRECT_ATTRIBUTES),
        ("", "cp -p -- /s//a /t/", "touch a\n", Row.DIRECT_ATTRIBUTES),
        ("", "rm -rf -- /t/a", "move a b\n", Row.DIRECT_FAILING),
        ("x a", "", "kill 9\n", Row.KILLED),
        ("x a", "", "exit 23\n", Row.PARTIAL_FAILURE),
        ("x a", "", "exit 1\n", Row.FAILING_EVENT),
    ],
)
def test_a_call_of_one_daemon_alone_is_told_by_what_happened(
    theirs: str, ours: str, steps: str, row: Row
) -> None:
    sides = [log(*([call(line)] if line else [])) for line in (theirs, ours)]

    ((_, rows),) = differences(sides[0], sides[1], steps=steps)

    assert rows[0] is row


def test_exit_code_0_is_no_failure() -> None:
    assert differences(log(call("x a")), log(), steps="exit 0\n") == [(Kind.ONLY_LSYNCD, ())]


def only_end(theirs: SideLog, ours: SideLog, steps: str = "create a\n") -> Difference:
    (one,) = judge(theirs, ours, None, plan(s.parse(steps, "f")).groups).differences
    assert one.kind is Kind.END
    return one


def test_a_daemon_that_ends_alone_is_a_difference() -> None:
    found = only_end(log(), log(ended=(1, 255), words="oh"))

    assert found.rows == ()
    assert found.note == "Lsyncd goes on; pylsyncd ends with exit code 255: oh"


def test_daemons_that_end_alike_are_none() -> None:
    assert differences(log(ended=(1, 143)), log(ended=(1, 143))) == []


def test_an_end_behind_a_failure_is_documented() -> None:
    assert only_end(log(ended=(1, 255)), log(), "exit 1\n").rows == (Row.DIE, Row.UNLISTED_CODE)


def test_lsyncds_broken_queue_is_documented() -> None:
    assert only_end(log(ended=(1, 255), words="Queue is broken!"), log()).rows == (Row.QUEUE_BROKEN,)


def test_nothing_is_compared_behind_an_end() -> None:
    theirs = SideLog("", ((), (), (call("x a"),)), None)
    ours = SideLog("", ((), (), ()), (1, 143))

    kinds = [
        one.kind
        for one in judge(
            theirs, ours, None, plan(s.parse("create a\nwait 1\ncreate b", "f")).groups
        ).differences
    ]

    assert kinds == [Kind.END]


def test_a_daemon_that_gives_up_by_itself_is_told_from_one_that_was_made_to() -> None:
    groups = plan(s.parse("create a", "f")).groups
    failing = plan(s.parse("exit 1\ncreate a", "f")).groups

    assert failed_by_itself(log(ended=(1, 255)), groups)
    assert not failed_by_itself(log(ended=(1, 255)), failing)
    assert not failed_by_itself(log(ended=(1, 143)), groups)
    assert not failed_by_itself(log(ended=(1, 255), words="Queue is broken"), groups)
    assert not failed_by_itself(log(), groups)


BURST = Call(
    b"Sync1",
    (b"ssh", b"h", b"sh", b"-c", b"'read -r line && exec sh'"),
    b"""...\necho\nmove 1 '/t/a' '/t/b'\nmove 2 '/t/it'"'"'s' '/t/d'\nexit $code\n}\n""",
)


def test_moves_in_one_call_are_those_of_lsyncd() -> None:
    theirs = log(
        call("ssh h mv '/t/a' '/t/b' || rm -rf '/t/a'"),
        call("""ssh h mv '/t/it'"'"'s' '/t/d' || rm -rf '/t/it'"'"'s'"""),
    )
    assert differences(theirs, log(BURST)) == []


def test_what_stands_between_moves_that_go_together_is_documented() -> None:
    first, second = call("ssh h mv '/t/a' '/t/b' || rm -rf '/t/a'"), call("rsync a")
    third = call("""ssh h mv '/t/it'"'"'s' '/t/d' || rm -rf '/t/it'"'"'s'""")
    theirs = log(first, second, third)
    assert differences(theirs, log(BURST, second)) == [(Kind.ORDER, (Row.RSYNCSSH_BURST,))]
    assert differences(theirs, log(BURST)) == [(Kind.ONLY_LSYNCD, (Row.RSYNCSSH_BURST,))]
    assert differences(theirs, log(BURST, call("rsync b"))) == [
        (Kind.ONLY_LSYNCD, (Row.RSYNCSSH_BURST,)),
        (Kind.ONLY_PYLSYNCD, (Row.RSYNCSSH_BURST,)),
    ]
