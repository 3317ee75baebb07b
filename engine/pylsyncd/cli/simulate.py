"""`pylsyncd simulate`: plays steps in a simulated world and prints what would be started."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from pylsyncd.cli.arguments import Arguments
from pylsyncd.cli.exits import EXIT_FAILURE
from pylsyncd.cli.options import shown
from pylsyncd.cli.textfiles import UnusableError, read, write
from pylsyncd.cli.values import DEFAULT_START, seconds, time_of
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.simulate import DEFAULT_PATIENCE, Playbill, StepError, simulate
from pylsyncd.migrate.spawnlog import difference, render
from pylsyncd.migrate.world.daemon import TROUBLES, Circumstances
from pylsyncd.options import Options
from pylsyncd.script.errors import ConfigError
from pylsyncd.system.logtext import Categories

EXIT_EQUAL: Final = 0
EXIT_DIFFERENT: Final = 1

_DESCRIPTION: Final = """\
Runs a config with the steps of a file: what happens to files, when time passes, how processes end.
Nothing is started and no file is written; a week takes seconds. Prints the spawn log: what would be
started, when, with which arguments and which standard input.
"""


def run(argv: Sequence[bytes]) -> int:
    """Exit code 0, or with --expect 1 where the spawn log is another one."""
    given = _arguments().parse_args([os.fsdecode(word) for word in argv])
    try:
        found = render(simulate(_playbill(given)))
        return _judge(given, found)
    except ConfigError as error:
        return _fail(shown(error.message))
    except (StepError, s.StepsError, UnusableError) as error:
        return _fail(str(error))


def _arguments() -> Arguments:
    arguments = Arguments("simulate", _DESCRIPTION)
    add = arguments.add_argument
    add("config", metavar="CONFIG-FILE")
    add("--steps", metavar="FILE", required=True, help="what happens, line by line; - is standard input")
    add("--expect", metavar="FILE", help="compare with this spawn log: exit code 1 and a diff if it differs")
    add("--update", action="store_true", help="write the spawn log to the file of --expect")
    add("--delay", metavar="SECS", type=seconds, help="overrides the delay of every sync")
    add("--script", metavar="FILE", action="append", default=[], help="Lua to run before the config")
    add(
        "--log",
        metavar="CATEGORY",
        action="append",
        default=[],
        help="lines of the daemon's log to print too",
    )
    add("--start", metavar="TIME", type=time_of, default=DEFAULT_START, help=f"local time; {DEFAULT_START}")
    add(
        "--patience",
        metavar="SECS",
        type=seconds,
        default=DEFAULT_PATIENCE,
        help=f"how long to go on behind the last step while something waits; {DEFAULT_PATIENCE:.0f}",
    )
    add("--exec", action="store_true", help="really run the programs that the config runs while it is loaded")
    return arguments


def _playbill(given: Namespace) -> Playbill:
    if given.update and given.expect is None:
        message = "--update needs --expect FILE, the file to write"
        raise UnusableError(message)
    options = Options(
        config=os.fsencode(given.config),
        delay=given.delay,
        scripts=tuple(map(os.fsencode, given.script)),
    )
    return Playbill(
        circumstances=Circumstances(options, given.start, _categories(given.log), given.exec),
        steps=s.parse(read(given.steps), given.steps),
        name=given.steps,
        patience=given.patience,
    )


def _judge(given: Namespace, found: str) -> int:
    """Print the spawn log, or what is wrong with it."""
    if given.update:
        write(given.expect, found)
        return EXIT_EQUAL
    if given.expect is None:
        sys.stdout.write(found)
        return EXIT_EQUAL
    diff = difference(read(given.expect), found, (given.expect, "this run"))
    sys.stdout.write(diff)
    return EXIT_DIFFERENT if diff else EXIT_EQUAL


def _categories(choices: Sequence[str]) -> Categories:
    categories = TROUBLES
    try:
        for choice in choices:
            categories = categories.also(choice)
    except ValueError as error:
        raise UnusableError(str(error)) from None
    return categories


def _fail(message: str) -> int:
    sys.stderr.write(f"Error: {message}\n")
    return EXIT_FAILURE
