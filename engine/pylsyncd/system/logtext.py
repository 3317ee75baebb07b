"""Which lines are wanted, and how a line is written: pure functions of the line (spec 1.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Final

from attrs import frozen

from pylsyncd.system.clock import ctime, iso8601, time_of_day

NORMAL: Final = "Normal"
WARN: Final = "Warn"
ERROR: Final = "Error"

DEBUG_CATEGORIES: Final = frozenset(
    {"Alarm", "Call", "Debug", "Delay", "Exclude", "Exec", "Filter", "Function", "FWrite", "Info", "Inotify"}
    | {"Masterloop", "Statusfile", "Tunnel"},
)
"""The names that Lsyncd's debug lines have (spec 1.2)."""

_SCARCE: Final = frozenset({WARN, ERROR})
_DEFAULT: Final = _SCARCE | {NORMAL}


@frozen
class Categories:
    """The categories that are logged; a user's script may log to any name."""

    names: frozenset[str] = _DEFAULT
    everything: bool = False

    @classmethod
    def of(cls, choices: Iterable[str]) -> Categories:
        """Apply the arguments of `-log` in their order to the default; raises ValueError as `also` does."""
        categories = cls()
        for choice in choices:
            categories = categories.also(choice)
        return categories

    def also(self, choice: str) -> Categories:
        """Return what one more `-log CHOICE` makes of these.

        `all` adds every name there is, `scarce` takes everything back but errors and warnings, any other
        name is added. Raises ValueError, with a line for the operator, for a name that does not begin with
        A-Z.
        """
        if choice == "all":
            return Categories(self.names, everything=True)
        if choice == "scarce":
            return Categories(_SCARCE)
        if not "A" <= choice[:1] <= "Z":
            message = f"'{choice}' is not a valid logging category (all, scarce, or a name that begins A-Z)"
            raise ValueError(message)
        return Categories(self.names | {choice}, self.everything)

    def wants(self, category: str) -> bool:
        """Whether lines of this category go anywhere."""
        return self.everything or category in self.names

    def verbose(self) -> frozenset[str]:
        """Name the categories wanted beyond the default ones: their lines are worth building."""
        return (self.names | DEBUG_CATEGORIES if self.everything else self.names) - _DEFAULT


@frozen
class Line:
    """One entry for the log; `wall` in seconds since 1970. The message may hold any byte, line feeds too."""

    wall: float
    category: str
    message: bytes
    sync: bytes | None = None
    """Name of the sync that it is about, where known."""
    pid: int | None = None
    """Process that it is about, where known."""


Formatter = Callable[[Line], bytes]
"""Gives the text of a line, without the line feed at its end."""


def plain(line: Line) -> bytes:
    """Before the daemon runs: `CATEGORY: message`."""
    return _category(line) + b": " + line.message


def with_time_of_day(line: Line) -> bytes:
    """In the foreground: `HH:MM:SS CATEGORY: message`, local time."""
    return time_of_day(line.wall) + b" " + plain(line)


def with_date(line: Line) -> bytes:
    """In the log file: `Www Mmm dd HH:MM:SS YYYY CATEGORY: message`, local time."""
    return ctime(line.wall) + b" " + plain(line)


def for_syslog(line: Line) -> bytes:
    """To syslog, which knows the time: `CATEGORY, message`."""
    return _category(line) + b", " + line.message


def as_json(line: Line) -> bytes:
    r"""One object on one line: `time` (ISO 8601), `category`, `message`, and `sync` and `pid` where known.

    Bytes that are not UTF-8 become `\xff` in the text: a lone surrogate would come back as the same byte, but
    many readers of JSON refuse it (RFC 8259, 8.2).
    """
    entry: dict[str, str | int] = {
        "time": iso8601(line.wall),
        "category": readable(_category(line)),
        "message": readable(line.message),
    }
    if line.sync is not None:
        entry["sync"] = readable(line.sync)
    if line.pid is not None:
        entry["pid"] = line.pid
    return json.dumps(entry, ensure_ascii=False).encode()


def readable(text: bytes) -> str:
    r"""Decode UTF-8, with any other byte as `\xff`; never fails."""
    return text.decode("utf-8", "backslashreplace")


def _category(line: Line) -> bytes:
    # latin-1, as all text that meets Lua: a user's category comes out as the bytes that went in
    return line.category.encode("latin-1", "backslashreplace")
