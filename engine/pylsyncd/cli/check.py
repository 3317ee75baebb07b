"""`pylsyncd check CONFIG…`: says what is wrong with configs, without running them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from pylsyncd.cli.arguments import Arguments
from pylsyncd.cli.exits import EXIT_FAILURE
from pylsyncd.cli.subcommands import SUBCOMMANDS
from pylsyncd.migrate.check.checker import Checked, Checker, unusable_directory
from pylsyncd.migrate.check.machine import ThisMachine
from pylsyncd.migrate.check.mending import mended
from pylsyncd.migrate.check.reading import reader
from pylsyncd.migrate.check.report import as_annotations, as_json, as_text
from pylsyncd.migrate.check.sarif import as_sarif
from pylsyncd.migrate.check.trial import Terms
from pylsyncd.migrate.findings import Severity
from pylsyncd.system.daemon import fill_standard_streams

EXIT_FINE: Final = 0
EXIT_WARNINGS: Final = 1
"""Only with `--strict`."""
EXIT_NO_START: Final = 2
"""pylsyncd would not start with at least one of the configs."""

_FORMATS: Final[dict[str, Callable[[Sequence[Checked]], bytes]]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_annotations,
}


def run(argv: Sequence[bytes]) -> int:
    """Check the configs that the words name; the result is the exit code. Raises SystemExit."""
    fill_standard_streams()
    parser = _parser()
    asked = parser.parse_args(list(map(os.fsdecode, argv)))
    if asked.in_place and not asked.fix:
        parser.error("--in-place goes with --fix")
    if asked.fix and not asked.in_place and asked.format != "text":
        parser.error(f"--fix prints a diff: --{asked.format} goes with it only where --in-place is given too")
    checker = _checker(asked)
    checked = _check_all(checker, asked.config)
    if asked.in_place:
        _rewrite(checked, checker)
        checked = _check_all(checker, asked.config)
    if asked.fix and not asked.in_place:
        _print_diff(b"".join(one.as_diff() for one in mended(checked, checker.read)), checked)
    else:
        _print(_FORMATS[asked.format](checked))
    return exit_code(checked, strict=asked.strict)


def _checker(asked: argparse.Namespace) -> Checker:
    terms = Terms(
        may_run=asked.exec,
        is_foreign=not asked.environment,
        scripts=tuple(map(os.fsencode, asked.script)),
    )
    return Checker(reader(), ThisMachine(may_run=asked.exec) if asked.environment else None, terms)


def _check_all(checker: Checker, configs: Sequence[str]) -> list[Checked]:
    return [_checked(checker, os.fsencode(config)) for config in configs]


def _rewrite(checked: Sequence[Checked], checker: Checker) -> None:
    """Change the files. Raises SystemExit for one that cannot be changed."""
    for one in mended(checked, checker.read):
        name = one.text.file.decode("utf-8", "backslashreplace")
        try:
            backup = one.write().decode("utf-8", "backslashreplace")
        except OSError as error:
            sys.stderr.write(f"Error: cannot rewrite {name}: {error.strerror}\n")
            raise SystemExit(EXIT_FAILURE) from error
        sys.stderr.write(f"{name} is rewritten; what was there is {backup}\n")


def exit_code(checked: Sequence[Checked], *, strict: bool) -> int:
    """What the findings come to."""
    if not all(one.starts for one in checked):
        return EXIT_NO_START
    severities = {finding.severity for one in checked for finding in one.findings}
    return EXIT_WARNINGS if strict and Severity.WARNING in severities else EXIT_FINE


def _checked(checker: Checker, config: bytes) -> Checked:
    try:
        return checker.check(config)
    except OSError as error:
        return unusable_directory(config, error)


def _parser() -> argparse.ArgumentParser:
    parser = Arguments("check", SUBCOMMANDS[b"check"].summary + ".")
    parser.add_argument("config", nargs="+", metavar="CONFIG", help="a config file")
    parser.add_argument(
        "--script",
        action="append",
        default=[],
        metavar="FILE",
        help="a Lua file to run before each config, as -script does; may be repeated",
    )
    parser.add_argument(
        "--no-exec",
        dest="exec",
        action="store_false",
        help="let configs start no program and write no file while they are loaded; ask no versions",
    )
    parser.add_argument(
        "--no-environment",
        dest="environment",
        action="store_false",
        help="leave out what depends on this machine: the configs are for another one",
    )
    parser.add_argument("--strict", action="store_true", help="end with 1 if there are warnings")
    parser.add_argument(
        "--fix", action="store_true", help="print a diff of what can be rewritten mechanically"
    )
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="with --fix: write it, keep the old file as FILE.bak, check again",
    )
    formats = parser.add_mutually_exclusive_group()
    for name, what in (
        ("json", "one JSON object"),
        ("sarif", "SARIF 2.1.0"),
        ("github", "GitHub annotations"),
    ):
        formats.add_argument(
            f"--{name}", dest="format", action="store_const", const=name, default="text", help=f"print {what}"
        )
    return parser


def _print_diff(diff: bytes, checked: Sequence[Checked]) -> None:
    """Print what can be rewritten; where nothing can be, say so: what was found is for a human."""
    _print(diff)
    count = sum(len(one.findings) for one in checked)
    if not diff and count:
        sys.stderr.write(f"Nothing can be rewritten mechanically; findings: {count}, shown without --fix.\n")


def _print(report: bytes) -> None:
    """Write to standard output, whose reader may have seen enough."""
    try:
        with open(1, "wb", closefd=False) as output:
            output.write(report)
    except BrokenPipeError:
        return
