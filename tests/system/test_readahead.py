"""The kernel's queue is emptied even while the main thread is busy."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.waiting import until
from pylsyncd.core import masks
from pylsyncd.system.watch.inotify import InotifyMonitor
from pylsyncd.system.watch.readahead import ReadAhead
from system.test_monitors import watch

_QUEUE = 16_384
"""Records that the kernel keeps by default."""


@pytest.fixture
def monitor() -> Iterator[InotifyMonitor]:
    made = InotifyMonitor()
    yield made
    made.close()


def test_more_than_the_kernel_keeps_is_there_after_a_long_pause(
    monitor: InotifyMonitor, tmp_path: Path
) -> None:
    watch(monitor, tmp_path)
    woken = threading.Event()
    ahead = ReadAhead(monitor.fileno(), monitor.fetch, woken.set)
    names = [b"%d" % number for number in range(_QUEUE + 5000)]
    root = os.fsencode(tmp_path) + b"/"
    for name in names:
        os.mknod(root + name)
    assert woken.wait(10)
    ahead.close()

    assert monitor.pending
    assert [record.name for record in monitor.drain() if record.mask == masks.CREATE] == names
    assert not monitor.pending


def test_what_the_main_thread_reads_is_left_to_it(monitor: InotifyMonitor, tmp_path: Path) -> None:
    watch(monitor, tmp_path)
    monitor.drain()
    (tmp_path / "f").touch()
    assert not monitor.fetch()
    assert monitor.fetch()
    assert monitor.pending


def test_a_fetch_of_nothing_wakes_nobody(monitor: InotifyMonitor) -> None:
    assert [monitor.fetch(), monitor.fetch()] == [False, False]


def test_without_threads_the_daemon_does_without(
    monitor: InotifyMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    ReadAhead(monitor.fileno(), monitor.fetch, lambda: None).close()


def test_the_thread_ends_with_it(monitor: InotifyMonitor) -> None:
    before = threading.active_count()
    ahead = ReadAhead(monitor.fileno(), monitor.fetch, lambda: None)
    ahead.close()
    until(lambda: threading.active_count() == before, what="the end of the thread")
