"""What the primitives share: the ports to the engine, and what happened while Lua ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import define, field, frozen

from pylsyncd.core.inputs import AlarmRequested, Input, TerminateRequested
from pylsyncd.core.queries import Queries
from pylsyncd.script.errors import RefusalError
from pylsyncd.script.permission import Permit
from pylsyncd.script.popen import Children
from pylsyncd.script.system_primitives import SystemPrimitives


class Observe(Protocol):
    """Has the script told when a descriptor can be read or written."""

    def __call__(self, descriptor: int, *, reading: bool, writing: bool) -> None:
        """Take the place of an earlier wish; with neither, end it. Raises OSError."""


@frozen
class Extension:
    """A module of the Lua library that is loaded behind the others, for somebody's own purposes."""

    module: str
    values: Mapping[str, object]
    """What its function `install` gets, as a table; functions in it are guarded primitives."""


@frozen
class Ports:
    """What scripts reach before the daemon runs."""

    now: Callable[[], float]
    """Seconds on the monotonic clock."""
    log: Callable[[str, bytes], None]
    """Takes a category and a message."""
    wants: Callable[[str], bool]
    """Whether a line of that category is of any use."""
    system: Callable[[Children], SystemPrimitives] = SystemPrimitives
    """What scripts see of files and processes."""
    wall: Callable[[], float] | None = None
    """The clock that `os.time` and `os.date` go by, in seconds since 1970; None: this machine's."""
    permit: Permit | None = None
    """Asked before a script starts a program or writes a file on its own; without it all is permitted."""
    extensions: tuple[Extension, ...] = ()


@frozen
class Core:
    """What scripts reach while it runs."""

    queries: Queries
    submit: Callable[[Input], None]
    observe: Observe


@define(eq=False)
class Link:
    """One Lua state's link to the engine."""

    ports: Ports
    core: Core | None = None
    crash: BaseException | None = None
    """The first exception of our own code; a script's `pcall` cannot hide it."""
    exit_code: int | None = None
    """Set when a script asked for the end; what it raises afterwards is no error."""
    children: Children = field(factory=Children)
    _alarms: list[AlarmRequested] = field(factory=list)
    _observed: dict[int, tuple[bool, bool]] = field(factory=dict)
    """Descriptors to be observed when the daemon runs: for reading, for writing."""

    def attach(self, core: Core) -> None:
        """The daemon runs: alarms set and descriptors named while loading are handed over."""
        self.core = core
        alarms, self._alarms = self._alarms, []
        for alarm in alarms:
            core.submit(alarm)
        observed, self._observed = self._observed, {}
        for descriptor, (reading, writing) in observed.items():
            self.observe(descriptor, reading, writing)

    def running(self, asked: bytes) -> Core:
        """The core, or a refusal for `asked` while the configuration is loaded."""
        if self.core is None:
            raise RefusalError(b"%s can be asked for only while the daemon runs" % asked)
        return self.core

    def submit(self, happened: Input) -> None:
        """Hand an input to the core."""
        self.running(b"this").submit(happened)

    def request_alarm(self, number: int, at: float) -> None:
        """Ask for an alarm, or keep the wish until the daemon runs."""
        alarm = AlarmRequested(self.ports.now(), number, at)
        if self.core is None:
            self._alarms.append(alarm)
        else:
            self.core.submit(alarm)

    def observe(self, descriptor: int, reading: bool, writing: bool) -> None:  # noqa: FBT001 - Lua passes by position
        """Observe a descriptor, or keep the wish until the daemon runs."""
        if self.core is None:
            self._observed[descriptor] = reading, writing
            return
        try:
            self.core.observe(descriptor, reading=reading, writing=writing)
        except OSError as error:  # it was sound when the script named it
            reason = (error.strerror or str(error)).encode(errors="surrogateescape")
            self.ports.log("Error", b"Descriptor %d cannot be observed: %s" % (descriptor, reason))

    def terminate(self, code: int) -> None:
        """A script asks for the end, with an exit code as the shell sees it (-1 is 255)."""
        self.exit_code = code & 0xFF
        if self.core is not None:
            self.core.submit(TerminateRequested(self.ports.now(), self.exit_code))

    def take_crash(self) -> BaseException | None:
        """The exception of our own code that happened since, if any."""
        crash, self.crash = self.crash, None
        return crash
