"""How far what begins at a line goes: Lua names the first line of a call, and the last of an assignment."""

from __future__ import annotations

from typing import Final

import tree_sitter
import tree_sitter_lua

_PARSER: Final = tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language()))
_KINDS: Final = frozenset({"function_call", "assignment_statement"})


def extents(text: bytes) -> dict[int, int]:
    """The last line of the longest call or assignment by its first line, lines counted from 1."""
    found: dict[int, int] = {}
    pending = [_PARSER.parse(text).root_node]
    while pending:
        node = pending.pop()
        pending.extend(node.named_children)
        if node.type in _KINDS:
            first, last = node.start_point.row + 1, node.end_point.row + 1
            found[first] = max(found.get(first, 0), last)
    return found
