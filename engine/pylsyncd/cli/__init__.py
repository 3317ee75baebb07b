"""The command line: argv to options, one exit code out."""

from __future__ import annotations

import gc
import os
import stat
import sys
from typing import Final

from pylsyncd import __version__
from pylsyncd.cli.exits import EXIT_FAILURE
from pylsyncd.cli.options import MONITORS, Notice, UsageError, parse, shown
from pylsyncd.cli.subcommands import SUBCOMMANDS, run_subcommand
from pylsyncd.cli.usage import usage
from pylsyncd.fault import account_of
from pylsyncd.options import Options

_EXIT_INTERRUPTED: Final = 130
"""128 + SIGINT (spec 1.3), before the daemon handles signals itself."""


def main() -> int:
    """Run pylsyncd on `sys.argv`; the result is the exit code."""
    try:
        return _run([os.fsencode(word) for word in sys.argv[1:]])
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last stop: an operator gets one line, not a traceback
        return _fail(account_of(error))


def _run(argv: list[bytes]) -> int:
    if not argv:
        sys.stderr.write(usage())
        return EXIT_FAILURE
    if argv[0] in SUBCOMMANDS:
        return run_subcommand(argv[0].decode(), argv[1:])
    try:
        asked = parse(argv)
        if isinstance(asked, Options):
            _check_config(asked.config)
    except UsageError as error:
        return _fail(str(error))
    if isinstance(asked, Notice):
        return _print(_text_of(asked))
    gc.disable()  # until the event loop runs: what is loaded stays, and need not be looked at
    # Not earlier: help, version and mistakes need neither Lua nor an event loop to be loaded.
    from pylsyncd.app import run  # noqa: PLC0415 - see above

    return run(asked)


def _text_of(notice: Notice) -> str:
    match notice:
        case Notice.HELP:
            return usage()
        case Notice.VERSION:
            return f"Version: {__version__}\n"
        case Notice.MONITORS:
            names = "".join(f"   {name}\n" for name in MONITORS)
            return f"This pylsyncd supports these monitors:\n{names}"


def _check_config(path: bytes | None) -> None:
    """Refuse a config file that cannot be read.

    It is not opened: it may be a pipe, such as `<(generate-config)`, which can be read only once.
    """
    if path is None:
        return
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        message = f"Cannot find config file at '{shown(path)}'."
        raise UsageError(message) from None
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    if stat.S_ISDIR(mode):
        raise _unreadable(path, "it is a directory")
    if not os.access(path, os.R_OK):
        raise _unreadable(path, "Permission denied")


def _unreadable(path: bytes, reason: str) -> UsageError:
    return UsageError(f"Cannot read config file '{shown(path)}': {reason}.")


def _print(text: str) -> int:
    """Write to standard output, whose reader may have seen enough (`pylsyncd -help | head -1`)."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the exit would flush once more
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(f"Error: {message}\n")
    return EXIT_FAILURE
