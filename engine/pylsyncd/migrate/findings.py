"""What is found in a configuration, as data: `check` collects it, its renderings show it."""

from __future__ import annotations

import enum

from attrs import field, frozen


class Severity(enum.Enum):
    """How bad it is; the values are what reports show, worst first."""

    ERROR = "error"
    """pylsyncd would not start with it."""
    WARNING = "warning"
    """It runs, but most probably does not do what was meant, or endangers something."""
    NOTE = "note"
    """Worth knowing; nothing has to be done."""


@frozen
class Edit:
    """A mechanical rewrite: the bytes from `start` to `end` of the file make way for `text`."""

    start: int
    end: int
    text: bytes


@frozen
class Finding:
    """One thing that was found. Lines and columns count from 1; column 0: the whole line."""

    file: bytes
    line: int
    severity: Severity
    code: str
    """A name for good, such as `unknown-key`: what documentation, filters and tests go by."""
    message: str
    remedy: str
    """What to do about it, in one sentence."""
    column: int = 0
    edits: tuple[Edit, ...] = field(default=(), eq=False)
    """What `--fix` does; empty where a human has to decide."""
