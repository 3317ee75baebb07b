"""How the daemon stands to signals: four are told on, the rest is as daemon(7) asks."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

HANDLED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)

_IGNORED_BY_PYTHON: Final = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""So that a write gives EPIPE or EFBIG instead of death; Popen restores both in children."""

_Disposition = Callable[[int, FrameType | None], object] | int | None


class Signals:
    """From construction to `close`: TERM, INT, HUP, USR1 go to `on_signal` as numbers, from the event loop.

    SIGPIPE is ignored: a broken pipe is that pipe's business (spec 6.1). Signals that whoever started us had
    ignored or blocked are put back to default and unblocked (daemon(7), steps 2 and 3): children inherit
    both, and with SIGCHLD ignored the kernel throws their exit codes away (waitid(2)). Main thread only.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_signal: Callable[[int], None]) -> None:
        self._loop: Final = loop
        self._before: dict[int, _Disposition] = {}
        self._mask: Final = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        for signum in _ignored():
            self._set(signum, signal.SIG_DFL)
        self._set(signal.SIGPIPE, signal.SIG_IGN)
        for signum in HANDLED:
            self._before.setdefault(signum, signal.getsignal(signum))
            loop.add_signal_handler(signum, on_signal, int(signum))
        # last: what was pending while blocked now meets a handler
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def close(self) -> None:
        """Put everything back as it was found; may be called again."""
        if not self._before:
            return
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for signum in HANDLED:
            self._loop.remove_signal_handler(signum)
        for restored, disposition in self._before.items():
            if disposition is not None:  # None: some C code's handler, which Python cannot put back
                signal.signal(restored, disposition)
        self._before = {}

    def _set(self, signum: signal.Signals, disposition: signal.Handlers) -> None:
        self._before[signum] = signal.signal(signum, disposition)


def _ignored() -> list[signal.Signals]:
    """List the signals ignored since before we started, but for those that Python itself ignores."""
    named = set(signal.Signals) - _IGNORED_BY_PYTHON
    return [signum for signum in sorted(named) if signal.getsignal(signum) == signal.SIG_IGN]
