"""The command line of the bench."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from bench.catalogue import CASES, Case, case_named
from bench.contenders import Contender, lsyncd, ours, peer
from bench.rounds import Series


@frozen
class Plan:
    """What is to be run, and where the results go."""

    series: tuple[Series, ...]
    contenders: tuple[Contender, ...]
    home: Path
    json: Path


def plan(words: Sequence[str]) -> Plan:
    """Read the command line; ends the program with a message on one that it does not understand."""
    asked = _parser().parse_args(words)
    cases = [case_named(name) for name in asked.case] if asked.case else list(CASES)
    peers = [] if asked.no_lsyncd else [lsyncd()]
    contenders = (ours(asked.pylsyncd), *(one for one in (*peers, *asked.peer) if one is not None))
    series = tuple(
        Series(case, size, asked.rounds or (1 if asked.quick else case.rounds))
        for case in cases
        for size in asked.size or _sizes(case, quick=asked.quick)
    )
    return Plan(series, contenders, asked.directory, asked.json)


def _sizes(case: Case, *, quick: bool) -> tuple[int, ...]:
    return case.quick if quick else case.sizes


def _fast() -> Path:
    """In memory, if there is room: else a burst is as slow as the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of its own is made there
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Lays daemons side by side: CPU, memory, latency, missed paths."
    )
    parser.add_argument(
        "--case", action="append", choices=[case.name for case in CASES], help="only this one; repeatable"
    )
    parser.add_argument(
        "--size", action="append", type=int, help="in place of the sizes of the cases; repeatable"
    )
    parser.add_argument("--rounds", type=int, help="in place of the numbers of rounds of the cases")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    parser.add_argument(
        "--pylsyncd", metavar="COMMAND", help="another pylsyncd than that of this environment"
    )
    parser.add_argument(
        "--peer",
        action="append",
        type=peer,
        default=[],
        metavar="NAME=COMMAND",
        help="one more daemon; repeatable",
    )
    parser.add_argument("--no-lsyncd", action="store_true", help="without the lsyncd of this machine")
    parser.add_argument(
        "--directory", type=Path, default=_fast(), help="where sources are made (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the numbers go")
    return parser
