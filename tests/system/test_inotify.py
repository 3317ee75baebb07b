"""Monitors on the real kernel: what each has to do, and what only inotify does."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e.trees import exchange
from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Record, ScanResult
from pylsyncd.system.watch.inotify import INOTIFY_MODES, InotifyMonitor, parse_records
from pylsyncd.system.watch.monitor import Monitor

MONITORS: dict[str, Callable[[], Monitor]] = {"inotify": InotifyMonitor}
"""All that has to keep the contract below."""

DIR = masks.ISDIR
MOST_SECONDS = 10


@pytest.fixture(params=MONITORS)
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


def kept(result: ScanResult) -> tuple[set[bytes], set[bytes]]:
    assert isinstance(result, Listed)
    return set(result.directories), set(result.files)


# the contract of all monitors


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
    (tmp_path / "d").rmdir()

    gather(monitor, has(masks.DELETE | DIR, b"d"))


def test_the_halves_of_a_move_share_a_cookie_that_no_other_has(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "a").touch()
    watch(monitor, tmp_path)
    watch(monitor, tmp_path / "d")
    (tmp_path / "a").rename(tmp_path / "d" / "b")
    (tmp_path / "d" / "b").rename(tmp_path / "c")

    records = gather(monitor, has(masks.MOVED_TO, b"c"))
    cookies = [record.cookie for record in records]
    assert [record.name for record in records] == [b"a", b"b", b"b", b"c"]
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
    assert select.select([monitor], [], [], 0)[0] == []
    (tmp_path / "f").touch()
    assert select.select([monitor], [], [], MOST_SECONDS)[0] == [monitor]
    gather(monitor, has(masks.CLOSE_WRITE, b"f"))

    assert select.select([monitor], [], [], 0)[0] == []
    assert monitor.drain() == ()


def test_a_drain_without_records_does_not_wait(monitor: Monitor) -> None:
    assert monitor.drain() == ()
    assert not monitor.pending


# inotify


@pytest.fixture
def inotify() -> Iterator[InotifyMonitor]:
    made = InotifyMonitor()
    yield made
    made.close()


def test_the_descriptor_does_not_block_and_is_not_inherited(inotify: InotifyMonitor) -> None:
    assert not os.get_blocking(inotify.fileno())
    assert not os.get_inheritable(inotify.fileno())


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("CloseWrite", [masks.CLOSE_WRITE]),
        ("Modify", [masks.MODIFY]),
        ("CloseWrite or Modify", [masks.MODIFY, masks.CLOSE_WRITE]),
    ],
)
def test_the_mode_says_which_writes_are_reported(mode: str, expected: list[int], tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    monitor = InotifyMonitor(mode)
    watch(monitor, tmp_path)
    (tmp_path / "f").write_bytes(b"x")

    assert [record.mask for record in monitor.drain() if record.mask != masks.ATTRIB] in (
        expected,
        [masks.MODIFY, *expected],  # opening it truncates it
    )
    monitor.close()


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match='"Write" is unknown; it has to be one of "CloseWrite"'):
        InotifyMonitor("Write")
    assert set(INOTIFY_MODES) == {"CloseWrite", "Modify", "CloseWrite or Modify"}


def test_attributes_and_the_directory_s_own_end_are_reported(inotify: InotifyMonitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    wd = watch(inotify, tmp_path / "d")
    (tmp_path / "d" / "f").touch()
    (tmp_path / "d" / "f").chmod(0o600)
    (tmp_path / "d" / "f").unlink()
    (tmp_path / "d").rmdir()

    assert [(record.mask, record.name) for record in inotify.drain() if record.wd == wd] == [
        (masks.CREATE, b"f"),
        (masks.CLOSE_WRITE, b"f"),
        (masks.ATTRIB, b"f"),
        (masks.DELETE, b"f"),
        (masks.DELETE_SELF, b""),
        (masks.IGNORED, b""),
    ]


def test_watching_again_adds_nothing_to_a_watch(tmp_path: Path) -> None:
    """IN_MASK_ADD is not set, and each scan asks for the same."""
    monitor = InotifyMonitor("Modify")
    watch(monitor, tmp_path)
    watch(monitor, tmp_path)
    (tmp_path / "f").touch()

    assert [record.mask for record in monitor.drain()] == [masks.CREATE]
    monitor.close()


def test_a_swap_gives_two_moves_with_successive_cookies(inotify: InotifyMonitor, tmp_path: Path) -> None:
    """What `core.watchbook` recognises swaps by."""
    for name in "ab":
        (tmp_path / name).mkdir()
    watch(inotify, tmp_path)
    exchange(tmp_path / "a", tmp_path / "b")

    records = [record for record in inotify.drain() if record.cookie]
    assert [(record.mask & ~DIR, record.name) for record in records] == [
        (masks.MOVED_FROM, b"a"),
        (masks.MOVED_TO, b"b"),
        (masks.MOVED_FROM, b"b"),
        (masks.MOVED_TO, b"a"),
    ]
    assert 0 < records[2].cookie - records[0].cookie <= 16


def test_closing_frees_the_descriptor() -> None:
    monitor = InotifyMonitor()
    number = monitor.fileno()
    monitor.close()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


# parsing

names = st.binary(max_size=255).map(lambda name: name.replace(b"\0", b"").replace(b"/", b""))
numbers = st.integers(0, 2**32 - 1)
some_records = st.lists(st.builds(Record, st.integers(-1, 2**31 - 1), numbers, numbers, names), max_size=5)


def packed(record: Record) -> bytes:
    length = (len(record.name) // 16 + 1) * 16 if record.name else 0
    head = record.wd.to_bytes(4, "little", signed=True)
    head += b"".join(number.to_bytes(4, "little") for number in (record.mask, record.cookie, length))
    return head + record.name.ljust(length, b"\0")


@given(some_records)
def test_records_are_read_as_the_kernel_packs_them(records: list[Record]) -> None:
    assert parse_records(b"".join(map(packed, records))) == records


@given(some_records.filter(bool), st.data())
def test_a_record_that_is_cut_short_is_an_error(records: list[Record], data: st.DataObject) -> None:
    whole = b"".join(map(packed, records))
    last = len(packed(records[-1]))

    with pytest.raises(ValueError, match="cut short"):
        parse_records(whole[: -data.draw(st.integers(1, last - 1))])
