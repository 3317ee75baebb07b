"""Empties the kernel's queue while everybody is busy with something else, in a thread of its own.

The queue holds 16,384 records by default. What takes the daemon's one thread longer, a function of the
user's, a list of a hundred thousand paths, must not lose any. The thread decides nothing: it moves bytes.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_PATIENCE: Final = 0.007
"""Seconds for which the main thread is left to read on its own, which it mostly does at once; longer than the
pauses that it makes in a rush (`pace.py`) and what it does between them."""

_SWITCH: Final = 0.001
"""Seconds after which the main thread has to let this one go on, which waits for that thrice a round."""


class ReadAhead:
    """Calls `fetch` (`monitor.Monitor`) while the descriptor stays readable, and `wake` if that brings any.

    Where no thread can be had the daemon does without.
    """

    def __init__(self, descriptor: int, fetch: Callable[[], bool], wake: Callable[[], object]) -> None:
        self._descriptor: Final = descriptor
        self._fetch: Final = fetch
        self._wake: Final = wake
        self._end, self._ending = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)
        with suppress(RuntimeError):
            self._thread.start()
            sys.setswitchinterval(_SWITCH)

    def close(self) -> None:
        """End the thread; to be called before the descriptor is closed."""
        os.close(self._ending)
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._end)

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.register(self._end, select.POLLIN)
        while not self._is_over(poll.poll()):
            time.sleep(_PATIENCE)
            if self._fetch():
                self._wake()

    def _is_over(self, ready: list[tuple[int, int]]) -> bool:
        return any(descriptor == self._end for descriptor, _ in ready)
