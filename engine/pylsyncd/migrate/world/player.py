"""Makes one step happen in a simulated world."""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import frozen

from pylsyncd.core.model import Exited, Killed
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.world.daemon import VirtualDaemon
from pylsyncd.migrate.world.files import Files


@frozen
class Player:
    """Lets steps happen to a daemon, when whoever steers it says so."""

    daemon: VirtualDaemon

    def happen(self, step: s.Step) -> None:
        """Play one step. Raises FileError."""
        if not change_files(self.daemon.files, step, self._place):
            self._change_course(step)

    def _change_course(self, step: s.Step) -> None:
        """Play a step that is about time, processes or the daemon; the start itself is over by then."""
        processes = self.daemon.processes
        match step:
            case s.Wait(seconds):
                self.daemon.loop.limit = self.daemon.loop.now + seconds
            case s.Exit(code, program):
                processes.end_next(Exited(code), program)
            case s.Kill(number, program):
                processes.end_next(Killed(number), program)
            case s.Hold(program):
                processes.hold(program)
            case s.Release(program):
                processes.release(program)
            case s.Take(seconds, program):
                processes.take(seconds, program)
            case s.Signal(number):
                self.daemon.signal(number)
            case _:  # the start, which is over, and what `change_files` has done
                return

    def _place(self, path: bytes) -> bytes:
        """An absolute path; others are relative to the first sync's source."""
        absolute = path if path.startswith(b"/") else self.daemon.loaded.config.syncs[0].source + path
        normal = os.path.normpath(absolute)
        return os.path.join(normal, b"") if path.endswith(b"/") else normal


def change_files(files: Files, step: s.Step, place: Callable[[bytes], bytes]) -> bool:  # noqa: C901 - one case a step
    """Play a step that is about files; False: it is about something else. Raises FileError."""
    match step:
        case s.Have(path, size):
            files.have(place(path), size)
        case s.Create(path, size) if not path.endswith(b"/"):
            files.write(place(path), size, is_new=True)
        case s.Create(path):
            files.make_directory(place(path))
        case s.Write(path, size):
            files.write(place(path), size, is_new=False)
        case s.Link(path, leads_to):
            files.make_link(place(path), leads_to)
        case s.Touch(path):
            files.touch(place(path))
        case s.Move(path, path2):
            files.move(place(path), place(path2))
        case s.Delete(path):
            files.delete(place(path))
        case _:
            return False
    return True
