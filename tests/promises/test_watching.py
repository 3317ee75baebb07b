"""Each row of "watching", in the order of the table: what Lsyncd does not see, or not say, is seen and said.

As in `test_losing_changes.py`, a docstring names where the row comes from.
"""

from __future__ import annotations

import select
from pathlib import Path

import pytest

from pylsyncd.core import masks
from pylsyncd.system.filesystems import Mount
from pylsyncd.watches import monitor_for, warnings_of
from scenarios.player import Player
from script.daemon import running

TOO_FEW = """
settings status rescan=60
sync source=/s/ delay=0
limit 100
dir /s/ 1 d/ e/
error /s/d/ ENOSPC
entries /s/d/ old:1:1
error /s/e/ EACCES
0 start
1 exit 1 ok
entries /s/d/ old:2:2 new
error /s/e/ EACCES
60 tick
61 exit 2 ok
62 exit 3 ok
# The limit is raised, and the mode is changed.
limit 200
dir /s/d/ 2 old new
dir /s/e/ 3 inner
entries /s/e/ inner
120 tick
121 exit 4 ok
122 records 2:CREATE:heard
123 exit 5 ok
"""


def test_without_watches_the_remedy_is_said_and_directories_are_looked_through_until_they_have_one() -> None:
    """#731: out of inotify watches ends the daemon; other errors leave directories silently unwatched."""
    lines = [line.strip() for line in Player().play(TOO_FEW)]
    short = next((line for line in lines if "Out of inotify watches" in line), "")
    assert (
        "at least 2 directories need one, 1 have one, the limit for all that this user runs is 100" in short
    )
    assert "sysctl fs.inotify.max_user_watches=" in short
    assert "Error: Cannot watch /s/e/ (EACCES): it is tried again every 60 s." in lines
    assert any("Sync1=degraded" in line and "!/s/d/ (ENOSPC) !/s/e/ (EACCES)" in line for line in lines)
    changes = [n for n, line in enumerate(lines) if line.startswith("call action")]
    assert lines.index("60 tick") < changes[0] < changes[1] < lines.index("120 tick"), (
        "old and new are brought"
    )
    assert lines.index("120 tick") < changes[2] < lines.index("122 records 2:CREATE:heard") < changes[3]
    assert lines.index("Normal: All directories are watched again.") > lines.index("120 tick")


DEPTH = 1200
SLOW = "\n".join(
    (
        "settings status interval=1\nsync source=/s/",
        *(f"dir /s/{'d/' * depth} {depth + 1} d/" for depth in range(DEPTH)),
        f"dir /s/{'d/' * DEPTH} {DEPTH + 1}",
        "hold\n0 start",
        *(f"{second / 40:g} answer" for second in range(1, DEPTH + 2)),
    )
)


def test_setting_up_watches_is_told_of_and_the_start_up_begins_behind_it_however_deep_the_tree() -> None:
    """#284 #658: an hour of watch set-up without a word."""
    lines = [line.strip() for line in Player().play(SLOW)]
    told = [line for line in lines if "Setting up watches" in line]
    assert len(told) == 30 // 5
    assert told[0] == "Normal: Setting up watches: 200 directories so far, 40 per second."
    statuses = [line for line in lines if line.startswith("status") and "/s" in line]
    assert len(statuses) == len(told), "the status tells how fast it goes"
    end = lines.index(f"Normal: Watching {DEPTH + 1} directories, after 30 seconds.")
    assert lines.index("call init sync=1 delay=1") > end


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_file_systems_that_send_no_events_are_warned_of_and_can_be_polled(kind: str, tmp_path: Path) -> None:
    """#684: network and FUSE file systems send no events, no warning."""
    source = bytes(tmp_path) + b"/"
    mounts = (Mount(b"/", b"ext4"), Mount(source, kind.encode()))
    text = f'sync {{ default.direct, source = "{tmp_path}", target = "/backup" }}\n'
    warnings = [*warnings_of(running(text).loaded, mounts)]
    assert len(warnings) == 1
    assert kind.encode() in warnings[0]
    assert b'monitor = "poll"' in warnings[0]

    polled = running('settings { monitor = "poll", pollInterval = 0.05 }\n' + text).loaded
    assert [*warnings_of(polled, mounts)] == []
    monitor = monitor_for(polled)
    try:
        monitor.scan((source,), files=False)
        (tmp_path / "new").touch()
        select.select([monitor.fileno()], [], [], 10)
        assert masks.CREATE in {record.mask for record in monitor.drain() if record.name == b"new"}
    finally:
        monitor.close()


SETTLING = """
settings closes
sync source=/s/ delay=0 noinit settle=60
dir /s/ 1
0 start
1 records 1:CREATE:f 1:MODIFY:f
20 records 1:MODIFY:f
30 records 1:CLOSE_WRITE:f
31 exit 1 ok
40 records 1:CREATE:log 1:MODIFY:log
99 tick
100 tick
"""


def test_a_file_that_is_being_written_is_sent_when_it_is_closed_or_has_not_changed_for_so_long() -> None:
    """R #466: half-written files are sent, because a Create is acted on before the file is closed."""
    lines = [line.strip() for line in Player().play(SETTLING)]
    first, second = [n for n, line in enumerate(lines) if line.startswith("call action")]
    assert lines.index("30 records 1:CLOSE_WRITE:f") < first < lines.index("31 exit 1 ok")
    assert lines.index("100 tick") < second
