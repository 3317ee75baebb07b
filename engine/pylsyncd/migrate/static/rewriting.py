"""How rules propose other text: edits, the line that they make, and values as Lua writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pylsyncd.migrate.findings import Edit
from pylsyncd.migrate.luanodes import Field, Node, String
from pylsyncd.migrate.luasyntax import Chunk

_LONGEST: Final = 240
"""Characters of a remedy's code; more than that is no line that anybody reads."""


def shown(text: bytes) -> str:
    """Text for a message, on one line."""
    decoded = text.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in decoded)


def source(chunk: Chunk, node: Node) -> str:
    """The text of an expression, for a message: on one line, without comments, and not endless."""
    return _on_one_line(_without_comments(chunk, node.start, node.end))


def rewritten(chunk: Chunk, edits: Sequence[Edit]) -> str:
    """The lines that the edits touch, as they will be, on one line."""
    start = chunk.text.rfind(b"\n", 0, min(edit.start for edit in edits)) + 1
    end = chunk.text.find(b"\n", max(edit.end for edit in edits))
    end = len(chunk.text) if end < 0 else end
    pieces, position = [], start
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [_without_comments(chunk, position, edit.start), edit.text]
        position = edit.end
    return _on_one_line(b"".join([*pieces, _without_comments(chunk, position, end)])).rstrip(", ")


def holds_comment(chunk: Chunk, edit: Edit) -> bool:
    """Whether the edit would take a comment away."""
    return any(edit.start < end and start < edit.end for start, end in chunk.comments)


def replaced(node: Node, text: str) -> Edit:
    """The node makes way for the text."""
    return Edit(node.start, node.end, text.encode("utf-8", "surrogateescape"))


def removed(chunk: Chunk, node: Node) -> Edit:
    """An entry of a table goes, with the comma behind it, and its line if nothing else stands there."""
    text = chunk.text
    after = re.compile(rb"[ \t]*[,;]?[ \t]*").match(text, node.end)
    end = after.end() if after else node.end
    start = node.start
    indent = len(text[:start]) - len(text[:start].rstrip(b" \t"))
    if text[: start - indent].endswith(b"\n") and text[end : end + 1] == b"\n":
        return Edit(start - indent, end + 1, b"")
    return Edit(start, end, b"")


def renamed(field: Field, name: str) -> Edit:
    """An entry with another key, in brackets and quotes if it had them."""
    assert field.key is not None, "only entries with a key are renamed"  # noqa: S101 - what callers see to
    is_plain = field.key.end - field.key.start == len(field.name or "")
    return replaced(field.key, name if is_plain else lua_text(name.encode()))


def lua_text(text: bytes) -> str:
    """A string literal, in double quotes unless it holds some."""
    decoded = text.decode("utf-8", "surrogateescape")
    if '"' in decoded and "'" not in decoded and "\\" not in decoded and decoded.isprintable():
        return f"'{decoded}'"
    escaped = decoded.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'.replace("\0", "\\0")


def lua_list(texts: Iterable[bytes]) -> str:
    """A list of string literals."""
    return "{ " + ", ".join(map(lua_text, texts)) + " }"


def items(node: Node | None) -> list[bytes]:
    """The texts of a string, or of a table's list."""
    if isinstance(node, String):
        return [node.value]
    return [one.value for one in item_nodes(node)]


def item_nodes(node: Node | None) -> list[String]:
    """A string, or the strings in a table's list."""
    if isinstance(node, String):
        return [node]
    fields: Sequence[Field] = getattr(node, "fields", ())
    return [field.value for field in fields if field.key is None and isinstance(field.value, String)]


def _without_comments(chunk: Chunk, start: int, end: int) -> bytes:
    pieces, position = [], start
    for first, last in chunk.comments:
        if position <= first < end:
            pieces.append(chunk.text[position:first])
            position = min(last, end)
    return b" ".join([*pieces, chunk.text[position:end]])


def _on_one_line(code: bytes) -> str:
    text = shown(b" ".join(code.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
