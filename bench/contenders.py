"""The daemons that are laid side by side."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys

from attrs import frozen

OURS = "pylsyncd"
"""The name of the one that the limits are about."""


@frozen
class Contender:
    """A daemon: what the tables call it, and the words that start it."""

    name: str
    command: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Whether the limits are about it."""
        return self.name == OURS

    def version(self) -> str:
        """What it says of itself."""
        told = subprocess.run([*self.command, "-version"], capture_output=True, text=True, check=False)
        return (told.stdout or told.stderr).strip()


def ours(command: str | None) -> Contender:
    """The pylsyncd of this environment, or the one that a command line starts."""
    words = shlex.split(command) if command else [sys.executable, "-m", "pylsyncd"]
    return Contender(OURS, tuple(words))


def lsyncd() -> Contender | None:
    """The Lsyncd of this machine, if it has one."""
    return Contender("lsyncd", ("lsyncd",)) if shutil.which("lsyncd") else None


def peer(text: str) -> Contender:
    """`NAME=COMMAND`; raises ValueError for anything else."""
    name, _, command = text.partition("=")
    words = shlex.split(command)
    if not (name and words) or name == OURS:
        raise ValueError(text)
    return Contender(name, tuple(words))
