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
