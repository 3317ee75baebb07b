"""The watch book and the fanotify monitor together: what it was told of is where the book has it."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.book_driver import Driver
from pylsyncd.core.holding import HOLD
from pylsyncd.core.watchbook import WatchBook
from pylsyncd.system.watch import fanotify_calls as calls
from pylsyncd.system.watch.fanotify import FanotifyMonitor
from system.fanotify_needed import NEEDED
from system.test_watching_real_trees import STEPS, Churn, rest, tree

pytestmark = NEEDED


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in "sto":
        (tmp_path / name).mkdir()
    return tmp_path


def roots_of(home: Path) -> tuple[bytes, ...]:
    return (os.fsencode(home / "s") + b"/", os.fsencode(home / "t") + b"/")


@pytest.fixture(params=[True, False], ids=["with renames", "before Linux 5.17"])
def monitor(home: Path, request: pytest.FixtureRequest) -> Iterator[FanotifyMonitor]:
    made = FanotifyMonitor(sources=roots_of(home), has_renames=request.param)
    yield made
    made.close()


def start(monitor: FanotifyMonitor, home: Path) -> Driver:
    roots = roots_of(home)
    driver = Driver(WatchBook(roots), monitor.scan, monitor.remove)
    driver.start(roots)
    return driver


def handle_at(path: bytes) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return calls.handle_of(descriptor)
    finally:
        os.close(descriptor)


def check(driver: Driver, monitor: FanotifyMonitor, home: Path) -> None:
    watches = dict(driver.book.watches())
    assert set(watches.values()) <= tree(home)
    for wd, path in watches.items():
        assert monitor._handles.handle(wd) == handle_at(path), path
    assert len(monitor._handles) == len(watches), "none is left that nobody knows of"


@pytest.mark.parametrize("seed", range(15))
def test_at_rest_the_book_has_directories_where_they_are(
    seed: int, home: Path, monitor: FanotifyMonitor
) -> None:
    dice = random.Random(seed)  # noqa: S311  # a play to repeat, no secret
    churn = Churn(home, dice)
    churn.steps(10)
    driver = start(monitor, home)
    now = 0.0
    for _ in range(STEPS):
        churn.step()
        if dice.random() < 0.4:
            driver.inputs.append(monitor.drain())
        while driver.inputs and dice.random() < 0.5:
            driver.step(now)
        now += dice.choice([0.0, HOLD / 4])
    ticks = (now + HOLD * number for number in range(1, 1_000_000))
    rest(driver, monitor, lambda: next(ticks))

    check(driver, monitor, home)


@pytest.mark.parametrize("seed", range(2))
def test_so_it_does_when_everything_happens_at_once(seed: int, home: Path, monitor: FanotifyMonitor) -> None:
    churn = Churn(home, random.Random(seed))  # noqa: S311  # a play to repeat, no secret
    driver = start(monitor, home)
    worker = threading.Thread(target=churn.steps, args=(150,))
    worker.start()
    while worker.is_alive():
        driver.inputs.append(monitor.drain())
        driver.step(time.monotonic())
        driver.expire(time.monotonic())
    worker.join()
    rest(driver, monitor, time.monotonic)

    check(driver, monitor, home)
