"""How sub-commands read their words."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from pylsyncd.cli.exits import EXIT_FAILURE


class Arguments(argparse.ArgumentParser):
    """The options of a sub-command: `--name`, never abbreviated; a mistake is one line and exit code 255."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(
            prog=f"pylsyncd {name}",
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        """Say what is wrong. Raises SystemExit."""
        sys.stderr.write(f"Error: {self.prog}: {message} ({self.prog} --help shows how)\n")
        raise SystemExit(EXIT_FAILURE)
