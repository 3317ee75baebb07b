r"""Words of a line, with any byte in them: how steps are written, and how commands are shown.

A word stands bare, or in double quotes; in quotes `\n`, `\t`, `\"`, `\\` and `\xHH` stand for
one byte each.
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"(?=\s|$)|(?P<bare>[^\s"#][^\s"]*)(?=\s|$)|(?P<remark>\#.*)|(?P<end>$))"""
)
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)")
_MOST_SHOWN: Final = 60
_PLAIN: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_SHORT: Final = {plain: f"\\{letter}" for letter, plain in _PLAIN.items()}


class WordsError(ValueError):
    """A line that cannot be taken apart; the text says why."""


def split(line: str) -> list[bytes]:
    """The words of a line, without a remark that begins with `#`. Raises WordsError."""
    words = []
    position = 0
    while position < len(line):
        found = _WORD.match(line, position)
        if found is None:
            message = f"a quote without an end, or in the middle of a word: {_shown(line[position:].strip())}"
            raise WordsError(message)
        position = found.end()
        if found["quoted"] is not None:
            words.append(_unescaped(found["quoted"]))
        elif found["bare"] is not None:
            words.append(found["bare"].encode("utf-8", "surrogateescape"))
    return words


def quote(word: bytes) -> str:
    """The word as `split` reads it back; bare where that can be."""
    text = word.decode("utf-8", "surrogateescape")
    if text and text.isprintable() and not re.search(r'[\s"\\]|^#', text):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def join(words: tuple[bytes, ...]) -> str:
    """A line of words."""
    return " ".join(map(quote, words))


def _shown(text: str) -> str:
    """The beginning of a text that may hold anything, on one line."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text[:_MOST_SHOWN])


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def _unescaped(text: str) -> bytes:
    parts = []
    position = 0
    for found in _ESCAPE.finditer(text):
        parts.append(text[position : found.start()].encode("utf-8", "surrogateescape"))
        parts.append(_byte(found[1]))
        position = found.end()
    parts.append(text[position:].encode("utf-8", "surrogateescape"))
    return b"".join(parts)


def _byte(escape: str) -> bytes:
    if len(escape) > 1:
        return bytes.fromhex(escape[1:])
    if escape not in _PLAIN:
        known = " ".join(_SHORT.values())
        message = f"\\{escape} stands for nothing; in quotes there are {known} and \\xHH"
        raise WordsError(message)
    return _PLAIN[escape].encode()
