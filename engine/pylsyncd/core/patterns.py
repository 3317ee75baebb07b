"""Which paths a sync leaves alone: excludes and filter rules (spec 3.2), and the files that hold them.

A pattern hides a path when it matches it, or any directory above it, to the end of a segment. The
same patterns go to rsync at start-up, which reads brackets its own way; here they are literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WILDCARDS: Final = re.compile(rb"\*\*|\*|\?")
_MEANINGS: Final = {b"**": b".*", b"*": b"[^/]*", b"?": b"[^/]"}

_DIRECTORY: Final = rb"(?<=./)"
"""Here a directory's path ends, and not that of the root, which nothing hides."""

_END: Final = rb"(?:/|\Z|" + _DIRECTORY + rb")"
"""Here a segment ends, or a directory's path: `foo/*` hides `/foo/` too, as `*` may be nothing."""

_RULE: Final = re.compile(rb"\s*([+-])\s*(.*)", re.DOTALL)

_CACHED_DIRECTORIES: Final = 100_000
"""Directories whose verdict is kept, at some 150 bytes each; then the cache starts again."""


class PatternError(ValueError):
    """A filter rule that cannot be read; the text names the rule and the remedy."""


class Patterns:
    """The excludes and filter rules of one sync, compiled once until they change.

    For each path and each directory above it the first filter rule that matches decides, and only
    without one the excludes do. A path is hidden when it is, or any directory above it.
    """

    def __init__(self, excludes: Iterable[bytes], filters: Iterable[bytes]) -> None:
        self._excludes = tuple(dict.fromkeys(pattern for pattern in excludes if pattern))
        self._filters = tuple(filters)
        self._verdicts: dict[bytes, bool] = {}
        self._compile()

    @property
    def excludes(self) -> tuple[bytes, ...]:
        """The exclude patterns in order, each once, without empty ones."""
        return self._excludes

    @property
    def filters(self) -> tuple[bytes, ...]:
        """The filter rules as they were given, in order."""
        return self._filters

    @property
    def hide_nothing(self) -> bool:
        """Whether there are none."""
        return not self._rules and self._excluded is None

    def add_exclude(self, pattern: bytes) -> None:
        """Hide also what this pattern matches, from now on; the empty one is none, as for rsync."""
        if pattern and pattern not in self._excludes:
            self._excludes = (*self._excludes, pattern)
            self._compile()

    def remove_exclude(self, pattern: bytes) -> None:
        """Take back an exclude; one that is not there is as good as taken back."""
        if pattern in self._excludes:
            self._excludes = tuple(kept for kept in self._excludes if kept != pattern)
            self._compile()

    def append_filter(self, rule: bytes) -> None:
        """Ask this rule after all others. Raises `PatternError` and changes nothing if it is none."""
        parse_rule(rule)
        self._filters = (*self._filters, rule)
        self._compile()

    def hides(self, path: bytes) -> bool:
        """Whether to leave a path alone; it begins with `/`, and ends with `/` for a directory."""
        if len(path) <= 1:
            return False
        above = path[: path.rindex(b"/", 0, len(path) - 1) + 1]
        return self._hides_directory(above) or self.hit(path)

    def _hides_directory(self, path: bytes) -> bool:
        """As `hides`, for a directory. Looks upwards to the first known one, then down again."""
        unknown = []
        verdict = self._verdicts.get(path)
        while verdict is None:
            unknown.append(path)
            path = path[: path.rindex(b"/", 0, len(path) - 1) + 1]
            verdict = self._verdicts.get(path)
        for directory in reversed(unknown):
            verdict = verdict or self.hit(directory)
            self._remember(directory, verdict)
        return verdict

    def _remember(self, directory: bytes, verdict: bool) -> None:  # noqa: FBT001  # a verdict is a boolean
        if len(self._verdicts) >= _CACHED_DIRECTORIES:
            self._verdicts = {b"/": False}
        self._verdicts[directory] = verdict

    def hit(self, path: bytes) -> bool:
        """Whether the rules hide this very path, whatever they say of those above."""
        for hides, matches in self._rules:
            if matches(path):
                return hides
        return self._excluded is not None and self._excluded(path) is not None

    def _compile(self) -> None:
        rules = [parse_rule(rule) for rule in self._filters]
        self._rules = [(hides, re.compile(_translate(pattern), re.DOTALL).search) for hides, pattern in rules]
        bodies = b"|".join(_translate(pattern) for pattern in self._excludes)
        self._excluded = re.compile(bodies, re.DOTALL).search if self._excludes else None
        self._verdicts = {b"/": False}


def matches(pattern: bytes, path: bytes) -> bool:
    """Whether a pattern speaks of this very path, whatever it says of those above."""
    return re.search(_translate(pattern), path, re.DOTALL) is not None


def parse_rule(rule: bytes) -> tuple[bool, bytes]:
    """Read a filter rule: whether it hides, and its pattern. Raises `PatternError`.

    As in Lsyncd the space behind the sign may be missing, or be several.
    """
    found = _RULE.fullmatch(rule)
    if found is None:
        shown = rule.decode("utf-8", "backslashreplace")
        remedy = f'write "- {shown}" to leave such paths out, "+ {shown}" to let them in'
        message = f'Unknown filter rule: "{shown}" ({remedy})'
        raise PatternError(message)
    return found[1] == b"-", found[2]


def parse_exclude_file(content: bytes) -> tuple[bytes, ...]:
    """Read the patterns of an `excludeFrom` file, one a line.

    Space before a line's text is dropped, space behind it belongs to the pattern. Blank lines and
    those that begin with `#` or `+` say nothing; a leading `-`, and space behind that, is dropped.
    """
    patterns = (
        line.removeprefix(b"-").lstrip() if line.startswith(b"-") else line
        for line in _lines(content)
        if not line.startswith(b"+")
    )
    return tuple(pattern for pattern in patterns if pattern)


def parse_filter_file(content: bytes) -> tuple[bytes, ...]:
    """Read the rules of a `filterFrom` file, one a line; blank ones and `#` lines say nothing."""
    return tuple(_lines(content))


def _lines(content: bytes) -> list[bytes]:
    """Split into lines without indentation, blank lines and comments.

    A carriage return at a line's end goes, as rsync has it (Lsyncd keeps it, and never matches).
    """
    lines = (line.removesuffix(b"\r").lstrip() for line in content.split(b"\n"))
    return [line for line in lines if line and not line.startswith(b"#")]


def _translate(pattern: bytes) -> bytes:
    """Write a pattern as a regular expression to be searched for in a path."""
    start = rb"\A" if pattern.startswith(b"/") else b"/"
    end = _DIRECTORY if pattern.endswith(b"/") else _END
    body, at = b"", 0
    for wildcard in _WILDCARDS.finditer(pattern):
        body += re.escape(pattern[at : wildcard.start()]) + _MEANINGS[wildcard[0]]
        at = wildcard.end()
    return start + body + re.escape(pattern[at:]) + end
