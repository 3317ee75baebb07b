"""The status file: written anew whenever the core says so, and quiet about a trouble that lasts."""

from __future__ import annotations

import os

from attrs import define

from pylsyncd.core.report import StatusReport, render_text
from pylsyncd.system.clock import Clock, ctime
from pylsyncd.system.files import write_atomically
from pylsyncd.system.logsink import Logger


@define(eq=False)
class StatusFile:
    """Writes the status; a file that cannot be written is told once, until it can be again."""

    path: bytes | None
    """None: there is none, and nothing is written."""
    clock: Clock
    logger: Logger
    _is_failing: bool = False

    def write(self, report: StatusReport) -> None:
        """Replace the file by this report."""
        if self.path is None:
            return
        try:
            write_atomically(self.path, render_text(report, ctime(self.clock.wall())))
        except OSError as error:
            if not self._is_failing:
                reason = os.strerror(error.errno or 0).encode()
                self.logger.log("Error", b'Cannot write status file "%s": %s' % (self.path, reason))
            self._is_failing = True
        else:
            self._is_failing = False
