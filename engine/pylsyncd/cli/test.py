"""`pylsyncd test`: runs unit tests of users' Lua actions in a simulated world."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from typing import Final

from pylsyncd.cli.arguments import Arguments
from pylsyncd.cli.exits import EXIT_FAILURE
from pylsyncd.cli.textfiles import UnusableError, write
from pylsyncd.cli.values import DEFAULT_START, time_of
from pylsyncd.migrate.luatest import reports
from pylsyncd.migrate.luatest.results import Outcome, Verdict
from pylsyncd.migrate.luatest.running import NoFileError, Run, find
from pylsyncd.system.clock import Clock

EXIT_PASSED: Final = 0
EXIT_FAILED: Final = 1

_DESCRIPTION: Final = """\
Runs the tests that Lua files define by describe and it. Configs run in a simulated world: nothing is
started, no file is written, and a week takes seconds. Exit code 0 if all tests pass, else 1.
"""


def run(argv: Sequence[bytes]) -> int:
    """Exit code 0 or 1; 255 for a mistake in what was given."""
    given = _arguments().parse_args([os.fsdecode(word) for word in argv])
    clock = Clock().monotonic
    try:
        files = find([os.fsencode(path) for path in given.paths])
    except NoFileError as error:
        return _fail(str(error))
    plan = Run(files, given.start, clock, given.filter.search)
    if given.list:
        return _list(plan, given.filter.pattern)
    began = clock()
    outcomes = list(_told(plan.outcomes(), given))
    return _judge(outcomes, given, clock() - began)


def _arguments() -> Arguments:
    arguments = Arguments("test", _DESCRIPTION)
    add = arguments.add_argument
    add(
        "paths",
        metavar="FILE_test.lua",
        nargs="+",
        help="a test file, or a directory: all *_test.lua below it",
    )
    add(
        "--filter",
        metavar="PATTERN",
        type=_pattern,
        default=re.compile(""),
        help="run the tests only in whose title this regular expression is found",
    )
    add("--list", action="store_true", help="print the tests, and run none")
    add("--tap", action="store_true", help="print TAP, the Test Anything Protocol")
    add("--junit", metavar="FILE", help="write the results to this file too, as JUnit's XML")
    add("--verbose", action="store_true", help="print the title of each test instead of a dot")
    add(
        "--start",
        metavar="TIME",
        type=time_of,
        default=DEFAULT_START,
        help=f"local time when a test begins; {DEFAULT_START}",
    )
    return arguments


def _list(plan: Run, pattern: str) -> int:
    found = list(plan.cases())
    failed = [one for one in found if isinstance(one, Outcome)]
    sys.stdout.write("".join(reports.listed(one) for one in found if not isinstance(one, Outcome)))
    for one in failed:
        sys.stderr.write(f"Error: {reports.shown(one.message)}\n")
    if not found:
        return _fail_filter(pattern)
    return EXIT_FAILED if failed else EXIT_PASSED


def _told(outcomes: Iterator[Outcome], given: Namespace) -> Iterator[Outcome]:
    """Show progress as it is made; TAP comes whole at the end."""
    for number, one in enumerate(outcomes, start=1):
        if not given.tap:
            sys.stdout.write(reports.line(one) if given.verbose else reports.dot(one, number))
            sys.stdout.flush()
        yield one


def _judge(outcomes: Sequence[Outcome], given: Namespace, seconds: float) -> int:
    if not outcomes:
        return _fail_filter(given.filter.pattern)
    if given.tap:
        sys.stdout.write(reports.tap(outcomes))
    else:
        sys.stdout.write(("" if given.verbose else "\n") + reports.account(outcomes, seconds))
    if given.junit is not None:
        try:
            write(given.junit, reports.junit(outcomes, seconds))
        except UnusableError as error:
            return _fail(str(error))
    return EXIT_FAILED if any(one.verdict is Verdict.FAILED for one in outcomes) else EXIT_PASSED


def _pattern(word: str) -> re.Pattern[str]:
    try:
        return re.compile(word)
    except re.error as error:
        message = f"{word!r} is not a regular expression: {error}"
        raise ArgumentTypeError(message) from None


def _fail_filter(pattern: str) -> int:
    return _fail(f"no test has a title that matches {pattern}: --list shows all titles")


def _fail(message: str) -> int:
    sys.stderr.write(f"Error: {message}\n")
    return EXIT_FAILURE
