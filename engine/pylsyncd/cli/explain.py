"""`pylsyncd explain`: says what a config does about a path, and why."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import Final

from pylsyncd.cli.arguments import Arguments
from pylsyncd.cli.exits import EXIT_FAILURE
from pylsyncd.cli.options import shown
from pylsyncd.cli.values import DEFAULT_START, seconds, time_of
from pylsyncd.core.model import EventType
from pylsyncd.migrate.explain import EVENTS, Question, explain, named
from pylsyncd.migrate.explanation import asjson, text
from pylsyncd.migrate.world.daemon import Circumstances
from pylsyncd.migrate.world.files import FileError
from pylsyncd.options import Options
from pylsyncd.script.errors import ConfigError

EXIT_TAKEN: Final = 0
EXIT_NOT_TAKEN: Final = 1

_DESCRIPTION: Final = """\
Says which syncs of a config see a path, which rule leaves it out or takes it, and what would be
started for whatever happens to it, with all arguments, and when. Nothing is started and no file is
written. The path need not be there; one that ends with / is a directory.
Exit code 0: at least one sync takes the path; 1: none does.
"""


def run(argv: Sequence[bytes]) -> int:
    """Exit code 0 if a sync takes the path, 1 if none does."""
    arguments = _arguments()
    given = arguments.parse_args([os.fsdecode(word) for word in argv])
    if given.to is not None and _directory(given.to).startswith(_directory(given.path)):
        arguments.error("--to leads to the path itself, or into it")
    try:
        account = explain(_question(given))
    except ConfigError as error:
        sys.stderr.write(f"Error: {shown(error.message)}\n")
        return EXIT_FAILURE
    except FileError as error:
        sys.stderr.write(f"Error: {error}\n")
        return EXIT_FAILURE
    sys.stdout.write(asjson.render(account) if given.json else text.render(account, os.getcwdb()))
    return EXIT_TAKEN if any(sync.takes for sync in account.syncs) else EXIT_NOT_TAKEN


def _arguments() -> Arguments:
    arguments = Arguments("explain", _DESCRIPTION)
    add = arguments.add_argument
    add("config", metavar="CONFIG-FILE")
    add("path", metavar="PATH", type=_path, help="absolute, or relative to the working directory")
    add("--to", metavar="PATH", type=_path, help="explain a move from the one path to this one")
    add(
        "--event",
        metavar="EVENT,...",
        type=_events,
        default=frozenset(EVENTS),
        help=f"only these: {', '.join(event.value for event in EVENTS)}",
    )
    add("--delay", metavar="SECS", type=seconds, help="overrides the delay of every sync")
    add("--script", metavar="FILE", action="append", default=[], help="Lua to run before the config")
    add("--start", metavar="TIME", type=time_of, default=DEFAULT_START, help=f"local time; {DEFAULT_START}")
    add("--exec", action="store_true", help="really run the programs that the config runs while it is loaded")
    add("--json", action="store_true", help="for machines")
    return arguments


def _question(given: Namespace) -> Question:
    options = Options(
        config=os.fsencode(given.config),
        delay=given.delay,
        scripts=tuple(map(os.fsencode, given.script)),
    )
    return Question(
        circumstances=Circumstances(options, given.start, runs_programs=given.exec),
        path=given.path,
        destination=given.to,
        events=given.event,
    )


def _path(word: str) -> bytes:
    if not word or "\0" in word:
        message = "is no path"
        raise ArgumentTypeError(message)
    return named(os.fsencode(word))


def _directory(path: bytes) -> bytes:
    return os.path.join(path, b"")


def _events(word: str) -> frozenset[EventType]:
    known = {event.value.lower(): event for event in EVENTS}
    try:
        return frozenset(known[name.strip().lower()] for name in word.split(","))
    except KeyError as error:
        message = f"{error.args[0]!r} is no event; there are {', '.join(event.value for event in EVENTS)}"
        raise ArgumentTypeError(message) from None
