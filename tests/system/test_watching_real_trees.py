"""The watch book and the inotify monitor together, on real trees: at rest the book equals the tree."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import define

from core.book_driver import Driver
from e2e.trees import exchange
from pylsyncd.core.holding import HOLD
from pylsyncd.core.watchbook import WatchBook
from pylsyncd.system.watch.inotify import InotifyMonitor
from pylsyncd.system.watch.monitor import Monitor

STEPS = 60
KINDS = ["make", "make", "make", "move", "move", "move", "swap", "remove", "write"]


@define
class Churn:
    """Random operations on trees below `s` and `t`, which are watched, and `o`, which is not."""

    home: Path
    dice: random.Random

    def step(self) -> None:
        try:
            getattr(self, self.dice.choice(KINDS))()
        except OSError:
            return  # not possible with what was drawn: no operation then

    def steps(self, number: int) -> None:
        for _ in range(number):
            self.step()

    def make(self) -> None:
        self._new().joinpath(*self.dice.choices("abc", k=self.dice.randrange(3))).mkdir(parents=True)

    def move(self) -> None:
        self._some().rename(self._new())

    def swap(self) -> None:
        exchange(self._some(), self._some())

    def remove(self) -> None:
        for top, directories, files in os.walk(self._some(), topdown=False):
            for name in files:
                Path(top, name).unlink()
            for name in directories:
                Path(top, name).rmdir()
            Path(top).rmdir()

    def write(self) -> None:
        self._new().write_bytes(b"x")

    def _some(self) -> Path:
        entries = sorted(path for top in "sto" for path in (self.home / top).rglob("*"))
        return self.dice.choice(entries or [self.home / "none"])

    def _new(self) -> Path:
        directories = [path for path in self.home.rglob("*") if path.is_dir()]
        return self.dice.choice(sorted(directories)) / self.dice.choice("abc")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in "sto":
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def monitor() -> Iterator[InotifyMonitor]:
    made = InotifyMonitor()
    yield made
    made.close()


def start(monitor: InotifyMonitor, home: Path) -> Driver:
    roots = (os.fsencode(home / "s") + b"/", os.fsencode(home / "t") + b"/")
    driver = Driver(WatchBook(roots), monitor.scan, monitor.remove)
    driver.start(roots)
    return driver


def rest(driver: Driver, monitor: Monitor, now: Callable[[], float]) -> None:
    """Read and handle all that there is to come."""
    while True:
        records = monitor.drain()
        if not records and not driver.inputs and driver.book.deadline is None:
            return
        driver.inputs.append(records)
        while driver.inputs:
            driver.step(now())
        driver.expire(now())


def tree(home: Path) -> set[bytes]:
    return {os.fsencode(top) + b"/" for name in "st" for top, _, _ in os.walk(home / name)}


def kernel_watches(monitor: InotifyMonitor) -> int:
    return Path(f"/proc/self/fdinfo/{monitor.fileno()}").read_text(encoding="ascii").count("inotify wd:")


def check(driver: Driver, monitor: InotifyMonitor, home: Path) -> None:
    assert {path for _, path in driver.book.watches()} == tree(home)
    assert kernel_watches(monitor) == len(driver.book), "no watch is left that nobody knows of"


@pytest.mark.parametrize("seed", range(40))
def test_at_rest_the_book_equals_the_tree(seed: int, home: Path, monitor: InotifyMonitor) -> None:
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


@pytest.mark.parametrize("seed", range(5))
def test_so_it_does_when_everything_happens_at_once(seed: int, home: Path, monitor: InotifyMonitor) -> None:
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
