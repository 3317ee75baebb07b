"""What a sync that goes on over HUP takes along from one Lua state to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.model import Kept
from pylsyncd.loading import Loaded, hand_over
from script.daemon import Daemon, running

CONFIG = """
sync {
    default.rsync, source = "@HOME@/source", target = "@HOME@/target",
    action = function(inlet)
        local config = inlet.getConfig()
        log("Test", tostring((@QUESTION@)))
    end,
}
"""
IS_LOST = "lsyncd.internal.target.is_lost(config)"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    return tmp_path


def load(home: Path, question: str) -> Daemon:
    """A state whose action asks about the sync's config."""
    return running(CONFIG.replace("@HOME@", str(home)).replace("@QUESTION@", question))


def answer(daemon: Daemon) -> bytes:
    daemon.act()
    return daemon.lines()[-1]


def hup(before: Daemon, after: Daemon) -> None:
    hand_over((Kept(0, 0),), Loaded(before.script, before.loaded), Loaded(after.script, after.loaded))


def test_a_target_that_was_there_is_missed_in_the_next_state(home: Path) -> None:
    before = load(home, IS_LOST)
    assert answer(before) == b"false"
    (home / "target").rmdir()
    after = load(home, IS_LOST)
    assert answer(after) == b"false"
    hup(before, after)
    assert answer(after) == b"true"


def test_a_target_that_never_was_there_is_not(home: Path) -> None:
    (home / "target").rmdir()
    before, after = (load(home, IS_LOST) for _ in range(2))
    assert answer(before) == b"false"
    hup(before, after)
    assert answer(after) == b"false"


@pytest.mark.parametrize("paths", ["'/d/a', '/new\\nline'", ""])
def test_what_killed_runs_may_have_left_is_known_in_the_next_state(home: Path, paths: str) -> None:
    before = load(home, f"lsyncd.internal.leftovers.inherit(config, {{ {paths} }})")
    answer(before)
    known = "table.concat(lsyncd.internal.leftovers.known(config), ' ')"
    after = load(home, f"{known} .. tostring(lsyncd.internal.leftovers.has(config))")
    hup(before, after)
    assert answer(after) == (b"/d/a /new\nlinetrue" if paths else b"false")


def test_a_file_that_changed_in_the_second_of_a_run_is_fresh_in_the_next_state(home: Path) -> None:
    """rsync goes by seconds and sizes, so what such a file has got last would never arrive."""
    path = home / "source" / "file"
    path.write_text("one")
    elist = """(function()
        local elist = { config = config }
        function elist.getPaths(mutator) return { mutator("Modify", "/file") } end
        return elist
    end)()"""
    arguments = f"table.concat(lsyncd.internal.fresh.arguments({elist}), ' ')"
    before = load(home, arguments)
    assert answer(before) == b""
    during = load(home, f"lsyncd.internal.fresh.note({elist})")
    hup(before, during)
    answer(during)
    after, stranger = (load(home, arguments) for _ in range(2))
    hup(during, after)
    assert answer(after) == b"--ignore-times"
    assert answer(stranger) == b""
