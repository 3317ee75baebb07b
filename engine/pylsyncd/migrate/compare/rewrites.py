"""What turns Lsyncd's call into pylsyncd's, a row of `docs/differences.md` each. Pure.

A rewrite gives both calls in a form in which that one difference is gone, or None where it does not
apply. A pair is explained when some of them, one after the other, make it equal: `explain`.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Sequence
from typing import Final

from attrs import evolve

from pylsyncd.migrate.compare.log import Call
from pylsyncd.migrate.compare.rows import Row

Pair = tuple[Call, Call]
Rewrite = Callable[[Call, Call], Pair | None]

_NETWORK: Final = (b"/usr/bin/rsync", b"/usr/bin/ssh")
_LOCAL: Final = (b"/bin/cp", b"/bin/mv", b"/bin/rm", b"/bin/mkdir")


def explain(theirs: Call, ours: Call) -> tuple[Row, ...] | None:
    """The rows by which the two differ; None if they differ in more than that."""
    rows = _rows_to_equal(theirs, ours, frozenset(Row))
    if rows is None:
        return None
    needed = set(rows)
    for row in rows:  # sorting both sides is no difference where they are sorted already
        if _rows_to_equal(theirs, ours, frozenset(needed - {row})) is not None:
            needed.remove(row)
    return tuple(row for row in rows if row in needed)


def _rows_to_equal(theirs: Call, ours: Call, allowed: frozenset[Row]) -> tuple[Row, ...] | None:
    rows: list[Row] = []
    for row, rewrite in REWRITES:
        found = rewrite(theirs, ours) if row in allowed and theirs != ours else None
        if found is not None and found != (theirs, ours):
            theirs, ours = found
            rows.append(row)
    return tuple(dict.fromkeys(rows)) if theirs == ours else None


def _programs(known: Sequence[bytes]) -> Rewrite:
    """Their absolute path where ours has the name alone: the program, or one in its arguments."""

    def rewrite(theirs: Call, ours: Call) -> Pair | None:
        if len(theirs.argv) != len(ours.argv):
            words = zip(theirs.argv[:1], ours.argv[:1], strict=True)
            rest = theirs.argv[1:]
        else:
            words, rest = zip(theirs.argv, ours.argv, strict=True), ()
        named = (name if path in known and os.path.basename(path) == name else path for path, name in words)
        return evolve(theirs, argv=(*named, *rest)), ours

    return rewrite


def _relative_target(theirs: Call, ours: Call) -> Pair | None:
    if not (theirs.argv and ours.argv and ours.argv[-1].startswith(b"/")):
        return None
    target = theirs.argv[-1]
    if target[:1] in {b"/", b"-", b""} or not ours.argv[-1].endswith(b"/" + target):
        return None
    return evolve(theirs, argv=(*theirs.argv[:-1], ours.argv[-1])), ours


def _remote_shell_program(theirs: Call, ours: Call) -> Pair | None:
    argv = tuple(re.sub(rb"^--rsh=/usr/bin/ssh\b", b"--rsh=ssh", word) for word in theirs.argv)
    return evolve(theirs, argv=argv), ours


def _is_shell(call: Call) -> bool:
    return len(call.argv) >= 3 and os.path.basename(call.argv[0]) == b"sh" and call.argv[1] == b"-c"  # noqa: PLR2004 - sh -c SCRIPT


def _shell(theirs: Call, ours: Call) -> Pair | None:
    if not (_is_shell(theirs) and _is_shell(ours) and theirs.argv[0] == b"/bin/sh" and ours.argv[0] == b"sh"):
        return None
    _, option, script, *arguments = theirs.argv
    if arguments[:1] == [b"/bin/sh"]:
        arguments[0] = b"sh"
    return evolve(theirs, argv=(b"sh", option, script, *arguments)), ours


def _programs_of_script(theirs: Call, ours: Call) -> Pair | None:
    if not (_is_shell(theirs) and _is_shell(ours)):
        return None
    script = re.sub(rb"(?<![\w/])/bin/(cp|mv|rm|mkdir)\b", rb"\1", theirs.argv[2])
    return (_with_script(theirs, script), ours) if b" -- " in script else None


def _with_script(call: Call, script: bytes) -> Call:
    return evolve(call, argv=(*call.argv[:2], script, *call.argv[3:]))


_PARAMETER: Final = re.compile(rb"""(['"]*)\$\{?(\d+)\}?(['"]*)""")
_WITH_DIR: Final = re.compile(rb"""(['"]*)\$\{?(\d+)\}?(['"]*)(dir\b)?""")
"""Lsyncd 2.2.3 knows no ^o.pathdir: it takes it for ^o.path with the word `dir` behind it."""


def _filled_in(call: Call, pattern: re.Pattern[bytes]) -> Call:
    """A script with values in the place of their numbers, and behind it those that have no place in it."""
    values = dict(enumerate(call.argv[3:]))

    def value(found: re.Match[bytes]) -> bytes:
        path = values.get(int(found[2]), b"")
        if pattern is _WITH_DIR and found[4]:
            path = path.rstrip(b"/").rpartition(b"/")[0] + b"/" if b"/" in path.rstrip(b"/") else b""
        return b"\0" + path + b"\0"

    used = {int(number) for _, number, _ in _PARAMETER.findall(call.argv[2])}
    idle = sorted(one for number, one in values.items() if number not in used)
    return evolve(call, argv=(*call.argv[:2], pattern.sub(value, call.argv[2]), *idle))


def _parameters(
    applies: Callable[[Call, Call], bool], pattern_of_theirs: re.Pattern[bytes] = _PARAMETER
) -> Rewrite:
    def rewrite(theirs: Call, ours: Call) -> Pair | None:
        if not (_is_shell(theirs) and _is_shell(ours) and applies(theirs, ours)):
            return None
        pair = _filled_in(theirs, pattern_of_theirs), _filled_in(ours, _PARAMETER)
        return pair if pair[0] == pair[1] else None

    return rewrite


def _has_ten(theirs: Call, _ours: Call) -> bool:
    return any(int(number) >= 10 for _, number, _ in _PARAMETER.findall(theirs.argv[2]))  # noqa: PLR2004 - as sh(1) reads it


def _has_other_quotes(theirs: Call, ours: Call) -> bool:
    return _quotes(theirs) != _quotes(ours)


def _quotes(call: Call) -> list[tuple[bytes, bytes]]:
    return [(before, after) for before, _, after in _PARAMETER.findall(call.argv[2])]


def _has_dir(theirs: Call, _ours: Call) -> bool:
    return any(end for *_, end in _WITH_DIR.findall(theirs.argv[2]))


def _any(_theirs: Call, _ours: Call) -> bool:
    return True


def _listing_order(theirs: Call, ours: Call) -> Pair | None:
    """All rules say what to take along: their order means nothing."""

    def ordered(call: Call) -> Call:
        if call.stdin is None or b"--include-from=-" not in call.argv:
            return call
        return evolve(call, stdin=b"\0".join(sorted(call.stdin.split(b"\0"))))

    return ordered(theirs), ordered(ours)


def _exclude_order(theirs: Call, ours: Call) -> Pair | None:
    """Filters come in order and excludes behind them in any; among excludes alone order means nothing."""
    if b"--filter=. -" not in theirs.argv or theirs.stdin is None or ours.stdin is None:
        return None
    first, second = theirs.stdin.split(b"\n"), ours.stdin.split(b"\n")
    pairs = zip(first, second, strict=False)
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    rest = first[same:]
    if sorted(rest) != sorted(second[same:]) or not all(line.startswith(b"- ") for line in rest):
        return None
    return evolve(theirs, stdin=ours.stdin), ours


_ESCAPED: Final = re.compile(rb"\\([*?\[\]])")
_WILDCARD: Final = re.compile(rb"[*?\[]")
_TO_ESCAPE: Final = re.compile(rb"[*?\[\]\\]")


def _rules_escaped(theirs: Call, ours: Call) -> Pair | None:
    """Lsyncd's rules as rsync would have to get them."""
    if b"--include-from=-" not in theirs.argv or theirs.stdin is None:
        return None
    return evolve(theirs, stdin=b"\0".join(map(_well_escaped, theirs.stdin.split(b"\0")))), ours


def _well_escaped(rule: bytes) -> bytes:
    """Lsyncd escapes no backslash; rsync wants all escaped or, in a rule without wildcards, none."""
    suffix = b"***" if rule.endswith(b"/***") else b""
    path = _ESCAPED.sub(rb"\1", rule.removesuffix(suffix))
    if not suffix and not _WILDCARD.search(path):
        return path
    return _TO_ESCAPE.sub(rb"\\\g<0>", path) + suffix


def _empty_filter(theirs: Call, ours: Call) -> Pair | None:
    if b"--filter=. -" not in theirs.argv or b"--filter=. -" in ours.argv or theirs.stdin is None:
        return None
    lines = [line.removeprefix(b"- ") for line in theirs.stdin.split(b"\n") if line]
    argv = [b"--exclude-from=-" if word == b"--filter=. -" else word for word in theirs.argv]
    if not lines:
        argv.remove(b"--exclude-from=-")
    return evolve(theirs, argv=tuple(argv), stdin=b"\n".join(sorted(lines)) if lines else None), ours


def _exclude_comments(theirs: Call, ours: Call) -> Pair | None:
    if b"--exclude-from=-" not in ours.argv or ours.stdin is None:
        return None
    lines = [line[2:] if re.match(rb"- ([#;]|!$)", line) else line for line in ours.stdin.split(b"\n")]
    return theirs, evolve(ours, stdin=b"\n".join(sorted(lines)))


def _told_failure(theirs: Call, ours: Call) -> Pair | None:
    """`[ -d DESTINATION ] && exit 1 ||` in front of Lsyncd's command, `| false` behind it."""
    if ours.argv[-2:] != (b"|", b"false"):
        return None
    argv = ours.argv[:-2]
    start = next((i for i, word in enumerate(argv) if word == b"[" and argv[i + 8 : i + 9] == (b"mv",)), None)
    if start is not None:
        argv = argv[:start] + argv[start + 8 :]
    return theirs, evolve(ours, argv=argv)


_SHARING: Final = re.compile(
    rb" -o ControlMaster=auto -o ControlPersist=60 -o ServerAliveInterval=15 -o ControlPath=[^ ]+"
)


def _shared_connection(theirs: Call, ours: Call) -> Pair | None:
    """Ours has options for that, as words or in a --rsh, which may be there for nothing else."""
    argv: list[bytes] = []
    for word in ours.argv:
        plain = _SHARING.sub(b"", word) if word.startswith(b"--rsh=") else word
        if plain == word or (plain != b"--rsh=ssh" and plain not in argv):
            argv.append(plain)
    return theirs, evolve(ours, argv=_without_sharing(argv))


def _without_sharing(argv: list[bytes]) -> tuple[bytes, ...]:
    """The words without the eight that let calls share a connection."""
    for start in range(len(argv) - 7):
        if _SHARING.fullmatch(b" " + b" ".join(argv[start : start + 8])):
            return (*argv[:start], *argv[start + 8 :])
    return tuple(argv)


def _sorted_options(words: Sequence[bytes]) -> list[bytes]:
    """Words with the values of `-o` in order."""
    values = iter(sorted(words[i + 1] for i, word in enumerate(words[:-1]) if word == b"-o"))
    return [next(values) if i and words[i - 1] == b"-o" else word for i, word in enumerate(words)]


def _ssh_options(theirs: Call, ours: Call) -> Pair | None:
    def ordered(call: Call) -> Call:
        words = [
            b" ".join(_sorted_options(word.split(b" "))) if word.startswith(b"--rsh=") else word
            for word in call.argv
        ]
        return evolve(call, argv=tuple(_sorted_options(words)))

    return ordered(theirs), ordered(ours)


def _ssh_extra(theirs: Call, ours: Call) -> Pair | None:
    """Ours has more words in --rsh, or has one at all."""
    shells = [
        next((word for word in call.argv if word.startswith(b"--rsh=")), None) for call in (theirs, ours)
    ]
    if shells[1] is None or not shells[1].startswith(shells[0] or b"--rsh=ssh "):
        return None
    return _without_shell(theirs), _without_shell(ours)


def _without_shell(call: Call) -> Call:
    return evolve(call, argv=tuple(word for word in call.argv if not word.startswith(b"--rsh=")))


def _own_shell(theirs: Call, ours: Call) -> Pair | None:
    """A move goes through what `rsync.rsh` says, where Lsyncd runs a bare ssh."""
    if os.path.basename(theirs.argv[0]) != b"ssh" or theirs.argv[2:3] != (b"mv",):
        return None
    host = theirs.argv[1]
    if host not in ours.argv[2:]:
        return None
    return theirs, evolve(ours, argv=(theirs.argv[0], *ours.argv[ours.argv.index(host) :]))


def _copied_as_it_is(theirs: Call, ours: Call) -> Pair | None:
    if ours.argv[:2] != (b"cp", b"-pPR") or theirs.argv[1:2] != (b"-p",):
        return None
    return theirs, evolve(ours, argv=(b"cp", b"-p", *ours.argv[2:]))


def _removed_first(theirs: Call, ours: Call) -> Pair | None:
    """`rm` without the slash, where the target is no directory; or before another command."""
    if theirs.argv[0] == ours.argv[0] == b"rm":
        return evolve(theirs, argv=(*theirs.argv[:-1], theirs.argv[-1].rstrip(b"/"))), ours
    if _is_shell(ours) and b'shift && exec "$@"' in ours.argv[2]:
        return theirs, evolve(ours, argv=ours.argv[5:])
    return None


def _moved_onto(theirs: Call, ours: Call) -> Pair | None:
    if not (_is_shell(ours) and ours.argv[2].startswith(b'rm -rf -- "$2" && mv -T')):
        return None
    script = ours.argv[2].replace(b'rm -rf -- "$2" && mv -T', b"mv")
    return theirs, _with_script(ours, script)


REWRITES: Final[Sequence[tuple[Row, Rewrite]]] = (
    (Row.SSH_MULTIPLEX, _shared_connection),
    (Row.RSYNCSSH_RSH, _own_shell),
    (Row.BINARY, _programs(_NETWORK)),
    (Row.BINARY, _remote_shell_program),
    (Row.DIRECT_PROGRAMS, _programs(_LOCAL)),
    (Row.RELATIVE_TARGET, _relative_target),
    (Row.SHELL, _shell),
    (Row.DIRECT_PROGRAMS, _programs_of_script),
    (Row.DIRECT_LINKS, _copied_as_it_is),
    (Row.DIRECT_MOVE_ONTO, _moved_onto),
    (Row.DIRECT_KIND, _removed_first),
    (Row.RSYNCSSH_MOVE, _told_failure),
    (Row.SSH_OPTIONS, _ssh_options),
    (Row.SSH_EXTRA, _ssh_extra),
    (Row.ORIGIN_PATHDIR, _parameters(_has_dir, _WITH_DIR)),
    (Row.TENTH_PARAMETER, _parameters(_has_ten)),
    (Row.QUOTED_VARIABLE, _parameters(_has_other_quotes)),
    (Row.PARAMETER_ORDER, _parameters(_any)),
    (Row.EMPTY_FILTER, _empty_filter),
    (Row.EXCLUDE_COMMENT, _exclude_comments),
    (Row.EXCLUDE_ORDER, _exclude_order),
    (Row.RULE_ESCAPES, _rules_escaped),
    (Row.LISTING_ORDER, _listing_order),
)
"""The order in which they are tried: programs first, then what is in the arguments, then the input."""
