"""What each monitor has to do, on the real kernel."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, MonitorName, Record, ScanFailed, ScanResult
from pylsyncd.system.watch.fanotify import FanotifyMonitor
from pylsyncd.system.watch.inotify import InotifyMonitor
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.monitors import MONITORS as KNOWN
from pylsyncd.system.watch.monitors import CombinedMonitor, MonitorSettings, make_monitor
from pylsyncd.system.watch.poll import PollMonitor
from system.fanotify_needed import NEEDED

MONITORS: dict[str, Callable[[], Monitor]] = {
    "inotify": InotifyMonitor,
    "fanotify": FanotifyMonitor,
    "fanotify before Linux 5.17": lambda: FanotifyMonitor(has_renames=False),
    "poll": lambda: PollMonitor(interval=0.02),
    "both": lambda: CombinedMonitor({b"/nowhere/": InotifyMonitor(), b"/": PollMonitor(interval=0.02)}),
}
"""All that has to keep the contract below."""

DIR = masks.ISDIR
MOST_SECONDS = 10


NAMES = [pytest.param(name, marks=NEEDED) if "fanotify" in name else name for name in MONITORS]

WITH_HALVES = [name for name in NAMES if "5.17" not in str(name)]
"""Without an event for both names a move is an end and a beginning."""


@pytest.fixture(params=NAMES)
def monitor(request: pytest.FixtureRequest) -> Iterator[Monitor]:
    made = MONITORS[request.param]()
    yield made
    made.close()


def spelt(directory: Path) -> bytes:
    return os.fsencode(directory) + b"/"


def watch(monitor: Monitor, directory: Path) -> int:
    (result,) = monitor.scan((spelt(directory),), files=False)
    assert isinstance(result, Listed)
    return result.wd


def gather(monitor: Monitor, done: Callable[[list[Record]], bool]) -> list[Record]:
    """Drain until `done`, waiting on the descriptor in between."""
    records = list(monitor.drain())
    while not done(records):
        ready, _, _ = select.select([monitor], [], [], MOST_SECONDS)
        assert ready, f"nothing more came after {records}"
        records += monitor.drain()
    return records


def has(mask: int, name: bytes) -> Callable[[list[Record]], bool]:
    return lambda records: any(one.mask & mask == mask and one.name == name for one in records)


def is_at_rest(monitor: Monitor) -> bool:
    """fanotify wakes up for all that happens on the file system, and tells what is of interest."""
    is_readable = bool(select.select([monitor], [], [], 0)[0])
    return not is_readable or (isinstance(monitor, FanotifyMonitor) and monitor.drain() == ())


def kept(result: ScanResult) -> tuple[set[bytes], set[bytes]]:
    assert isinstance(result, Listed)
    return set(result.directories), set(result.files)


def test_a_scan_lists_directories_and_files_if_asked(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "f").touch()
    os.mkfifo(tmp_path / "pipe")

    assert kept(*monitor.scan((spelt(tmp_path),), files=True)) == ({b"d"}, {b"f", b"pipe"})
    assert kept(*monitor.scan((spelt(tmp_path),), files=False)) == ({b"d"}, set())


def test_a_link_to_a_directory_is_listed_as_a_file(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "link").symlink_to("d")
    (tmp_path / "loop").symlink_to("loop")

    assert kept(*monitor.scan((spelt(tmp_path),), files=True)) == ({b"d"}, {b"link", b"loop"})


def test_every_name_comes_back_as_it_is(monitor: Monitor, tmp_path: Path) -> None:
    names = {b"\xff", b"new\nline", b" sp ", b"[*?]\\", b"-", b"n" * 255, "ö".encode()}
    for name in names:
        Path(os.fsdecode(spelt(tmp_path) + name)).touch()

    assert kept(*monitor.scan((spelt(tmp_path),), files=True)) == (set(), names)


def test_results_come_in_the_order_of_the_paths(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = (spelt(tmp_path / "b"), spelt(tmp_path / "gone"), spelt(tmp_path), spelt(tmp_path / "a"))

    assert tuple(result.path for result in monitor.scan(paths, files=False)) == paths


def test_a_directory_that_is_scanned_twice_keeps_its_watch(monitor: Monitor, tmp_path: Path) -> None:
    assert watch(monitor, tmp_path) == watch(monitor, tmp_path)


def test_what_happens_in_a_directory_is_reported_under_its_watch(monitor: Monitor, tmp_path: Path) -> None:
    wd = watch(monitor, tmp_path)
    name = b"\xff\n"
    Path(os.fsdecode(spelt(tmp_path) + name)).touch()

    records = gather(monitor, has(masks.CREATE, name))
    assert {record.wd for record in records} == {wd}


def test_directories_are_told_from_files(monitor: Monitor, tmp_path: Path) -> None:
    watch(monitor, tmp_path)
    (tmp_path / "d").mkdir()
    gather(monitor, has(masks.CREATE | DIR, b"d"))
    (tmp_path / "d").rmdir()

    gather(monitor, has(masks.DELETE | DIR, b"d"))


@pytest.mark.parametrize("monitor", WITH_HALVES, indirect=True)
def test_the_halves_of_a_move_share_a_cookie_that_no_other_has(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "a").touch()
    watch(monitor, tmp_path)
    watch(monitor, tmp_path / "d")
    (tmp_path / "a").rename(tmp_path / "d" / "b")
    records = gather(monitor, has(masks.MOVED_TO, b"b"))
    (tmp_path / "d" / "b").rename(tmp_path / "c")
    records += gather(monitor, has(masks.MOVED_TO, b"c"))

    moves = [record for record in records if record.mask & (masks.MOVED_FROM | masks.MOVED_TO)]
    cookies = [record.cookie for record in moves]
    assert [record.name for record in moves] == [b"a", b"b", b"b", b"c"]
    assert cookies[0] == cookies[1] != cookies[2] == cookies[3]


def test_a_removed_watch_reports_nothing_more(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    watch(monitor, tmp_path)
    wd = watch(monitor, tmp_path / "d")
    monitor.remove((wd,))
    gather(monitor, lambda records: Record(wd, masks.IGNORED, 0, b"") in records)
    (tmp_path / "d" / "f").touch()
    (tmp_path / "end").touch()

    assert not has(masks.CREATE, b"f")(gather(monitor, has(masks.CREATE, b"end")))


def test_a_removed_directory_ends_its_watch(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    wd = watch(monitor, tmp_path / "d")
    (tmp_path / "d").rmdir()

    gather(monitor, lambda records: Record(wd, masks.IGNORED, 0, b"") in records)
    monitor.remove((wd, 4711))  # the kernel knows neither: nothing to complain about


def test_the_descriptor_is_readable_only_when_there_is_something_to_drain(
    monitor: Monitor, tmp_path: Path
) -> None:
    watch(monitor, tmp_path)
    assert is_at_rest(monitor)
    (tmp_path / "f").touch()
    assert select.select([monitor], [], [], MOST_SECONDS)[0] == [monitor]
    gather(monitor, has(masks.CLOSE_WRITE, b"f"))

    assert is_at_rest(monitor)
    assert monitor.drain() == ()


def test_a_drain_without_records_does_not_wait(monitor: Monitor) -> None:
    assert monitor.drain() == ()
    assert not monitor.pending


# several at once


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    for name in "ip":
        (tmp_path / name / "d").mkdir(parents=True)
    return tmp_path / "i", tmp_path / "p"


@pytest.fixture
def both(places: tuple[Path, Path]) -> Iterator[Monitor]:
    choices = {spelt(places[0]): MonitorName.INOTIFY, spelt(places[1]): MonitorName.POLL}
    made = make_monitor(choices, MonitorSettings(poll_interval=0.02))
    yield made
    made.close()


def test_each_source_is_watched_in_its_own_way(both: Monitor, places: tuple[Path, Path]) -> None:
    wds = [watch(both, place) for place in places]
    assert len(set(wds)) == 2
    for place in places:
        (place / "f").touch()
    records = list(both.drain())
    assert {record.wd for record in records} == {wds[0]}, "inotify tells at once"
    while wds[1] not in {record.wd for record in records}:
        records += gather(both, has(masks.CLOSE_WRITE, b"f"))


def test_the_answers_come_in_the_order_of_the_paths(both: Monitor, places: tuple[Path, Path]) -> None:
    polled, watched = spelt(places[1]), spelt(places[0])
    paths = (polled + b"d/", watched, polled + b"gone/", watched + b"d/", polled)
    results = both.scan(paths, files=False)
    assert tuple(result.path for result in results) == paths
    assert [isinstance(result, ScanFailed) for result in results] == [False, False, True, False, False]
    assert len({result.wd for result in results if isinstance(result, Listed)}) == 4
    assert [one.wd is None for one in both.look(paths, watch=True)] == [False, False, True, False, False]
    assert [one.wd for one in both.look(paths, watch=False)] == [None] * 5


def test_watches_of_both_are_removed(both: Monitor, places: tuple[Path, Path]) -> None:
    wds = tuple(watch(both, place) for place in places)
    both.remove(wds)
    assert both.pending
    ended = {Record(wd, masks.IGNORED, 0, b"") for wd in wds}
    gather(both, lambda records: set(records) == ended)


def test_the_limit_of_inotify_holds(both: Monitor) -> None:
    alone = InotifyMonitor()
    assert both.watch_limit() == alone.watch_limit()
    alone.close()


def test_there_is_one_of_each_name() -> None:
    assert set(KNOWN) == set(MonitorName) - {MonitorName.AUTO}
    for name in (MonitorName.INOTIFY, MonitorName.POLL):
        KNOWN[name](MonitorSettings(), ()).close()


@NEEDED
def test_fanotify_is_told_its_sources(tmp_path: Path) -> None:
    source = spelt(tmp_path)
    made = make_monitor({source: MonitorName.FANOTIFY}, MonitorSettings())
    (result,) = made.scan((source,), files=False)
    assert isinstance(result, Listed)
    assert result.is_whole
    made.close()


def test_what_has_been_made_is_closed_when_another_one_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[InotifyMonitor] = []

    def make(*_: object) -> Monitor:
        made.append(InotifyMonitor())
        return made[0]

    def refuse(*_: object) -> Monitor:
        raise OSError(1, "no")

    monkeypatch.setattr(
        "pylsyncd.system.watch.monitors.MONITORS", {MonitorName.INOTIFY: make, MonitorName.POLL: refuse}
    )
    with pytest.raises(OSError, match="no"):
        make_monitor({b"/a/": MonitorName.INOTIFY, b"/b/": MonitorName.POLL}, MonitorSettings())
    with pytest.raises(ValueError, match="closed"):
        made[0].fileno()
