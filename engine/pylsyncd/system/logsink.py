"""Where log lines go: console, file, syslog, and the logger that composes them (spec 1.2)."""

from __future__ import annotations

import os
import select
import syslog
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from attrs import define, field, frozen

from pylsyncd.system.files import append, is_cut_short
from pylsyncd.system.logtext import (
    DEBUG_CATEGORIES,
    ERROR,
    NORMAL,
    WARN,
    Categories,
    Formatter,
    Line,
    as_json,
    for_syslog,
    plain,
    readable,
    with_date,
    with_time_of_day,
)
from pylsyncd.system.repeats import WINDOW, Repeats

_LOW_FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog"),  # 0 to 5
    *("lpr", "news", "uucp", "cron", "authpriv", "ftp"),  # 6 to 11
)

FACILITIES: Final[Mapping[str, int]] = MappingProxyType(
    {name: code for code, name in enumerate(_LOW_FACILITIES)}
    | {f"local{number}": 16 + number for number in range(8)},  # 12 to 15 have no name
)
"""Names of syslog(3) and their codes in RFC 5424, 6.2.1."""

_HIGHEST_FACILITY: Final = 23

_PRIORITIES: Final[Mapping[str, int]] = MappingProxyType(
    {NORMAL: syslog.LOG_NOTICE, WARN: syslog.LOG_WARNING, ERROR: syslog.LOG_ERR}
    | dict.fromkeys(DEBUG_CATEGORIES, syslog.LOG_DEBUG),
)
"""What scripts log under names of their own is a notice, as in Lsyncd."""


class Sink(Protocol):
    """Takes lines somewhere. Trouble in doing so is its own affair: it never raises OSError."""

    def write(self, line: Line) -> None:
        """Take one line."""

    @property
    def trouble(self) -> bytes | None:
        """Why the last line was lost; None: it was not."""


@define
class Console:
    """Standard output, and standard error for errors."""

    text: Formatter
    out: int = 1
    err: int = 2
    trouble: bytes | None = field(default=None, init=False)

    def write(self, line: Line) -> None:
        """Write the line; when the terminal or pipe is gone (EIO, EPIPE) only the status tells."""
        try:
            _write_patiently(self.err if line.category == ERROR else self.out, self.text(line) + b"\n")
        except OSError as error:
            self.trouble = b"the terminal or pipe: " + _reason(error)
        else:
            self.trouble = None


@define
class LogFile:
    """A file, opened for each line. While that fails lines are dropped, and `fallback` hears of it once."""

    path: bytes
    text: Formatter
    fallback: Sink
    _lost: int = field(default=0, init=False)
    _why: bytes = field(default=b"", init=False)

    @property
    def trouble(self) -> bytes | None:
        """Why lines are being lost, and how many were; None: none are."""
        return b"%s: %s, %d lines lost" % (self.path, self._why, self._lost) if self._lost else None

    def write(self, line: Line) -> None:
        """Append the line; after a failure, with a note before it that says how many were lost."""
        lines = [self._recovery(line), line] if self._lost else [line]
        # a disk that was full may have taken half a line
        begin = b"\n" if self._lost and is_cut_short(self.path) else b""
        try:
            append(self.path, begin + b"".join(self.text(each) + b"\n" for each in lines))
        except OSError as error:
            self._lost += 1
            self._why = _reason(error)
            if self._lost == 1:
                self.fallback.write(self._failure(line))
            return
        if self._lost:
            self.fallback.write(lines[0])
            self._lost = 0

    def _failure(self, line: Line) -> Line:
        return Line(line.wall, ERROR, b'Cannot write log file "%s": %s' % (self.path, self._why))

    def _recovery(self, line: Line) -> Line:
        return Line(line.wall, WARN, b'Log file "%s" works again, %d lines lost' % (self.path, self._lost))


class Syslog:
    """The system's log. Only one at a time: ident and facility belong to the whole process (syslog(3))."""

    trouble: None = None
    """Nobody is told what the C library cannot send."""

    def __init__(self, ident: bytes, facility: int, text: Formatter = for_syslog) -> None:
        syslog.openlog(_without_nul(ident), 0, facility << 3)  # LOG_USER and its kin are codes times 8
        self._text: Final = text

    def write(self, line: Line) -> None:
        r"""Send the line; NULs and bytes that are not UTF-8, which the C library cannot take, as `\x00`."""
        priority = _PRIORITIES.get(line.category, syslog.LOG_NOTICE)
        syslog.syslog(priority, _without_nul(self._text(line)))


@define
class Logger:
    """Takes every line of the daemon; what it does with them may be changed while it runs."""

    wall: Callable[[], float]
    categories: Categories
    sinks: tuple[Sink, ...]
    call_later: Callable[[float, Callable[[], object]], object] | None = None
    """Of the event loop, once there is one; without it repeated lines wait for the next other line."""
    _repeats: Repeats = field(factory=Repeats)
    _is_waiting: bool = False

    @property
    def trouble(self) -> bytes | None:
        """Why lines are being lost, where they are."""
        return b"; ".join(sink.trouble for sink in self.sinks if sink.trouble) or None

    def log(self, category: str, message: bytes, sync: bytes | None = None, pid: int | None = None) -> None:
        """Hand a line to all sinks if its category is wanted; never fails."""
        if not self.categories.wants(category):
            return
        self._write(self._repeats.take(Line(self.wall(), category, message, sync, pid)))
        if self._repeats.is_holding and self.call_later is not None and not self._is_waiting:
            self._is_waiting = True
            self.call_later(WINDOW, self.flush)

    def flush(self) -> None:
        """Tell how often the last line has come again."""
        self._is_waiting = False
        self._write(self._repeats.release(self.wall()))

    def _write(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            for sink in self.sinks:
                sink.write(line)


@frozen
class LogSettings:
    """What the operator said about the log's place and form."""

    logfile: bytes | None = None
    """Absolute, since a daemon changes to `/`."""
    ident: bytes = b"lsyncd"
    facility: int = FACILITIES["user"]
    json: bool = False

    def format(self, text: Formatter) -> Formatter:
        """Choose between the place's own form and JSON."""
        return as_json if self.json else text


def sinks_while_configuring(settings: LogSettings) -> tuple[Sink, ...]:
    """Before the daemon runs: the console, without times."""
    return (Console(settings.format(plain)),)


def sinks_in_foreground(settings: LogSettings) -> tuple[Sink, ...]:
    """With `nodaemon`: the console, and the log file if there is one."""
    console = Console(settings.format(with_time_of_day))
    if settings.logfile is None:
        return (console,)
    return (console, LogFile(settings.logfile, settings.format(with_date), console))


def sinks_of_daemon(settings: LogSettings) -> tuple[Sink, ...]:
    """As a daemon: the log file if there is one, else syslog; syslog also hears of a log file that fails."""
    system = Syslog(settings.ident, settings.facility, settings.format(for_syslog))
    if settings.logfile is None:
        return (system,)
    return (LogFile(settings.logfile, settings.format(with_date), system),)


def facility_code(facility: str | int) -> int:
    """Turn `logfacility`, a name such as `local0` or a code from 0 to 23 (RFC 5424), into the code.

    Raises ValueError with a line for the operator.
    """
    name = str(facility)
    code = FACILITIES.get(name, int(name) if name.isdecimal() else -1)
    if not 0 <= code <= _HIGHEST_FACILITY:
        message = f"Logging facility '{facility}' unknown (a name such as user, daemon, local0, or 0 to 23)"
        raise ValueError(message)
    return code


def _reason(error: OSError) -> bytes:
    return os.strerror(error.errno or 0).encode()


def _write_patiently(descriptor: int, content: bytes) -> None:
    """Write all of it, waiting where a blocking descriptor would.

    A child that shares our terminal may have made it non-blocking (ssh does), and that holds for us too.
    """
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll()


def _without_nul(text: bytes) -> str:
    return readable(text).replace("\0", "\\x00")
