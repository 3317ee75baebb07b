"""Tests and how they ended, as data: the runner collects it, the reports show it."""

from __future__ import annotations

import enum

from attrs import frozen


class Verdict(enum.Enum):
    """How a test ended; the values are what Lua says."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
    """Still to be written, or left by `pending`."""


@frozen
class Case:
    """One test of a file."""

    file: bytes
    """As it was named on the command line."""
    line: int
    title: str
    number: int
    """Among the tests of its file, from 1."""


@frozen
class Outcome:
    """How a test ended. A file that cannot be loaded counts as a test of line 0 that failed."""

    case: Case
    verdict: Verdict
    message: bytes = b""
    """Why it failed, with `FILE:LINE: ` in front; or why it is pending."""
    traceback: tuple[bytes, ...] = ()
    """The frames that are the user's."""
    seconds: float = 0.0
    """Real ones."""
