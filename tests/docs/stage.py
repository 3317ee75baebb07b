"""Plays a console example of the manual: the whole application and the real kernel, with a clock that obeys.

The lines of an example are

    $ COMMAND                   done by a shell; what it prints belongs to the example
    $ pylsyncd OPTION… [FILE]   starts the application; all that it logs from here on belongs to the example
    $ pylsyncd check …          or another sub-command: a process, what it prints belongs to the example
    $ kill -SIGNAL …            goes to the application
    # N seconds later           the clock moves on; it stands still otherwise
    # PROGRAM exits with N      from now on; a program of which nothing was said exits with 0
    # PROGRAM is killed by N    as above
    # PROGRAM keeps running     as above; what runs ends when something else is said
    # all programs really run   from now on, and the application waits for each
    # WORD is typed in          a line on standard input, which is a pipe

and everything else is what the application has answered. Left out, as the manual says: the time of day before
a line, the line `--- Startup ---`, and the frames of a traceback that are not the user's. Processes are not
started, if it does not say so, but end as it says. Files live below a scratch directory that is not shown.
"""

from __future__ import annotations

import asyncio
import re
import selectors
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from attrs import define, field

from pylsyncd import app
from pylsyncd.cli.options import Notice, UsageError, parse
from pylsyncd.cli.subcommands import SUBCOMMANDS
from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd
from pylsyncd.options import Options
from pylsyncd.system.clock import Clock
from pylsyncd.system.logtext import Line

CONFIG: Final = "/etc/lsyncd/lsyncd.conf.lua"
SIX_O_CLOCK: Final = time.mktime((2026, 11, 22, 6, 0, 0, 6, 326, -1))
"""When the application starts, local time as logs have it; seconds since 1970."""

START: Final = 1000.0
"""What the monotonic clock says then."""

_ROOTS: Final = re.compile(r"(?<![\w./-])/(srv|backup|etc/lsyncd|var/log|run)(?![\w-])")
"""Absolute paths that examples use; they lead into the scratch directory."""
_FRAMES: Final = re.compile(r"\n\t(?:<pylsyncd>|\[C\]|\(\.\.\.tail calls)[^\n]*")
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?) seconds? later")
_TYPED: Final = re.compile(r"(\S+) is typed in")
_REAL_TIME: Final = re.compile(r"\(\d+\.\d\d s\)")
"""How long tests have taken; examples show it as 0.02 seconds."""
_FATE: Final = re.compile(r"(\S+) (?:exits with (\d+)|is killed by (\d+)|(keeps running))")

Fate = ProcessEnd | None
"""How a program's processes end; None: not yet."""


class Over(BaseException):
    """The example has no more lines."""


@define(eq=False)
class VirtualTime(selectors.DefaultSelector):
    """Waits for nothing: with no descriptor ready the clock moves on; at its limit `on_idle` is called."""

    on_idle: Callable[[], None]
    now: float = START
    limit: float = START

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def select(  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is not None and self.now + timeout <= self.limit:
            self.now += timeout
            return []
        self.now = self.limit
        self.on_idle()
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, virtual: VirtualTime) -> None:
        self._virtual = virtual
        super().__init__(virtual)

    def time(self) -> float:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        return self._virtual.now


@define(eq=False)
class StandIns:
    """Processes that are never started: they end as the example says."""

    loop: asyncio.AbstractEventLoop
    on_end: Callable[[int, ProcessEnd], None]
    fates: dict[str, Fate]
    are_real: Callable[[], bool]
    _running: dict[int, str] = field(factory=dict)

    def start(self, process: int, command: Command) -> int:
        self._running[process] = command.argv[0].decode("latin-1")
        end = None
        if self.are_real():
            end = Exited(subprocess.run(command.argv, input=command.stdin or b"", check=False).returncode)
        self.loop.call_soon(self._end, process, end)
        return 5000 + process

    def signal(self, process: int, signum: int) -> None:
        self.loop.call_soon(self._end, process, Killed(signum))

    def renew(self, output: bytes | None) -> None:
        """As that of `system.processes`; nothing is written, and nothing looked up."""

    def fate_changed(self) -> None:
        for process in self._running:
            self.loop.call_soon(self._end, process)

    def _end(self, process: int, end: ProcessEnd | None = None) -> None:
        end = end or self.fates.get(Path(self._running.get(process, "")).name, Exited(0))
        if end is not None and self._running.pop(process, None) is not None:
            self.on_end(process, end)


class _NoReadAhead:
    """Nobody but the loop reads: virtual time would move on while a thread has what was read."""

    def __init__(self, *_: object) -> None:
        """There is no thread."""

    def close(self) -> None:
        """Nothing is to be ended."""


class _NoSignals:
    """Signals go to the application by hand: those of this process are the test runner's."""

    def __init__(self, _loop: object, on_signal: Callable[[int], None]) -> None:
        self.on_signal = on_signal

    def close(self) -> None:
        """Nothing was changed."""


@define(eq=False)
class Stage:
    """One example being played below `root`."""

    root: Path
    steps: Iterator[str]
    shown: list[str] = field(factory=list)
    fates: dict[str, Fate] = field(factory=dict)
    are_real: bool = False
    virtual: VirtualTime | None = None
    """There is one for each run: the application closes it at its end."""
    processes: StandIns | None = None
    on_signal: Callable[[int], None] | None = None
    trouble: None = None
    """As a sink of the log: it never has any."""

    # -- paths -----------------------------------------------------------------------------------

    def place(self, text: str) -> str:
        """The text with its paths below the scratch directory."""
        return _ROOTS.sub(lambda found: f"{self.root}{found[0]}", text)

    def file(self, path: str) -> Path:
        """Where a file of an example lies."""
        return Path(self.place(path))

    def tell(self, text: str) -> None:
        """Add to what is shown, with paths as the example has them."""
        self.shown.append(text.replace(str(self.root), ""))

    # -- steps -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Do the next line of the example. Raises Over."""
        line = next(self.steps, None)
        if line is None:
            raise Over
        self.shown.append(line)
        if line.startswith("$ "):
            self._command(line[2:])
        else:
            self._happen(line[2:])

    def _command(self, command: str) -> None:
        words = shlex.split(command)
        if words[0] == "pylsyncd" and words[1].encode() in SUBCOMMANDS:
            self._run_subcommand(words[1:])
        elif words[0] == "pylsyncd":
            self._run(words[1:])
        elif words[0] == "kill":
            assert self.on_signal is not None
            self.on_signal(signal.Signals[f"SIG{words[1].removeprefix('-')}"])
        else:
            done = subprocess.run(
                ["sh", "-c", self.place(command)], cwd=self.root, check=True, capture_output=True, text=True
            )
            if done.stdout:
                self.tell(done.stdout.rstrip("\n"))

    def _happen(self, text: str) -> None:
        if found := _TIME.fullmatch(text):
            assert self.virtual is not None
            self.virtual.limit = self.virtual.now + float(found[1])
            return
        if text == "all programs really run":
            self.are_real = True
            return
        if found := _TYPED.fullmatch(text):
            write_to_standard_input(found[1])
            return
        found = _FATE.fullmatch(text)
        assert found, f"the manual says what nobody understands: # {text}"
        program, code, signum, _ = found.groups()
        self.fates[program] = Exited(int(code)) if code else Killed(int(signum)) if signum else None
        if self.processes is not None:
            self.processes.fate_changed()

    # -- the application -------------------------------------------------------------------------

    def _run_subcommand(self, words: list[str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pylsyncd", *map(self.place, words)],
            cwd=self.file(CONFIG).parent,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.stdout:
            self.tell(_REAL_TIME.sub("(0.02 s)", done.stdout.rstrip("\n")))
        if done.returncode:
            self.tell(f"(exit code {done.returncode})")

    def _run(self, words: list[str]) -> None:
        try:
            options = parse([self.place(word).encode() for word in words])
        except UsageError as error:
            self.tell(f"Error: {error}\n(exit code 255)")
            return
        assert not isinstance(options, Notice)
        self._run_application(options)

    def _run_application(self, options: Options) -> None:
        virtual = self.virtual = VirtualTime(self.step)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.file(CONFIG).parent)
            patch.setattr(Clock, "monotonic", lambda _: virtual.now)
            patch.setattr(Clock, "wall", lambda _: SIX_O_CLOCK + virtual.now - START)
            patch.setattr(app, "free_port", lambda: 40001)
            patch.setattr(app, "getpid", lambda: 4711)
            patch.setattr(app, "Processes", self._processes)
            patch.setattr(app, "Signals", self._signals)
            patch.setattr(app, "ReadAhead", _NoReadAhead)
            patch.setattr(app, "sinks_while_configuring", lambda _: (self,))
            patch.setattr(app, "sinks_in_foreground", lambda _: (self,))
            patch.setattr(asyncio, "new_event_loop", lambda: _Loop(virtual))
            self.tell(f"(exit code {app.run(options)})")

    def write(self, line: Line) -> None:
        """Take a line of the log, as a sink of it."""
        message = _FRAMES.sub("", line.message.decode("latin-1"))
        text = f"{line.category}: {message}".replace("\0", "\n")
        if text != "Normal: --- Startup ---":
            self.tell(text)

    def _processes(
        self, loop: asyncio.AbstractEventLoop, on_end: Callable[..., None], *_: object
    ) -> StandIns:
        self.processes = StandIns(loop, on_end, self.fates, lambda: self.are_real)
        return self.processes

    def _signals(self, loop: object, on_signal: Callable[[int], None]) -> _NoSignals:
        self.on_signal = on_signal
        return _NoSignals(loop, on_signal)


def write_to_standard_input(word: str) -> None:
    """Write a line to the pipe that is our own standard input: opened again, a pipe can be written, too."""
    with open("/proc/self/fd/0", "w") as pipe:
        pipe.write(word + "\n")


def play(text: str, root: Path) -> str:
    """The example again, with what the application answers today."""
    steps = [line for line in text.splitlines() if line.startswith(("$ ", "# "))]
    stage = Stage(root, iter(steps))
    try:
        while True:
            stage.step()
    except Over:
        return "\n".join(stage.shown) + "\n"
