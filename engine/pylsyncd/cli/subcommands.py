"""Sub-commands: `pylsyncd NAME …`, each in a module of that name, loaded when it is called."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from pylsyncd.cli.exits import EXIT_FAILURE

_EXIT_BROKEN_PIPE: Final = 141
"""As the shell has it for what SIGPIPE ends."""


@frozen
class Subcommand:
    """One row of the table."""

    usage: str
    summary: str
    cleans_up: bool = False
    """Whether it has something to put away when it is interrupted; the others just end, in Lua too."""


SUBCOMMANDS: Final[Mapping[bytes, Subcommand]] = {
    b"check": Subcommand("CONFIG-FILE...", "Says what is wrong with configs, without running them"),
    b"explain": Subcommand("CONFIG-FILE PATH", "Says what is done about a path, and why"),
    b"simulate": Subcommand(
        "CONFIG-FILE --steps FILE", "Plays steps on a virtual clock; shows what would run"
    ),
    b"replay": Subcommand("JOURNAL [CONFIG-FILE]", "Plays what -record has written, with another config too"),
    b"compare": Subcommand(
        "CONFIG-FILE --with LSYNCD",
        "Runs Lsyncd and pylsyncd side by side on a scratch tree",
        cleans_up=True,
    ),
    b"test": Subcommand("FILE_test.lua...", "Runs unit tests of Lua actions"),
}
"""Every sub-command there is. A config file of such a name has to be given as `./check`."""


def run_subcommand(name: str, argv: Sequence[bytes]) -> int:
    """Run the `run` of the sub-command's module on the words behind its name; returns the exit code."""
    module = importlib.import_module(f"pylsyncd.cli.{name}")
    if not SUBCOMMANDS[name.encode()].cleans_up:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Lua that runs for ever never lets Python see it
    try:
        code = int(module.run(argv))
        if sys.stdout is not None:  # it may be closed
            sys.stdout.flush()
    except SystemExit as ended:  # argparse: --help, or a mistake
        return int(ended.code or 0)
    except BrokenPipeError:  # its reader has seen enough: `pylsyncd explain … | head`
        _forget_output()
        return _EXIT_BROKEN_PIPE
    except OSError as error:
        reason = _reason(error)
        if reason is None:
            raise
        _forget_output()
        sys.stderr.write(f"Error: {reason}\n")
        return EXIT_FAILURE
    return code


def _forget_output() -> None:
    """Or the exit would flush it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _reason(error: OSError) -> str | None:
    """What is wrong around us, with whatever sub-command; None: something else is."""
    match error.errno, error.filename:
        case errno.ENOSPC | errno.EIO, None:
            return f"cannot write to standard output: {error.strerror}"
        case errno.ENOENT, None:
            return "the working directory is gone: start from another one"
        case _:
            return None
