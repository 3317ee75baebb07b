"""What a rule of the static half of `check` is: a row of a table, with the function that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from pylsyncd.migrate.findings import Edit, Severity
from pylsyncd.migrate.static.config import Config


@frozen
class Found:
    """One place where a rule is broken."""

    at: int
    """Where: bytes from the start of the file."""
    message: str
    remedy: str
    edits: tuple[Edit, ...] = ()


@frozen
class Rule:
    """One kind of finding."""

    code: str
    severity: Severity
    what: str
    """What it finds, for the manual."""
    remedy: str
    """What to do about it, for the manual."""
    check: Callable[[Config], Iterator[Found]]
