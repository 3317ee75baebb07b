"""Text files that sub-commands read and write; any bytes survive, `-` is standard input."""

from __future__ import annotations

import sys


class UnusableError(Exception):
    """What was given cannot be used; the text is one line for the operator."""


def read(name: str) -> str:
    """The text of a file. Raises UnusableError."""
    try:
        if name == "-":
            return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
        with open(name, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        message = f"cannot read {name}: {error.strerror}"
        raise UnusableError(message) from None


def write(name: str, text: str) -> None:
    """Write a file anew. Raises UnusableError."""
    try:
        with open(name, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except OSError as error:
        message = f"cannot write {name}: {error.strerror}"
        raise UnusableError(message) from None
