"""Turns the words of a command line into `Options`, or says what is wrong with them (spec 1.1).

A table and a loop instead of argparse, which would accept what the contract refuses (`-delay=5`,
abbreviations, `--`) and refuse what it accepts (bytes, values that begin with a dash).
"""

from __future__ import annotations

import enum
import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from pylsyncd.core.model import MonitorName
from pylsyncd.options import Options, SyncOption
from pylsyncd.spelling import nearest

MONITORS: Final = tuple(name.value for name in MonitorName)
"""The ways of watching that `-monitor` knows."""

LOG_FORMATS: Final = ("plain", "json")


class Notice(enum.Enum):
    """Something to print instead of a run; an earlier member outranks a later one."""

    HELP = "help"
    VERSION = "version"
    MONITORS = "monitors"


class UsageError(Exception):
    """The command line makes no sense; the text is one line for the operator."""


@frozen
class Option:
    """One row of the table of options."""

    name: str
    values: tuple[str, ...]
    """What its values are called in the help."""
    summary: str
    apply: Callable[[Options, Sequence[bytes]], Options] | None = None
    """None: there is no such option yet, and using it says so."""
    notice: Notice | None = None
    """What the option prints when it is given without any value."""


@frozen
class _Given:
    """An option as it stands on the command line, with the words that follow it as its values."""

    word: bytes
    option: Option | None
    values: tuple[bytes, ...]


def parse(argv: Sequence[bytes]) -> Options | Notice:
    """Say what the words behind the program's name ask for.

    Where options are given several times the last one wins, save those that add up. A notice wins
    over everything else, mistakes included.

    Raises:
        UsageError: an unknown or incomplete option, a value that cannot be, or nothing to do.

    """
    given, configs = _split(argv)
    asked = {item.option.notice for item in given if item.option and not item.values}
    for notice in Notice:
        if notice in asked:
            return notice
    options = Options()
    for item in given:
        options = _applied(options, item)
    _check_recording(options, given)
    return _complete(options, configs)


def shown(word: bytes) -> str:
    """Text for a message: always one line, whatever bytes the word holds."""
    text = word.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _split(argv: Iterable[bytes]) -> tuple[list[_Given], list[bytes]]:
    """Sort the words into options with their values, and config files."""
    given: list[_Given] = []
    configs: list[bytes] = []
    words = deque(argv)
    while words:
        word = words.popleft()
        if word.startswith(b"-"):
            option = _BY_WORD.get(word)
            given.append(_Given(word, option, tuple(_take_values(option, words))))
        else:
            configs.append(word)
    return given, configs


def _take_values(option: Option | None, words: deque[bytes]) -> Iterator[bytes]:
    """Take the option's values off the words.

    A word that is an option is never a value: `-logfile -nodaemon` is a forgotten file name. Other
    words with a dash can be (`-sshopts "-p 2222"`), but not where the value may be left out.
    """
    for _ in option.values if option else ():
        if not words or words[0] in _BY_WORD:
            return
        if option and option.notice and words[0].startswith(b"-"):
            return
        yield words.popleft()


def _applied(options: Options, given: _Given) -> Options:
    """Take one more option in."""
    option = given.option
    if option is None:
        raise UsageError(_unknown(given.word))
    name = shown(given.word)
    if option.apply is None:
        message = f"option {name} does not work yet, it comes with a later release"
        raise UsageError(message)
    if len(given.values) < len(option.values):
        message = f"option {name} needs {_count(option.values)}: {name} {' '.join(option.values)}"
        raise UsageError(message)
    return option.apply(options, given.values)


def _check_recording(options: Options, given: Iterable[_Given]) -> None:
    """Refuse what says how to record where nothing is."""
    if options.record is None:
        for item in given:
            if item.option is not None and item.option.name.startswith("record"):
                message = f"option {shown(item.word)} says how to record, but not where to: add -record FILE"
                raise UsageError(message)


def _complete(options: Options, configs: Sequence[bytes]) -> Options:
    """Add the config file, and make sure that there is one thing to watch."""
    if len(configs) > 1:
        first, second = (shown(config) for config in configs[:2])
        message = f"there can only be one config file, but '{first}' and '{second}' are given"
        raise UsageError(message)
    if configs and options.syncs:
        first = f"-{options.syncs[0].base}"
        message = f"the config file '{shown(configs[0])}' and {first} cannot be given together"
        raise UsageError(message)
    if not configs and not options.syncs:
        message = "nothing to watch! Give a config file, or -rsync SOURCE TARGET; -help shows all options"
        raise UsageError(message)
    return evolve(options, config=configs[0] if configs else None)


def _unknown(word: bytes) -> str:
    """Explain a word that looks like an option and is none."""
    head, equals, value = word.partition(b"=")
    if equals and (option := _BY_WORD.get(head)) and option.values:
        return f"option {shown(head)} takes its value as a word of its own: {shown(head)} {shown(value)}"
    wanted = shown(head).lstrip("-").lower()
    near = nearest(wanted, (option.name for option in OPTIONS))
    hint = f"did you mean -{near}?" if near else "-help shows all options"
    return f"unknown option {shown(word)} ({hint})"


def _count(values: Sequence[str]) -> str:
    return "a value" if len(values) == 1 else f"{len(values)} values"


def _delay(options: Options, values: Sequence[bytes]) -> Options:
    number = re.fullmatch(rb"([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", values[0])
    seconds = float(values[0]) if number else math.inf
    if seconds == math.inf:
        message = f"option -delay needs a number of seconds, 0 or more, not '{shown(values[0])}'"
        raise UsageError(message)
    return evolve(options, delay=seconds)


def _log(options: Options, values: Sequence[bytes]) -> Options:
    if not re.match(rb"[A-Z]|(all|scarce)\Z", values[0]):
        message = (
            f"'{shown(values[0])}' is not a log category: "
            "a name that begins with a capital letter, 'all' or 'scarce'"
        )
        raise UsageError(message)
    return evolve(options, log=(*options.log, values[0].decode("latin-1")))


def _sync(base: str) -> Callable[[Options, Sequence[bytes]], Options]:
    """Give the `apply` of an option that stands for a `sync{}`."""

    def apply(options: Options, values: Sequence[bytes]) -> Options:
        return evolve(options, syncs=(*options.syncs, SyncOption(base, tuple(values))))

    return apply


_WORD: Final = re.compile(rb"""(?:[^\s"']|"[^"]*"|'[^']*')+""")


def _sshopts(options: Options, values: Sequence[bytes]) -> Options:
    """Split the value into words, as a shell would that knows quotes but no backslash."""
    if _WORD.sub(b"", values[0]).strip():
        message = f"option -sshopts has a quote without an end: '{shown(values[0])}'"
        raise UsageError(message)
    words = (
        re.sub(rb"""(["'])(.*?)\1""", rb"\2", word, flags=re.DOTALL) for word in _WORD.findall(values[0])
    )
    return evolve(options, ssh_extra=(*options.ssh_extra, *words))


def _number(option: str, value: bytes) -> int:
    """Read a whole number from 1."""
    if not re.fullmatch(rb"[1-9][0-9]{0,8}", value):
        message = f"option -{option} needs a whole number, 1 or more, not '{shown(value)}'"
        raise UsageError(message)
    return int(value)


def _one_of(option: str, known: Sequence[str], value: bytes) -> str:
    """Check that the value is one of the known ones."""
    for name in known:
        if value == name.encode():
            return name
    names = f"{', '.join(known[:-1])} and {known[-1]}"
    message = f"option -{option} knows {names}, not '{shown(value)}'"
    raise UsageError(message)


OPTIONS: Final = (
    Option(
        "delay",
        ("SECS",),
        "Waits so long before it acts; overrides the delay of every sync",
        _delay,
    ),
    Option(
        "direct",
        ("SOURCE", "TARGETDIR"),
        "Mirrors SOURCE to a local directory with cp, mv and rm; may be given several times",
        _sync("direct"),
    ),
    Option(
        "help",
        (),
        "Shows this and exits",
        notice=Notice.HELP,
    ),
    Option(
        "insist",
        (),
        "Keeps trying at start-up although a target cannot be reached",
        lambda options, _: evolve(options, insist=True),
    ),
    Option(
        "log",
        ("CATEGORY",),
        "Logs this category too; all: everything, scarce: errors and warnings only",
        _log,
    ),
    Option(
        "logfile",
        ("FILE",),
        "Writes the log to FILE; a daemon without one writes to syslog",
        lambda options, values: evolve(options, logfile=values[0]),
    ),
    Option(
        "logformat",
        ("FORMAT",),
        "plain, or json: one JSON object a line",
        lambda options, values: evolve(options, logformat=_one_of("logformat", LOG_FORMATS, values[0])),
    ),
    Option(
        "monitor",
        ("NAME",),
        "Watches with this monitor; without a name lists the monitors and exits",
        lambda options, values: evolve(options, monitor=_one_of("monitor", MONITORS, values[0])),
        Notice.MONITORS,
    ),
    Option(
        "nodaemon",
        (),
        "Stays in the foreground and logs to the terminal",
        lambda options, _: evolve(options, nodaemon=True),
    ),
    Option(
        "onepass",
        (),
        "Does the start-up sync of every sync, then exits",
        lambda options, _: evolve(options, onepass=True),
    ),
    Option(
        "pidfile",
        ("FILE",),
        "Writes the daemon's process id to FILE",
        lambda options, values: evolve(options, pidfile=values[0]),
    ),
    Option(
        "record",
        ("FILE",),
        "Records all that happens in FILE, for `pylsyncd replay`",
        lambda options, values: evolve(options, record=values[0]),
    ),
    Option(
        "recordhash",
        (),
        "Puts meaningless words in the place of names in that record",
        lambda options, _: evolve(options, record_hash=True),
    ),
    Option(
        "recordkeep",
        ("N",),
        "Keeps so many parts of it: FILE, FILE.1 and so on; 8 if not given",
        lambda options, values: evolve(options, record_keep=_number("recordkeep", values[0])),
    ),
    Option(
        "recordsize",
        ("MB",),
        "Begins a new part after so many megabytes; 64 if not given",
        lambda options, values: evolve(options, record_size=_number("recordsize", values[0]) << 20),
    ),
    Option(
        "rsync",
        ("SOURCE", "TARGET"),
        "Mirrors SOURCE to TARGET, as sync{ default.rsync } does; may be given several times",
        _sync("rsync"),
    ),
    Option(
        "rsyncssh",
        ("SOURCE", "HOST", "TARGETDIR"),
        "Mirrors SOURCE to another host, where moves are made through ssh; may be given several times",
        _sync("rsyncssh"),
    ),
    Option(
        "runner",
        ("FILE",),
        "Loads another runner",
    ),
    Option(
        "script",
        ("FILE",),
        "Runs this Lua file before the config; may be given several times",
        lambda options, values: evolve(options, scripts=(*options.scripts, values[0])),
    ),
    Option(
        "sshopts",
        ("OPTIONS",),
        "Gives options to the ssh of each -rsyncssh; one value, split at blanks outside quotes",
        _sshopts,
    ),
    Option(
        "version",
        (),
        "Shows the version and exits",
        notice=Notice.VERSION,
    ),
)
"""Every option there is: what parses, and what the help shows."""

_BY_WORD: Final[Mapping[bytes, Option]] = {
    dashes + option.name.encode(): option for option in OPTIONS for dashes in (b"-", b"--")
}
