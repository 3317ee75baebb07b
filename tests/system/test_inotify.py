"""The inotify monitor on the real kernel: what no other one does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e.trees import exchange
from pylsyncd.core import masks
from pylsyncd.core.model import Record
from pylsyncd.system.watch.inotify import INOTIFY_MODES, InotifyMonitor, parse_records
from system.test_monitors import DIR, watch


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
