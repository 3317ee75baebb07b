"""What a comparison prints."""

from __future__ import annotations

import json

from pylsyncd import __version__
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare.comparison import Outcome
from pylsyncd.migrate.compare.judge import judge
from pylsyncd.migrate.compare.log import Call, SideLog
from pylsyncd.migrate.compare.plan import plan
from pylsyncd.migrate.compare.report import as_json, text
from pylsyncd.migrate.compare.rows import Row

STEPS = "create a\nwrite b\nwait 5\n"


def call(*words: bytes, stdin: bytes | None = None) -> Call:
    return Call(b"Sync1", words, stdin)


def outcome() -> Outcome:
    theirs = SideLog(
        "2.2.3",
        (
            (call(b"/usr/bin/rsync", b"a"), call(b"/usr/bin/rsync", b"b")),
            (call(b"x", stdin=b"".join(b"%d\0" % n for n in range(20))), call(b"y")),
        ),
        unrun=(b"touch z",),
    )
    ours = SideLog("", ((call(b"rsync", b"a"), call(b"rsync", b"b")), (call(b"y"),)), (1, 255), "oh")
    the_plan = plan(s.parse(STEPS, "f"))
    return Outcome(
        the_plan, STEPS, "f", theirs, ours, None, judge(theirs, ours, None, the_plan.groups), "abc"
    )


def test_the_text_shows_the_unexplained_in_full_and_the_documented_once() -> None:
    assert (
        text(outcome())
        == f"""\
Lsyncd 2.2.3 and pylsyncd {__version__}: 2 steps (f) in 1 group

lines 1 to 2 (create a; write b), Sync1, Lsyncd only:
  Lsyncd    x
            < 0
            < 1
            < 2
            < 3
            < 4
            < 5
            < 6
            < 7
            < 8
            < 9
            < 10
            < 11
            < and 8 more
  pylsyncd  nothing
  UNEXPLAINED

lines 1 to 2 (create a; write b), the daemon's end:
  Lsyncd goes on; pylsyncd ends with exit code 255: oh
  UNEXPLAINED

at the start, Sync1, called otherwise:
  Lsyncd    /usr/bin/rsync a
  pylsyncd  rsync a
  documented: {Row.BINARY.reason} (docs/differences.md#binary)
  and 1 more like it

not run, for it could do anything, and answered with nothing: touch z

1 process alike, 2 documented differences, 2 unexplained
"""
    )


def test_the_json_has_each_difference() -> None:
    found = json.loads(as_json(outcome()))

    assert (found["alike"], found["documented"], found["unexplained"]) == (1, 2, 2)
    assert found["differences"][0] == {
        "line": 0,
        "steps": [],
        "sync": "Sync1",
        "kind": "called otherwise",
        "lsyncd": [{"argv": ["/usr/bin/rsync", "a"], "stdin": []}],
        "pylsyncd": [{"argv": ["rsync", "a"], "stdin": []}],
        "rows": ["binary"],
        "reasons": ["Lsyncd 2.2.3 runs /usr/bin/rsync and /usr/bin/ssh, pylsyncd those of the PATH"],
        "note": "",
    }
    assert [one["line"] for one in found["differences"]] == [0, 0, 1, 1]
    assert found["unrun"] == ["touch z"]
