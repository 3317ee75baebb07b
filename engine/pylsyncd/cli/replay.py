"""`pylsyncd replay`: plays what `-record` has written to a core of our own, and to another config."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from pylsyncd import __version__
from pylsyncd.cli.arguments import Arguments
from pylsyncd.cli.options import shown
from pylsyncd.core.journal import Head
from pylsyncd.migrate import journalparts
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.replay import Difference, Nobody, Replayed, Run, replay_lines
from pylsyncd.migrate.transcribe import Transcriber

EXIT_EQUAL: Final = 0
EXIT_DIFFERENT: Final = 1
EXIT_UNREADABLE: Final = 2

_DESCRIPTION: Final = """\
Reads what `pylsyncd -record JOURNAL` has written, all of its parts, and plays it to a core of this
version, which has to do the same. Prints the spawn log: what was started, when, with which arguments
and which standard input. With a config file plays the same files and processes to that config in a
simulated world, and prints both spawn logs and their difference. Nothing is started.
"""
_FOOT: Final = """\
exit codes:
  0  the same is done
  1  something else is done: by this version, or with that config
  2  the journal, or the config, cannot be used
"""


def run(argv: Sequence[bytes]) -> int:
    """Exit code 0, or 1 where something else is done, or 2 where that cannot be told."""
    given = _arguments().parse_args([os.fsdecode(word) for word in argv])
    try:
        return _run(given)
    except journalparts.RecordingError as error:
        return _fail(str(error))


def _run(given: Namespace) -> int:
    needs_steps = given.steps or given.config is not None
    lines = journalparts.lines(os.fsencode(given.journal))
    replayed = replay_lines(lines, Transcriber if needs_steps else Nobody)
    if not replayed.runs:
        message = f"there is no recording in {given.journal}"
        raise journalparts.RecordingError(message)
    runs = _chosen(replayed, given.run, only_one=needs_steps)
    _tell(replayed, runs)
    if given.steps:
        for one in runs:
            sys.stdout.write(s.show_all(one.listener.steps()))
    elif given.config is None:
        sys.stdout.write("\n".join(log.render(_entries(one, with_log=given.log)) for one in runs))
    elif not any(one.difference for one in runs):
        return _try_config(given, runs[-1])
    return EXIT_DIFFERENT if any(one.difference for one in runs) else EXIT_EQUAL


def _arguments() -> Arguments:
    arguments = Arguments("replay", _DESCRIPTION)
    arguments.epilog = _FOOT
    add = arguments.add_argument
    add("journal", metavar="JOURNAL", help="the file of -record; JOURNAL.1 and so on are read before it")
    add("config", metavar="CONFIG-FILE", nargs="?", help="what would this config have done?")
    add(
        "--run",
        metavar="N",
        type=_number,
        help="only this run of the daemon, from 1; with a config and --steps the last one if not given",
    )
    add("--log", action="store_true", help="print the warnings and errors of that time too")
    add("--steps", action="store_true", help="print what happened as steps for `pylsyncd simulate`")
    add("--script", metavar="FILE", action="append", default=[], help="Lua to run before the config")
    add("--exec", action="store_true", help="really run the programs that the config runs while it is loaded")
    return arguments


def _number(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        message = f"{word!r} is not a whole number, 1 or more"
        raise ArgumentTypeError(message)
    return int(word)


def _chosen(replayed: Replayed, number: int | None, *, only_one: bool) -> Sequence[Run]:
    runs = replayed.runs
    if number is None:
        return runs[-1:] if only_one else runs
    if number > len(runs):
        message = f"there is no run {number} in the journal, it holds {len(runs)}"
        raise journalparts.RecordingError(message)
    return runs[number - 1 : number]


# What is printed -----------------------------------------------------------------------------------


def _tell(replayed: Replayed, runs: Sequence[Run]) -> None:
    """What is no part of the result goes to standard error."""
    write = sys.stderr.write
    for note in replayed.notes:
        write(f"Note: {note}\n")
    for number, one in enumerate(replayed.runs, start=1):
        if one in runs:
            write(f"Run {number} of {len(replayed.runs)}: {_heading(one)}\n")
            if one.difference is not None:
                write(_shown_difference(one.difference))


def _heading(one: Run) -> str:
    head = one.head
    config = "no config file" if head.config is None else shown(head.config)
    facts = [f"{_local_time(head)}, {config}"]
    if head.pylsyncd != __version__:
        facts.append(f"written by pylsyncd {head.pylsyncd}")
    if head.is_hashed:
        facts.append("names hashed")
    if not one.is_over:
        facts.append("without the daemon's end")
    return f"{', '.join(facts)}: this version does {'something else' if one.difference else 'the same'}"


def _local_time(head: Head) -> str:
    """As the clocks of that place showed it."""
    zone = timezone(timedelta(seconds=head.offset))
    return datetime.fromtimestamp(head.epoch, zone).strftime("%Y-%m-%d %H:%M:%S")


def _shown_difference(difference: Difference) -> str:
    recorded, recomputed = (
        "nothing" if line is None else line.decode("ascii", "backslashreplace").rstrip("\n")
        for line in (difference.recorded, difference.recomputed)
    )
    return f"{difference.place}: the first difference\n  recorded:   {recorded}\n  recomputed: {recomputed}\n"


def _entries(one: Run, *, with_log: bool) -> list[log.Entry]:
    return [entry for entry in one.log.entries if with_log or not isinstance(entry, log.Said)]


def _fail(message: str) -> int:
    sys.stderr.write(f"Error: {message}\n")
    return EXIT_UNREADABLE


# Another config ------------------------------------------------------------------------------------


def _try_config(given: Namespace, one: Run) -> int:
    """Print both spawn logs and how they differ."""
    from pylsyncd.migrate.another import AnotherError, play  # noqa: PLC0415 - only here is the simulated world needed

    try:
        found = play(given.config, given.script, one.head, one.listener.steps(), runs_programs=given.exec)
    except AnotherError as error:
        return _fail(str(error))
    was, names = _entries(one, with_log=False), ("recorded", given.config)
    diff = log.difference(log.render(was), log.render(log.in_step(was, found)), names)
    parts = {"Recorded": log.render(was), f"With {given.config}": log.render(found), "Difference": diff}
    texts = (f"{title}:\n{text}" if text else f"{title}: none\n" for title, text in parts.items())
    sys.stdout.write("\n".join(texts))
    return EXIT_DIFFERENT if diff else EXIT_EQUAL
