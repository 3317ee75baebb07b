"""What rsync makes of the rules that it is started with (rsync(1), "PATTERN MATCHING RULES").

rsync asks about each directory on its way down, takes the first rule that matches, and does not
look into what is left out. Its patterns differ from ours in little, but in more than brackets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from attrs import frozen

from pylsyncd.migrate.explanation.rules import levels

_FILTERS: Final = b"--filter=. -"
"""How filter rules come in through standard input; excludes otherwise."""
_SIGNS: Final = (b"- ", b"+ ")
_REMARKS: Final = (b"#", b";")

_TOKEN: Final = re.compile(rb"\*\*|\*|\?|\[(?:[!^]?\]?(?:\\.|\[:\w+:\]|[^\]])*)\]|\\.|.", re.DOTALL)
_SIMPLE: Final = {b"**": b".*", b"*": b"[^/]*", b"?": b"[^/]"}
_CLASS: Final = {
    b"alpha": b"a-zA-Z", b"digit": b"0-9", b"alnum": b"a-zA-Z0-9", b"upper": b"A-Z", b"lower": b"a-z",
    b"space": rb"\s", b"xdigit": b"0-9a-fA-F", b"blank": rb" \t", b"punct": rb"!-/:-@\[-`{-~",
    b"cntrl": rb"\x00-\x1f\x7f", b"graph": b"!-~", b"print": b" -~",
}  # fmt: skip  # it is a table
_MEMBER: Final = re.compile(rb"\\?(.)(?:-\\?(.))?", re.DOTALL)
"""A byte or a range of bytes in brackets, each bare or behind a backslash."""
_NAMED: Final = re.compile(rb"\[:(\w+):\]")


@frozen
class Verdict:
    """What rsync does about a path."""

    takes: bool
    is_misread: bool = False
    """Whether `rule` is a filter rule that rsync refuses or takes for something else."""
    rule: bytes | None = None
    """The one that decides, as rsync reads it; None: none does."""
    level: bytes = b""
    """What is left out: the path or a directory above it."""


def is_whole_run(argv: Sequence[bytes], source: bytes) -> bool:
    """Whether a command looks like an rsync that goes over a whole source, save what is excluded."""
    return b"-r" in argv and source in argv and not any(word.startswith(b"--include-from") for word in argv)


def verdict(argv: Sequence[bytes], stdin: bytes | None, path: bytes) -> Verdict:
    """What an rsync that is started so makes of a path: relative to its source, with a `/` before it."""
    lines = _lines(argv, stdin or b"")
    strange = [line for line in lines if _FILTERS in argv and line[:2] not in _SIGNS]
    if strange:
        return Verdict(takes=False, is_misread=True, rule=strange[0], level=path)
    rules = _rules(lines)
    for level in levels(path):
        for takes, pattern in rules:
            if rsync_matches(pattern, level):
                if not takes:
                    return Verdict(takes=False, rule=pattern, level=level)
                if level == path:
                    return Verdict(takes=True, rule=pattern, level=level)
                break
    return Verdict(takes=True)


def _lines(argv: Sequence[bytes], stdin: bytes) -> list[bytes]:
    end = b"\0" if b"--from0" in argv else b"\n"
    return [line for line in stdin.split(end) if line and not (end == b"\n" and line[:1] in _REMARKS)]


def _rules(lines: Sequence[bytes]) -> list[tuple[bool, bytes]]:
    """The rules as rsync reads them: whether they take what they match, and the pattern."""
    rules: list[tuple[bool, bytes]] = []
    for line in lines:
        if line == b"!":
            rules.clear()
        elif line[:2] in _SIGNS:
            rules.append((line[:1] == b"+", line[2:]))
        else:
            rules.append((False, line))
    return rules


def rsync_matches(pattern: bytes, path: bytes) -> bool:
    """Whether a pattern matches this very path; directories end with `/`."""
    body, is_directory = path.rstrip(b"/"), path.endswith(b"/")
    if pattern.endswith(b"/***"):
        return rsync_matches(pattern[:-3], path) or rsync_matches(pattern[:-3] + b"**", path)
    if pattern.endswith(b"/") and not is_directory:
        return False
    wanted = pattern.rstrip(b"/") if len(pattern) > 1 else pattern
    has_wildcard = re.search(rb"[*?[]", wanted) is not None
    expression = _expression(wanted) if has_wildcard else re.escape(wanted)
    if wanted.startswith(b"/"):
        return re.fullmatch(expression, body, re.DOTALL) is not None
    if b"/" not in wanted and b"**" not in wanted:
        return re.fullmatch(expression, body[body.rindex(b"/") + 1 :], re.DOTALL) is not None
    return re.search(rb"(?<=/)(?:" + expression + rb")\Z", body, re.DOTALL) is not None


def _expression(pattern: bytes) -> bytes:
    return b"".join(map(_translated, _TOKEN.findall(pattern)))


def _translated(token: bytes) -> bytes:
    if token in _SIMPLE:
        return _SIMPLE[token]
    if token.startswith(b"[") and len(token) > 1:
        return _bracket(token[1:-1])
    return re.escape(token[1:] if token.startswith(b"\\") and len(token) > 1 else token)


def _bracket(inside: bytes) -> bytes:
    """A set of characters; it never matches a slash."""
    negated = inside[:1] in {b"!", b"^"}
    members = inside[1:] if negated else inside
    named = [_CLASS.get(name, b"") for name in _NAMED.findall(members)]
    everything = b"".join(map(_range, _MEMBER.finditer(_NAMED.sub(b"", members)))) + b"".join(named)
    return b"(?!/)[" + (b"^" if negated else b"") + everything + b"]" if everything else b"(?!)"


def _range(member: re.Match[bytes]) -> bytes:
    """A member as `re` has it; a range that ends before it begins holds nothing."""
    first, last = member[1], member[2] or member[1]
    return b"%b-%b" % (re.escape(first), re.escape(last)) if first <= last else b""
