"""The language of steps: what happens to files, processes and the daemon, line by line.

Read from text, shown as text; who plays them is somebody else's business: a simulated world
(`migrate/simulate.py`), the real file system (`migrate/compare`). `docs/manual/steps.md` documents it.
"""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import fields, frozen

from pylsyncd.migrate import words as w

LONGEST: Final = 10**9
"""Seconds; thirty years."""
_LAST_SIGNAL: Final = 64

DEFAULT_SIZE: Final = 1
"""Bytes that a step writes if it does not say how many."""


class StepsError(ValueError):
    """A line that is no step; the text names file, line and remedy."""


@frozen
class Have:
    """It is there before the daemon starts; a path that ends with `/` is a directory."""

    path: bytes
    size: int = DEFAULT_SIZE


@frozen
class Start:
    """The daemon starts; without this step it does so before the first one that is not in `BEFORE_START`."""


@frozen
class Create:
    """A directory is made, or a file made, written and closed."""

    path: bytes
    size: int = DEFAULT_SIZE


@frozen
class Write:
    """A file gets other content, and is closed."""

    path: bytes
    size: int = DEFAULT_SIZE


@frozen
class Link:
    """A symbolic link is made."""

    path: bytes
    leads_to: bytes


@frozen
class Touch:
    """Attributes change: time or mode."""

    path: bytes


@frozen
class Move:
    """rename(2)."""

    path: bytes
    path2: bytes


@frozen
class Delete:
    """A file, or a directory with all that is in it, as `rm -r` does."""

    path: bytes


@frozen
class Wait:
    """Time goes on by so many seconds; all other steps take none."""

    seconds: float


@frozen
class Exit:
    """The process that runs longest (of that program) ends with this code; or the next that is started."""

    code: int
    program: bytes | None = None


@frozen
class Kill:
    """As `Exit`, by a signal."""

    signal: int
    program: bytes | None = None


@frozen
class Hold:
    """From now on processes (of that program) run until an `exit`, `kill` or `release`."""

    program: bytes | None = None


@frozen
class Release:
    """What is held ends with code 0, and nothing (of that program) is held any more."""

    program: bytes | None = None


@frozen
class Take:
    """From now on processes (of that program) take so many seconds."""

    seconds: float
    program: bytes | None = None


@frozen
class Signal:
    """The daemon gets a signal: HUP, INT, TERM or USR1."""

    signal: int


Step = (
    Have
    | Start
    | Create
    | Write
    | Link
    | Touch
    | Move
    | Delete
    | Wait
    | Exit
    | Kill
    | Hold
    | Release
    | Take
    | Signal
)


BEFORE_START: Final = (Have, Exit, Kill, Hold, Release, Take)
"""What may be said before the daemon starts: what is there, and how processes will fare."""


@frozen
class Placed:
    """A step and the line of its file that it stands in, from 1."""

    line: int
    step: Step


def parse(text: str, name: str) -> tuple[Placed, ...]:
    """All steps of a file called `name`, in order. Raises StepsError."""
    placed = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            words = w.split(line)
            if words:
                placed.append(Placed(number, step_of(words)))
        except ValueError as error:  # WordsError is one
            message = f"{name}:{number}: {error}"
            raise StepsError(message) from None
    _check_order(placed, name)
    return tuple(placed)


def show(step: Step) -> str:
    """The step as a line that `parse` reads back, without a line feed."""
    verb = type(step).__name__.lower()
    values: list[tuple[object, bytes | float]] = [
        (one.default, getattr(step, one.name)) for one in fields(type(step))
    ]
    return " ".join([verb, *(_shown(value) for default, value in values if value != default)])


def show_all(steps: Iterable[Step]) -> str:
    """A whole file of steps."""
    return "".join(show(step) + "\n" for step in steps)


def _shown(value: bytes | float) -> str:
    if isinstance(value, bytes):
        return w.quote(value)
    return str(value) if isinstance(value, int) else f"{value:.9f}".rstrip("0").rstrip(".")


# How values are read -------------------------------------------------------------------------------


def _path(word: bytes) -> bytes:
    if b"\0" in word:
        message = "a path cannot hold a NUL"
        raise ValueError(message)
    return word


def _count(word: bytes) -> int:
    if not word.isdigit():
        message = f"{w.quote(word)} is not a whole number, 0 or more"
        raise ValueError(message)
    return int(word)


def _exit_code(word: bytes) -> int:
    code = _count(word)
    if code > 255:  # noqa: PLR2004 - all that the kernel keeps of an exit code
        message = f"an exit code is 0 to 255, not {code}"
        raise ValueError(message)
    return code


def _seconds(word: bytes) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST:
        message = f"{w.quote(word)} is not a number of seconds, 0 to {LONGEST}"
        raise ValueError(message)
    return seconds


def _signal(word: bytes) -> int:
    name = word.decode("ascii", "replace").upper()
    if name.isdigit() and 1 <= int(name) <= _LAST_SIGNAL:
        return int(name)
    try:
        return int(signal.Signals[name if name.startswith("SIG") else f"SIG{name}"])
    except KeyError:
        message = f"there is no signal {w.quote(word)}; say its name, such as TERM, or its number"
        raise ValueError(message) from None


def _daemons_signal(word: bytes) -> int:
    number = _signal(word)
    if number not in {signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}:
        message = "the daemon knows the signals HUP, INT, TERM and USR1"
        raise ValueError(message)
    return number


Reader = Callable[[bytes], object]

_LANGUAGE: Final[dict[bytes, tuple[Callable[..., Step], str, tuple[Reader, ...], int]]] = {
    b"have": (Have, "have PATH [SIZE]", (_path, _count), 1),
    b"start": (Start, "start", (), 0),
    b"create": (Create, "create PATH [SIZE]", (_path, _count), 1),
    b"write": (Write, "write PATH [SIZE]", (_path, _count), 1),
    b"link": (Link, "link PATH LEADS-TO", (_path, _path), 2),
    b"touch": (Touch, "touch PATH", (_path,), 1),
    b"move": (Move, "move PATH PATH", (_path, _path), 2),
    b"delete": (Delete, "delete PATH", (_path,), 1),
    b"wait": (Wait, "wait SECONDS", (_seconds,), 1),
    b"exit": (Exit, "exit CODE [PROGRAM]", (_exit_code, bytes), 1),
    b"kill": (Kill, "kill SIGNAL [PROGRAM]", (_signal, bytes), 1),
    b"hold": (Hold, "hold [PROGRAM]", (bytes,), 0),
    b"release": (Release, "release [PROGRAM]", (bytes,), 0),
    b"take": (Take, "take SECONDS [PROGRAM]", (_seconds, bytes), 1),
    b"signal": (Signal, "signal HUP|INT|TERM", (_daemons_signal,), 1),
}
"""Verb: what it makes, how it is used, how its values are read, how many of them there must be."""


def step_of(words: Sequence[bytes]) -> Step:
    """The step that a line of these words is; raises ValueError that says what is wrong with them."""
    verb, *given = words
    if verb not in _LANGUAGE:
        known = ", ".join(name.decode() for name in _LANGUAGE)
        message = f"there is no step {w.quote(verb)}; the steps are {known}"
        raise ValueError(message)
    make, usage, readers, needed = _LANGUAGE[verb]
    if not needed <= len(given) <= len(readers):
        message = f"{len(given)} values are given; it is: {usage}"
        raise ValueError(message)
    return make(*(read(word) for read, word in zip(readers, given, strict=False)))


def _check_order(placed: Sequence[Placed], name: str) -> None:
    """What is there before the start stands before it."""
    has_started = False
    for one in placed:
        if has_started and isinstance(one.step, Have | Start):
            verb = type(one.step).__name__.lower()
            message = f"{name}:{one.line}: `{verb}` stands behind the start; use `create` from there on"
            raise StepsError(message)
        has_started |= not isinstance(one.step, BEFORE_START)
