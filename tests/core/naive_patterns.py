"""The pattern language of spec 3.2, matched byte by byte: the twin of `patterns.Patterns`."""

from __future__ import annotations

from collections.abc import Iterator


def hides(excludes: list[bytes], filters: list[tuple[bool, bytes]], path: bytes) -> bool:
    return any(_is_hit(excludes, filters, part) for part in _path_and_parents(path))


def _is_hit(excludes: list[bytes], filters: list[tuple[bool, bytes]], path: bytes) -> bool:
    for verdict, pattern in filters:
        if _matches(pattern, path):
            return verdict
    return any(_matches(pattern, path) for pattern in excludes if pattern)


def _matches(pattern: bytes, path: bytes) -> bool:
    return any(_matches_wholly(pattern, part) for part in _path_and_parents(path))


def _path_and_parents(path: bytes) -> list[bytes]:
    """`/a/`, `/a/b/`, `/a/b/c` for the last one; not the root."""
    inner = [path[: at + 1] for at in range(1, len(path) - 1) if path[at : at + 1] == b"/"]
    return [part for part in [*inner, path] if len(part) > 1]


def _matches_wholly(pattern: bytes, path: bytes) -> bool:
    ends = {len(path)}
    if path.endswith(b"/") and not pattern.endswith(b"/"):
        ends.add(len(path) - 1)
    if pattern.startswith(b"/"):
        return any(end in ends for end in _ends(pattern, path, 0))
    slashes = [at for at in range(len(path)) if path[at : at + 1] == b"/"]
    return any(end in ends for at in slashes for end in _ends(b"/" + pattern, path, at))


def _ends(pattern: bytes, path: bytes, at: int) -> Iterator[int]:
    """Where the pattern may end that begins at `at`."""
    if not pattern:
        yield at
    elif pattern.startswith(b"**"):
        for past in range(at, len(path) + 1):
            yield from _ends(pattern[2:], path, past)
    elif pattern.startswith(b"*"):
        past = at
        yield from _ends(pattern[1:], path, past)
        while past < len(path) and path[past : past + 1] != b"/":
            past += 1
            yield from _ends(pattern[1:], path, past)
    elif at < len(path) and _is_one(pattern[:1], path[at : at + 1]):
        yield from _ends(pattern[1:], path, at + 1)


def _is_one(wanted: bytes, byte: bytes) -> bool:
    return byte != b"/" if wanted == b"?" else byte == wanted
