"""The status file: written anew whenever the core says so, and quiet about a trouble that lasts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, Protocol

from attrs import define, evolve

from pylsyncd.core.report import StatusReport, render_text
from pylsyncd.core.statusjson import render_json
from pylsyncd.system.clock import Clock, ctime, iso8601
from pylsyncd.system.files import write_atomically
from pylsyncd.system.logsink import Logger

_PAUSE: Final = 10.0
"""Seconds until a status that could not be written is tried again, should there be no newer one."""


class Handle(Protocol):
    """What a timer is cancelled by."""

    def cancel(self) -> None:
        """Forget it."""


@define(eq=False)
class StatusFile:
    """Writes the status; a file that cannot be written is told once, until it can be again.

    The core says so only when something has changed, so what could not be written is tried again.
    """

    path: bytes | None
    """None: there is none, and nothing is written. As JSON if it ends in `.json`."""
    clock: Clock
    logger: Logger
    call_later: Callable[[float, Callable[[], object]], Handle]
    _is_failing: bool = False
    _retry: Handle | None = None

    def write(self, report: StatusReport) -> None:
        """Replace the file by this report."""
        self.close()
        if self.path is None:
            return
        try:
            write_atomically(self.path, self._render(report))
        except OSError as error:
            if not self._is_failing:
                reason = os.strerror(error.errno or 0).encode()
                self.logger.log("Error", b'Cannot write status file "%s": %s' % (self.path, reason))
            self._is_failing = True
            self._retry = self.call_later(_PAUSE, lambda: self.write(report))
        else:
            if self._is_failing:
                self.logger.log("Normal", b'Status file "%s" can be written again.' % self.path)
            self._is_failing = False

    def close(self) -> None:
        """Try no more."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _render(self, report: StatusReport) -> bytes:
        now, full = self.clock.wall(), evolve(report, log_trouble=self.logger.trouble)
        if self.path is not None and self.path.endswith(b".json"):
            return render_json(full, now, iso8601(now))
        return render_text(full, ctime(now))
