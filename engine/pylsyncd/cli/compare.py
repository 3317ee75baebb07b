"""`pylsyncd compare`: runs Lsyncd and pylsyncd side by side and reports what differs."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from pylsyncd.cli.arguments import Arguments
from pylsyncd.cli.exits import EXIT_FAILURE
from pylsyncd.cli.options import shown
from pylsyncd.cli.textfiles import UnusableError, read, write
from pylsyncd.cli.values import count
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare import fence, recording, report
from pylsyncd.migrate.compare.comparison import Given, Recorded, Seed, Wish, compare, digest
from pylsyncd.migrate.compare.generate import LENGTH
from pylsyncd.migrate.compare.launch import CannotRunError, Setting

EXIT_EXPLAINED: Final = 0
EXIT_UNEXPLAINED: Final = 1
EXIT_CANNOT_RUN: Final = 2

_DESCRIPTION: Final = """\
Runs Lsyncd and pylsyncd side by side on a config, each in a scratch directory of its own, and lets the
same things happen to the files of both. No program of the config is run: a recorder stands in for each.
Prints what they would have started differently, and why; a difference that is not documented is marked.

exit codes: 0 all differences are documented, 1 some are not, 2 a daemon does not run the config,
255 wrong usage.
"""


def run(argv: Sequence[bytes]) -> int:
    """Compare, and print what has been found."""
    given = _arguments().parse_args([os.fsdecode(word) for word in argv])
    try:
        wish = _wish(given)
        if not fence.is_available():
            _warn(
                "this kernel has no Landlock: nothing but this program keeps a config from writing elsewhere"
            )
        outcome = compare(wish, os.fsencode(given.keep) if given.keep else None)
        if given.record:
            write(given.record, recording.dump(outcome))
    except CannotRunError as error:
        return _fail(str(error), EXIT_CANNOT_RUN)
    except (s.StepsError, UnusableError) as error:
        return _fail(str(error), EXIT_FAILURE)
    sys.stdout.write(report.as_json(outcome) if given.json else report.text(outcome))
    return EXIT_UNEXPLAINED if outcome.verdict.unexplained else EXIT_EXPLAINED


def _arguments() -> Arguments:
    arguments = Arguments("compare", _DESCRIPTION)
    add = arguments.add_argument
    add("config", metavar="CONFIG-FILE")
    sides = arguments.add_mutually_exclusive_group(required=True)
    sides.add_argument("--with", dest="lsyncd", metavar="LSYNCD", help="the Lsyncd to run")
    sides.add_argument(
        "--against", metavar="FILE", help="compare with what --record has written, without Lsyncd"
    )
    add("--record", metavar="FILE", help="write down what Lsyncd does, for --against")
    add("--steps", metavar="FILE", help="what happens, line by line; - is standard input")
    add("--seed", metavar="N", type=int, default=1, help="make up the steps from this number; 1")
    add("--length", metavar="K", type=count, default=LENGTH, help=f"how many to make up; {LENGTH}")
    add("--tree", metavar="DIR", help="names and sizes of what is in each source before the start")
    add("--collapse", choices=("on", "off"), default="on", help="off: pylsyncd with `collapse = false`")
    add("--real-delay", action="store_true", help="wait as long as the config says, not 1 second")
    add("--keep", metavar="DIR", help="a new directory to be the scratch directory, and to stay")
    add("--json", action="store_true", help="print JSON")
    return arguments


def _wish(given: Namespace) -> Wish:
    read(given.config)
    config = os.path.abspath(os.fsencode(given.config))
    recorded = _recorded(given, config) if given.against else None
    if given.tree is not None and not os.path.isdir(given.tree):
        message = f"--tree {given.tree}: there is no such directory"
        raise UnusableError(message)
    if given.keep is not None and os.path.isdir(given.keep) and os.listdir(given.keep):
        message = f"--keep {given.keep}: there is something in it; name a new directory"
        raise UnusableError(message)
    return Wish(
        setting=Setting(config, os.path.realpath(os.getcwdb()), given.real_delay),
        score=_score(given),
        lsyncd=_command(given.lsyncd) if given.lsyncd else None,
        recorded=recorded,
        tree=None if given.tree is None else os.fsencode(given.tree),
        collapses=given.collapse == "on",
    )


def _command(program: str) -> tuple[bytes, ...]:
    """Where the program is: it is started in another directory."""
    path = shutil.which(program)
    if path is None:
        message = f"--with {program}: there is no such program"
        raise UnusableError(message)
    return (os.path.abspath(os.fsencode(path)),)


def _score(given: Namespace) -> Given | Seed:
    if given.steps is None:
        return Seed(given.seed, given.length)
    text = read(given.steps)
    s.parse(text, given.steps)
    return Given(text, given.steps)


def _recorded(given: Namespace, config: bytes) -> Recorded:
    if given.steps is not None or given.tree is not None or given.record is not None:
        message = "--against has steps and tree of its own: leave --steps, --tree and --record out"
        raise UnusableError(message)
    try:
        recorded = recording.load(read(given.against))
    except recording.RecordError as error:
        message = f"{given.against}: {error}"
        raise UnusableError(message) from None
    if digest(config) != recorded.config:
        _warn(f"{given.against} was recorded with another config")
    return recorded


def _warn(message: str) -> None:
    sys.stderr.write(f"Warn: {message}\n")


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"Error: {shown(os.fsencode(message))}\n")
    return code
