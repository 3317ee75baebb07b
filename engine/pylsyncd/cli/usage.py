"""The text of `-help`, made from the table of options."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from pylsyncd.cli.options import OPTIONS, Option
from pylsyncd.cli.subcommands import SUBCOMMANDS, Subcommand

_COLUMN: Final = 24
"""Where the explanations begin."""
_WIDTH: Final = 80
"""Columns of a plain terminal."""

_HEAD: Final = """\
USAGE:
  runs a config file:
    pylsyncd [OPTIONS] CONFIG-FILE

  mirrors a directory without one:
    pylsyncd [OPTIONS] -rsync SOURCE TARGET
    pylsyncd [OPTIONS] -rsyncssh SOURCE HOST TARGETDIR
    pylsyncd [OPTIONS] -direct SOURCE TARGETDIR

"""

_OPTIONS_HEAD: Final = """
OPTIONS, with one dash or two, before or after the config file:
"""

_SUBCOMMANDS_HEAD: Final = """\
  tells what a config does, without touching a target (each has a --help):
"""

_FOOT: Final = """
EXIT CODES:
  0    done, after -onepass, -help, -version
  130  ended by the INT signal
  143  ended by the TERM signal
  255  anything went wrong; a line on standard error says what

LICENSE:
  GPLv3 or any later version.
"""


def usage() -> str:
    """Write the whole help text, with its last line feed."""
    now = "".join(_entry(option) for option in OPTIONS if option.apply or option.notice)
    later = "".join(_entry(option) for option in OPTIONS if not (option.apply or option.notice))
    tools = "".join(_subcommand(name.decode(), one) for name, one in SUBCOMMANDS.items())
    return (
        f"{_HEAD}{_SUBCOMMANDS_HEAD}{tools}{_OPTIONS_HEAD}{now}\nCOMING WITH A LATER RELEASE:\n{later}{_FOOT}"
    )


def _subcommand(name: str, row: Subcommand) -> str:
    """Write the lines on one sub-command."""
    return f"    pylsyncd {name} {row.usage}\n        {row.summary}\n"


def _entry(option: Option) -> str:
    """Write the lines on one option."""
    head = f"  -{option.name} {' '.join(_values(option))}".rstrip()
    text = textwrap.wrap(option.summary, _WIDTH - _COLUMN)
    if len(head) < _COLUMN - 1:
        head, text = head.ljust(_COLUMN) + text[0], text[1:]
    return "\n".join([head, *(" " * _COLUMN + line for line in text)]) + "\n"


def _values(option: Option) -> Iterable[str]:
    """Name the option's values; in brackets where they may be missing."""
    return (f"[{value}]" if option.notice else value for value in option.values)
