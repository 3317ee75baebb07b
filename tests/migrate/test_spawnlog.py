"""The spawn log as text."""

from __future__ import annotations

from pylsyncd.core.model import Exited, Killed
from pylsyncd.migrate import spawnlog as log

ENTRIES = (
    log.Spawned(0.0, b"Sync1", (b"rsync", b"-r", b"/a b/")),
    log.Spawned(1.5, b"Sync1", (b"rsync",), b"/a\xff\0/\0"),
    log.Spawned(2.0, b"", (b"cat",), b"one\ntwo"),
    log.Ended(3600.0, b"Sync1", b"rsync", Exited(23)),
    log.Ended(3600.0, b"Tunnel1", b"ssh", Killed(9)),
    log.Said(3600.25, "Error", b"first\nsecond"),
    log.Finished(3601.0, 143),
)

TEXT = """\
     0.000  Sync1: rsync -r "/a b/"
     1.500  Sync1: rsync
            < "/a\\xff"
            < /
     2.000  cat
            < one
            < two
  3600.000  Sync1: rsync ends with 23
  3600.000  Tunnel1: ssh is killed by 9
  3600.250  Error: first
            second
  3601.000  pylsyncd ends with 143
"""


def test_a_spawn_log_is_readable_text() -> None:
    assert log.render(ENTRIES) == TEXT


def test_equal_logs_have_no_difference() -> None:
    assert log.difference(TEXT, TEXT, ("a", "b")) == ""


def test_a_difference_is_shown_as_a_unified_diff() -> None:
    diff = log.difference("one\ntwo\n", "one\nthree\n", ("expected", "found"))
    assert diff == "--- expected\n+++ found\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n"


def test_times_that_are_all_but_the_same_count_as_the_same() -> None:
    def at(*times: float) -> list[log.Entry]:
        return [log.Spawned(time, b"Sync1", (b"a",)) for time in times]

    assert log.in_step(at(1.0, 2.0, 9.0), at(1.4, 2.9, 7.0)) == at(1.0, 2.0, 7.0)
    assert log.in_step(at(1.0), [log.Finished(1.0, 0), *at(0.5, 0.7)]) == [
        *at(0.7),
        log.Finished(1.0, 0),
        *at(1.0),
    ]
