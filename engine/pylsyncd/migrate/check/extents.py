"""How far the call goes that begins at a line: Lua names only its first line."""

from __future__ import annotations

from typing import Final

import tree_sitter
import tree_sitter_lua

_PARSER: Final = tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language()))
_CALL: Final = "function_call"


def extents(text: bytes) -> dict[int, int]:
    """The last line of the longest call by its first line, lines counted from 1."""
    found: dict[int, int] = {}
    pending = [_PARSER.parse(text).root_node]
    while pending:
        node = pending.pop()
        pending.extend(node.named_children)
        if node.type == _CALL:
            first, last = node.start_point.row + 1, node.end_point.row + 1
            found[first] = max(found.get(first, 0), last)
    return found
