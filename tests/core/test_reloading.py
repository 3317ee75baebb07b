"""HUP: what a sync that has changed leaves behind for the one in its place."""

from __future__ import annotations

from pylsyncd.core import effects as e
from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import Kept, Listed, Record, Settings, SyncConfig
from pylsyncd.core.report import FailureReport

SETTINGS = Settings()


def plain(number: int, name: bytes = b"s", delay: float = 5, *, moves: bool = False) -> SyncConfig:
    """A sync whose start-up brings nothing."""
    return SyncConfig(
        number, name, b"/s/", delay=delay, has_init=False, repairs=False, collapse=True, keeps_moves=moves
    )


def started(*syncs: SyncConfig) -> Machine:
    machine = Machine()
    machine.handle(i.Started(0, SETTINGS, syncs))
    machine.handle(i.DirectoriesScanned(0, 1, (Listed(b"/s/", 1, ()),)))
    return machine


def reloaded(machine: Machine, *syncs: SyncConfig, kept: tuple[Kept, ...] = ()) -> list[e.Effect]:
    asked = machine.handle(i.ReloadRequested(2, kept))
    assert e.Reload() in asked
    return machine.handle(i.Reloaded(2, SETTINGS, syncs, (), kept))


def told(machine: Machine, *records: tuple[int, bytes, int]) -> None:
    found = tuple(Record(1, mask, cookie, name) for mask, name, cookie in records)
    machine.handle(i.WatchRecords(1, found))


def queued(machine: Machine, sync: int) -> list[tuple[str, bytes, bytes | None]]:
    return [(one.etype.value, one.path, one.path2) for one in machine.queue(sync)]


def test_what_waits_goes_over_to_the_sync_in_its_place_in_order() -> None:
    machine = started(plain(1, moves=True))
    told(machine, (masks.CREATE, b"a", 0), (masks.DELETE, b"b", 0))
    told(machine, (masks.MOVED_FROM, b"c", 7), (masks.MOVED_TO, b"d", 7), (masks.ATTRIB, b"b", 0))
    reloaded(machine, plain(4, delay=1, moves=True))
    assert queued(machine, 4) == [
        ("Create", b"/a", None),
        ("Delete", b"/b", None),
        ("Move", b"/c", b"/d"),
    ]
    assert {one.alarm for one in machine.queue(4)} == {3}


def test_what_an_event_had_swallowed_goes_over_too() -> None:
    machine = started(plain(1))
    told(machine, (masks.ATTRIB, b"a", 0), (masks.CLOSE_WRITE, b"a", 0))
    reloaded(machine, plain(1, delay=1))
    (delay,) = machine.queue(1)
    assert [one.value for one in delay.swallowed] == ["Attrib"]


def test_of_several_syncs_for_a_source_it_is_the_one_of_that_name() -> None:
    machine = started(plain(1, b"one"), plain(2, b"two"))
    told(machine, (masks.CREATE, b"a", 0))
    reloaded(machine, plain(1, b"two", 1), plain(2, b"three", 1))
    assert queued(machine, 1) == queued(machine, 2) == [("Create", b"/a", None)]


def test_one_that_goes_on_hands_nothing_over() -> None:
    machine = started(plain(1, b"one"))
    told(machine, (masks.CREATE, b"a", 0))
    reloaded(machine, plain(1, b"new"), plain(2, b"one"), kept=(Kept(1, 2),))
    assert queued(machine, 1) == []
    assert queued(machine, 2) == [("Create", b"/a", None)]


def test_what_a_directory_holds_that_is_looked_through_is_told_to_the_sync_in_its_place() -> None:
    machine = started(plain(1))
    told(machine, (masks.CREATE | masks.ISDIR, b"d", 0))
    machine.handle(i.DirectoriesScanned(1, 2, (Listed(b"/s/d/", 2, (b"e",), (b"f",)),)))
    reloaded(machine, plain(3, delay=1), plain(4, b"other", 1))
    machine.handle(i.DirectoriesScanned(3, 2, (Listed(b"/s/d/e/", 3, ()),)))
    for sync in (3, 4):
        assert ("Create", b"/d/f", None) in queued(machine, sync)


def test_the_gone_and_the_failed_paths_of_a_sync_without_a_start_up_are_not_forgotten() -> None:
    machine = started(plain(1))
    locked = FailureReport(b"/locked", b"given up", 23, 6)
    machine._state.syncs[1].ledger[b"/locked"] = locked
    reloaded(machine, plain(1, delay=1))
    assert machine.report().syncs[0].failures == (locked,)


def test_limits_of_the_new_settings_count_at_once() -> None:
    machine = started(plain(1, delay=0))
    machine.handle(i.ReloadRequested(2, (Kept(1, 1),)))
    machine.handle(i.Reloaded(2, Settings(max_processes=0), (plain(1, delay=0),), (), (Kept(1, 1),)))
    told(machine, (masks.CREATE, b"a", 0))
    assert not any(isinstance(one, e.RunAction) for one in machine.handle(i.Tick(3)))


def test_a_sync_whose_functions_remember_something_else_by_now_is_a_new_one() -> None:
    """The shell says so at the last moment, by leaving it out."""
    machine = started(SyncConfig(1, b"s", b"/s/", has_init=False))
    machine.handle(i.ReloadRequested(2, (Kept(1, 1, is_bound=True),)))
    config = SyncConfig(1, b"s", b"/s/")
    machine.handle(i.Reloaded(2, SETTINGS, (config,), (), ()))
    assert queued(machine, 1) == [("Init", b"", None)]


def test_hup_may_come_while_the_first_directories_are_being_watched() -> None:
    machine = Machine()
    first = SyncConfig(1, b"s", b"/s/")
    machine.handle(i.Started(0, SETTINGS, (first,)))
    reloaded(machine, first, SyncConfig(2, b"t", b"/t/"), kept=(Kept(1, 1),))
    seen = machine.handle(i.DirectoriesScanned(3, 1, (Listed(b"/s/", 1, (b"d",)),)))
    assert e.Scan(1, (b"/s/d/",), files=False) in seen
    machine.handle(i.DirectoriesScanned(3, 1, (Listed(b"/s/d/", 2, ()),)))
    ready = machine.handle(i.DirectoriesScanned(3, 2, (Listed(b"/t/", 3, ()),)))
    assert [one.sync for one in ready if isinstance(one, e.RunAction)] == [1]


def test_a_look_for_a_source_that_no_sync_has_any_more_is_of_no_consequence() -> None:
    machine = started(plain(1))
    machine.handle(i.WatchRecords(1, (Record(1, masks.IGNORED, 0, b""),)))
    machine.handle(i.Tick(2))
    reloaded(machine, SyncConfig(1, b"t", b"/t/", has_init=False))
    assert machine.handle(i.SourceSeen(3, b"/s/", 0)) == []


def test_an_exclude_taken_back_while_the_source_is_away_has_nothing_watched() -> None:
    machine = started(plain(1))
    machine.handle(i.WatchRecords(1, (Record(1, masks.IGNORED, 0, b""),)))
    assert not any(isinstance(one, e.Scan) for one in machine.handle(i.ExcludeRemoved(1, 1, b"x")))
