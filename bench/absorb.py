"""Prints what one more event costs with few and with many delays waiting (spec 3.3, Cost).

Run: python bench/absorb.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pylsyncd.core.delays import Appended, DelayQueue
from pylsyncd.core.model import EventType

SIZES = (100, 1_000, 10_000, 100_000)
EVENTS = 2_000
ROUNDS = 15
"""Odd: the median is a measured value."""


def filled(size: int) -> DelayQueue:
    """A queue of that many waiting delays, in directories of a hundred files."""
    queue = DelayQueue(max_delays=10 * size)
    for number in range(size):
        queue.add(EventType.MODIFY, b"/dir%d/sub/file%d" % divmod(number, 100), None, 1.0)
    return queue


def absorb(queue: DelayQueue, size: int) -> None:
    """Events of files that wait already."""
    for number in range(EVENTS):
        queue.add(EventType.MODIFY, b"/dir%d/sub/file%d" % divmod(number * 7 % size, 100), None, 2.0)


def come_and_go(queue: DelayQueue, size: int) -> None:
    """New files beside the waiting ones, each done at once."""
    for number in range(EVENTS):
        outcome = queue.add(EventType.CREATE, b"/dir%d/sub/new" % (number % (size // 100)), None, 2.0)[0]
        if isinstance(outcome, Appended):
            queue.remove(outcome.delay)


def touch_directories(queue: DelayQueue, size: int) -> None:
    """Events of the directories that hold the waiting files."""
    for number in range(EVENTS):
        queue.add(EventType.ATTRIB, b"/dir%d/" % (number % (size // 100)), None, 2.0)


def microseconds(work: Callable[[DelayQueue, int], None], size: int) -> float:
    """Median time for one event."""
    queue = filled(size)
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work(queue, size)
        times.append(time.perf_counter() - begin)
    return sorted(times)[ROUNDS // 2] / EVENTS * 1e6


def main() -> None:
    """Print one row a case, one column a queue length."""
    write = sys.stdout.write
    write(f"{'microseconds an event':<24}" + "".join(f"{size:>10}" for size in SIZES) + "\n")
    for work in (absorb, come_and_go, touch_directories):
        row = "".join(f"{microseconds(work, size):>10.2f}" for size in SIZES)
        write(f"{work.__name__:<24}{row}\n")


if __name__ == "__main__":
    main()
