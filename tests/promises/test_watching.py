"""Each row of "watching", in the order of the table: what Lsyncd does not see, or not say, is seen and said.

As in `test_losing_changes.py`, a docstring names where the row comes from.
"""

from __future__ import annotations

from scenarios.player import Player

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
