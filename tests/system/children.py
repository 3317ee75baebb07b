"""Runs real children under a real event loop, and counts what a test must not leak."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field

from pylsyncd.core.model import Command, ProcessEnd
from pylsyncd.system.processes import Processes

PATIENCE = 20.0
"""Seconds after which a condition that does not come true fails the test."""


@define
class Children:
    """A loop, the Processes under test, and the ends that it told of."""

    loop: asyncio.AbstractEventLoop
    output: bytes | None = None
    ends: dict[int, ProcessEnd] = field(factory=dict)
    processes: Processes = field(init=False)
    _told: asyncio.Event = field(factory=asyncio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self.processes = Processes(self.loop, self._note, self.output)

    def run(self, *argv: bytes, stdin: bytes | None = None) -> ProcessEnd:
        """Start a child, wait for its end, and return that."""
        number = len(self.ends) + 1
        self.processes.start(number, Command(argv, stdin))
        self.until(lambda: number in self.ends)
        return self.ends[number]

    def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until the condition holds, which must be one on the ends told of."""
        self.loop.run_until_complete(asyncio.wait_for(self._waiting(condition), PATIENCE))

    async def _waiting(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._told.clear()
            await self._told.wait()

    def _note(self, process: int, end: ProcessEnd) -> None:
        assert process not in self.ends, "an end is told once"
        self.ends[process] = end
        self._told.set()


@contextmanager
def new_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Lend an event loop, closed afterwards."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        loop.close()


def open_descriptors() -> set[str]:
    """Return the numbers of this process's open descriptors (proc(5)), but for the listing's own."""
    return {name for name in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{name}")}
