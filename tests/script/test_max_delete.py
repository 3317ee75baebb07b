"""What runs of rsync may delete, where `maxDelete` says so (spec 6.3): counted, limited, or let go."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.inputs import SpawnRequested
from pylsyncd.core.model import Clearance, Delay, DelayStatus, EventType
from script.daemon import Daemon, refusal, running

CREATE, DELETE, FULL, MOVE = EventType.CREATE, EventType.DELETE, EventType.FULL, EventType.MOVE
LIMIT = b"--max-delete=2"


def daemon_of(source: Path, more: str = "", base: str = "rsync") -> Daemon:
    target = 'host = "h", targetdir = "/t/"' if base == "rsyncssh" else 'target = "/t/"'
    return running(f'sync{{ default.{base}, source = "{source}", {target}, maxDelete = 2, {more} }}')


def requests(daemon: Daemon) -> list[SpawnRequested]:
    return [one for one in daemon.core.inputs if isinstance(one, SpawnRequested)]


def queued(daemon: Daemon, *paths: bytes, clearance: Clearance = Clearance.NONE) -> list[Delay]:
    delays = [daemon.core.add(DELETE, path) for path in paths]
    for one in delays:
        one.clearance = clearance
    return delays


@pytest.mark.parametrize("paths", [(b"/d/",), (b"/a", b"/b", b"/c")])
def test_a_batch_that_may_delete_more_is_counted_first(paths: tuple[bytes, ...], tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path, "rsync = { quiet = true, _extra = { '--quiet', '-q' } }")
    queued(daemon, *paths)
    daemon.act()
    [counting] = requests(daemon)
    shell, rsync = counting.command.argv[:3], counting.command.argv[3:]
    assert counting.is_count
    assert shell[:2] == (b"sh", b"-c")
    assert rsync[:6] == (b"sh", b"2", b"rsync", b"--dry-run", b"--info=none,del", b"-lts")
    assert not {b"--quiet", b"-q", b"-"} & set(rsync)
    assert counting.command.stdin is not None
    assert daemon.lines("Normal")[-1] == b"Counting first what that would delete (maxDelete = 2)."


def test_what_was_counted_is_brought_within_the_limit(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path)
    queued(daemon, b"/d/", clearance=Clearance.COUNTED)
    daemon.act()
    [run] = requests(daemon)
    assert (run.is_count, run.command.argv[:2]) == (False, (b"rsync", LIMIT))


def test_a_few_files_need_no_counting(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path)
    queued(daemon, b"/a", b"/b")
    daemon.core.add(CREATE, b"/d/")
    daemon.act()
    [run] = requests(daemon)
    assert (run.is_count, run.command.argv[:2]) == (False, (b"rsync", LIMIT))


def test_what_is_allowed_goes_without_a_limit_and_before_what_is_not(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path)
    queued(daemon, b"/old/")
    [allowed] = queued(daemon, b"/d/", clearance=Clearance.ALLOWED)
    daemon.act()
    [run] = requests(daemon)
    assert run.delays == (allowed.id,)
    assert run.command.argv[:2] == (b"rsync", b"-lts")


def test_what_is_counted_goes_before_what_is_not(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path)
    queued(daemon, b"/old/")
    [counted] = queued(daemon, b"/d/", clearance=Clearance.COUNTED)
    daemon.act()
    assert [run.delays for run in requests(daemon)] == [(counted.id,)]


@pytest.mark.parametrize(
    ("more", "is_counted"),
    [
        ("", True),
        ("delete = 'running'", False),
        ("delete = false", False),
        ("delete = false, rsync = { delete_excluded = true }", True),
    ],
)
def test_a_run_over_all_is_counted_where_it_deletes(more: str, is_counted: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    daemon = daemon_of(tmp_path, more)
    daemon.full(daemon.core.add(FULL, b"/"))
    [run] = requests(daemon)
    assert run.is_count is is_counted


def test_without_deletions_while_it_runs_batches_are_not_counted(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path, "delete = 'startup'")
    queued(daemon, b"/d/")
    daemon.act()
    assert [run.is_count for run in requests(daemon)] == [False]


def test_a_move_that_fails_on_the_host_removes_nothing_uncounted(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path, base="rsyncssh")
    move = daemon.core.add(MOVE, b"/a/", b"/b/")
    daemon.act()
    [run] = requests(daemon)
    assert move.status is DelayStatus.ACTIVE
    assert run.command.argv[-2:] == (b"||", b"false")
    assert b"rm" not in run.command.argv


def test_false_takes_max_delete_back(tmp_path: Path) -> None:
    daemon = daemon_of(tmp_path, "} sync{ default.rsync, source = '/', target = 'h:/', maxDelete = false")
    assert [one.max_delete for one in daemon.loaded.syncs] == [2, None]


def test_max_delete_is_refused_where_it_cannot_be_held(tmp_path: Path) -> None:
    direct = f'sync{{ default.direct, source = "{tmp_path}", target = "/t/", maxDelete = 2 }}'
    assert refusal(direct) == (
        "/etc/lsyncd.conf.lua:1: default.direct does not take maxDelete: it deletes path by path; "
        "use default.rsync"
    )
    plain = f'sync{{ source = "{tmp_path}", maxDelete = 2, onCreate = "true" }}'
    assert 'Parameter "maxDelete" unknown' in refusal(plain)
    wrong = f'sync{{ default.rsync, source = "{tmp_path}", target = "/t/", maxDelete = "2" }}'
    assert "maxDelete must be a whole number, 0 or more, or false for none" in refusal(wrong)
