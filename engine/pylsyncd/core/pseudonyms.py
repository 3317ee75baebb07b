"""Meaningless words in the place of names, for which all filters say the same as for the names.

A name gets the same word wherever it stands. Readable stay the names that a piece of a pattern speaks
of, since verdicts hang on them, and the names in the paths of sources. Who has not the key cannot tell
which names the words stand for, nor whether a guess is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from attrs import evolve

from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.model import (
    Command,
    Listed,
    Looked,
    Record,
    ScanFailed,
    ScanResult,
    SyncConfig,
    TunnelConfig,
)
from pylsyncd.core.patterns import parse_rule

_PREFIX: Final = b"="
"""Shows that a word stands for a name; rare in names, and in patterns."""
_NUMBERED: Final = re.compile(rb"\d+ (moved|missing|blocked|failed)\n")
_TRIES: Final = 20
"""Words are made until no pattern speaks of one; with very general patterns there is none."""
_REMEMBERED: Final = 100_000
"""Names whose words are kept at hand, at some 200 bytes each."""


class Pseudonyms:
    """The words for all names; `key` is a secret of up to 64 bytes."""

    def __init__(self, key: bytes, syncs: Sequence[SyncConfig]) -> None:
        self._key = key
        self._readable: set[bytes] = set()
        self._pieces: list[re.Pattern[bytes]] = []
        self.name = lru_cache(_REMEMBERED)(self._name)
        self.learn(syncs)

    def learn(self, syncs: Sequence[SyncConfig]) -> None:
        """There are these syncs, from the start or since HUP; see `pattern` for what had a word before."""
        self._readable |= {name for sync in syncs for name in sync.source.split(b"/")}
        patterns = [pattern for sync in syncs for pattern in sync.excludes]
        patterns += [parse_rule(rule)[1] for sync in syncs for rule in sync.filters]
        pieces = map(re.compile, dict.fromkeys(_pieces(patterns)))
        self._pieces += [piece for piece in pieces if piece not in self._pieces]
        self.name.cache_clear()

    def path(self, path: bytes) -> bytes:
        """A path, part for part; stars alone are no name."""
        return b"/".join(part if part.strip(b"*") == b"" else self.name(part) for part in path.split(b"/"))

    def pattern(self, pattern: bytes) -> bytes:
        """A pattern that comes later: its plain parts are names; what the others speak of is readable now.

        A name of that kind had a word before, which may lead the machine another way: see `core/shadow.py`.
        """
        parts = pattern.split(b"/")
        hidden = b"/".join(part if _is_wild(part) else self.name(part) for part in parts)
        pieces = map(re.compile, _pieces(filter(_is_wild, parts)))
        new = [piece for piece in pieces if piece not in self._pieces]
        if new:
            self._pieces += new
            self.name.cache_clear()
        return hidden

    def rule(self, rule: bytes) -> bytes:
        """A filter rule that came later."""
        pattern = parse_rule(rule)[1]
        return rule[: len(rule) - len(pattern)] + self.pattern(pattern)

    def command(self, command: Command) -> Command:
        """The program's name stays."""
        program, words = command.argv[:1], command.argv[1:]
        stdin = None if command.stdin is None else self._items(command.stdin)
        return evolve(command, argv=program + self.words(words), stdin=stdin)

    def words(self, words: Iterable[bytes]) -> tuple[bytes, ...]:
        """Arguments: absolute paths part for part, all others as wholes."""
        return tuple(self.path(word) if word.startswith(b"/") else self._word(word) for word in words)

    def _items(self, stdin: bytes) -> bytes:
        end = b"\0" if b"\0" in stdin else b"\n"
        return end.join(map(self.path, stdin.split(end)))

    def _name(self, name: bytes) -> bytes:
        if not name or name in self._readable or self._is_spoken_of(name):
            return name
        for number in range(_TRIES):
            word = self._word(name, number)
            if not self._is_spoken_of(word):
                return word
        return name

    def _word(self, text: bytes, number: int = 0) -> bytes:
        if not text:
            return text
        digest = blake2b(text, key=self._key, salt=b"%d" % number, digest_size=8)
        return _PREFIX + digest.hexdigest().encode()

    def _is_spoken_of(self, name: bytes) -> bool:
        return any(piece.search(name) for piece in self._pieces)


def hide(happened: i.Input, names: Pseudonyms) -> i.Input:  # noqa: C901, PLR0911 - one case an input
    """The same input with the names' words."""
    match happened:
        case i.Started(tunnels=tunnels) | i.Reloaded(tunnels=tunnels):
            return evolve(happened, tunnels=tuple(_hide_tunnel(one, names) for one in tunnels))
        case i.WatchRecords() | i.DirectoriesScanned() | i.DirectoriesLooked():
            return _hide_of_kernel(happened, names)
        case i.SpawnRequested(command=command, rest=rest):
            return evolve(happened, command=names.command(command), rest=tuple(map(names.command, rest)))
        case i.FullRequested(path=path):
            return evolve(happened, path=names.path(path))
        case i.ExcludeAdded(pattern=pattern) | i.ExcludeRemoved(pattern=pattern):
            return evolve(happened, pattern=names.pattern(pattern))
        case i.FilterAppended(rule=rule):
            return evolve(happened, rule=names.rule(rule))
        case i.ProcessEnded(end=end) if end.answer is not None:
            return evolve(happened, end=evolve(end, answer=_numbers_in(end.answer)))
        case i.ScriptFailed():
            return evolve(happened, message=b"(hidden)")
        case _:  # no other one holds a name
            return happened


def _hide_of_kernel(
    happened: i.WatchRecords | i.DirectoriesScanned | i.DirectoriesLooked, names: Pseudonyms
) -> i.Input:
    match happened:
        case i.WatchRecords(_, records):
            return evolve(happened, records=tuple(_hide_record(one, names) for one in records))
        case i.DirectoriesScanned(results=results):
            return evolve(happened, results=tuple(_hide_result(one, names) for one in results))
        case i.DirectoriesLooked(results=looked):
            return evolve(happened, results=tuple(_hide_looked(one, names) for one in looked))


def _hide_record(record: Record, names: Pseudonyms) -> Record:
    spell = names.path if record.mask == masks.MEET else names.name
    return evolve(record, name=spell(record.name))


def _hide_tunnel(tunnel: TunnelConfig, names: Pseudonyms) -> TunnelConfig:
    command, check = (words[:1] + names.words(words[1:]) for words in (tunnel.command, tunnel.check_command))
    return evolve(tunnel, command=command, check_command=check)


def _hide_looked(looked: Looked, names: Pseudonyms) -> Looked:
    entries = looked.entries
    if entries is not None:
        entries = tuple(evolve(one, name=names.name(one.name)) for one in entries)
    return evolve(looked, path=names.path(looked.path), entries=entries)


def _hide_result(result: ScanResult, names: Pseudonyms) -> ScanResult:
    match result:
        case ScanFailed(path, errno):
            return ScanFailed(names.path(path), errno)
        case Listed(path, wd, directories, files):
            walk = sorted((*directories, *files))
            return Listed(
                names.path(path),
                wd,
                tuple(map(names.name, directories)),
                tuple(map(names.name, files)),
                tuple(map(names.name, walk)),
                is_whole=result.is_whole,
            )


def _numbers_in(answer: bytes) -> bytes:
    """The lines that the default library reads, a number and a plain word; others may hold anything."""
    return b"".join(line for line in answer.splitlines(keepends=True) if _NUMBERED.fullmatch(line))


def _pieces(patterns: Iterable[bytes]) -> Iterable[bytes]:
    """Regular expressions for what one name has to be like, or to hold, to count for a pattern."""
    for pattern in patterns:
        for part in pattern.split(b"/"):
            inner = part.split(b"**")
            start, end = (rb"\A", rb"\Z") if len(inner) == 1 else (b"", b"")
            for piece in inner:
                if piece.strip(b"*"):
                    yield b"(?s)" + start + _expression(piece) + end


def _is_wild(part: bytes) -> bool:
    return b"*" in part or b"?" in part


def _expression(piece: bytes) -> bytes:
    meanings = {b"*": b".*", b"?": b"."}
    return b"".join(meanings.get(one) or re.escape(one) for one in re.split(rb"([*?])", piece))
