"""rsync's include and exclude rules, as far as the daemon uses them (rsync(1), "FILTER RULES")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from re import Pattern
from typing import Final

from attrs import frozen

_TOKEN: Final = re.compile(rb"\\.|\*\*|\*|\?|\[(?:\\.|[^\]\\])+\]|.", re.DOTALL)
_OF_CLASS: Final = re.compile(rb"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)
_WILDCARD: Final = re.compile(rb"[*?[]")
_MEANINGS: Final = {b"**": b".*", b"*": b"[^/]*", b"?": b"[^/]"}


@frozen
class Rule:
    """A pattern that lets in what it matches, or keeps it out."""

    is_include: bool
    matches: Pattern[bytes]
    is_of_directories: bool
    is_of_all_below: bool


@frozen
class Rules:
    """The first rule that matches decides; what none matches is let in."""

    rules: tuple[Rule, ...]

    def hide(self, path: bytes, *, is_directory: bool) -> bool:
        """Whether to leave out a path, which begins with `/`; those above it are asked before."""
        for rule in self.rules:
            if is_directory or not rule.is_of_directories:
                asked = path + b"/" if rule.is_of_all_below and is_directory else path
                if rule.matches.search(asked):
                    return not rule.is_include
        return False


def read(lines: Iterable[bytes], *, is_include: bool) -> tuple[Rule, ...]:
    """Rules from a file: a sign in front of a pattern counts more than what the file is for."""
    return tuple(_rule(line, is_include=is_include) for line in lines if line)


@lru_cache(maxsize=4096)
def _rule(line: bytes, *, is_include: bool) -> Rule:
    if line[:2] in {b"+ ", b"- "}:
        return _rule(line[2:], is_include=line[:1] == b"+")
    if line.endswith(b"/***"):
        body, end = line[:-4], rb"/"  # a directory is asked about with a slash behind it then
    else:
        body, end = line.rstrip(b"/"), rb"\Z"
    start = rb"\A" if line.startswith(b"/") else rb"(?:\A|/)"
    return Rule(
        is_include,
        re.compile(start + _translated(body) + end, re.DOTALL),
        is_of_directories=line.endswith(b"/"),
        is_of_all_below=line.endswith(b"/***"),
    )


def _translated(body: bytes) -> bytes:
    if not _WILDCARD.search(body):
        return re.escape(body)  # in a rule without wildcards a backslash is a backslash
    return b"".join(_token(one) for one in _TOKEN.findall(body))


def _token(token: bytes) -> bytes:
    if token in _MEANINGS:
        return _MEANINGS[token]
    if token.startswith(b"["):
        return _class(token[1:-1]) if token.endswith(b"]") else rb"(?!)"
    return re.escape(token[1:] if token.startswith(b"\\") else token)


def _class(body: bytes) -> bytes:
    """One of these bytes, or none of them; never a slash."""
    is_negated = body.startswith(b"!")
    members: set[int] = set()
    for one in _OF_CLASS.finditer(body.removeprefix(b"!")):
        low, high = one[1][-1], (one[2] or one[1])[-1]
        members |= set(range(low, high + 1))
    meant = (set(range(256)) - members if is_negated else members) - {ord("/")}
    return b"[%b]" % b"".join(re.escape(bytes([byte])) for byte in sorted(meant)) if meant else rb"(?!)"
