"""How far what begins at a line goes: Lua names the first line of a call, and the last of an assignment."""

from __future__ import annotations

from pylsyncd.migrate.luanodes import Assignment, Call, Local
from pylsyncd.migrate.luasyntax import parse


def extents(text: bytes) -> dict[int, int]:
    """The last line of the longest call or assignment by its first line, lines counted from 1."""
    chunk = parse(text)
    found: dict[int, int] = {}
    for node in chunk.nodes:
        if isinstance(node, Call | Assignment | Local):
            first, last = chunk.position(node.start)[0], chunk.position(node.end - 1)[0]
            found[first] = max(found.get(first, 0), last)
    return found
