"""What differs between a source and its target, of what the config promises to bring."""

from __future__ import annotations

import os

from attrs import frozen

from churn.draw import Draw
from churn.scene import Scene
from e2e.mirroring import Trees
from e2e.trees import Kept, detailed_snapshot

_TIMES = {"rsync": "d-l", "rsyncssh": "-l", "direct": "-l"}
"""Where `mv` and `mkdir` change a target, its directories have times of their own."""


@frozen
class Differences:
    """By path, as the target's user would find them."""

    lines: tuple[str, ...]
    paths: tuple[bytes, ...]


def differences(scene: Scene, drawn: Draw) -> Differences:
    """Compare both trees as they are now."""
    kept = Kept(modes=drawn.archive, times=_TIMES[drawn.kind], owners=drawn.archive and os.geteuid() == 0)
    source, target = (detailed_snapshot(bytes(root), kept) for root in (scene.source, scene.target))
    unequal = {path for path in source.keys() | target.keys() if source.get(path) != target.get(path)}
    paths = tuple(sorted(unequal))
    return Differences(tuple(_line(path, source, target) for path in paths), paths)


def unnamed(found: Differences, status: bytes) -> tuple[bytes, ...]:
    """Those that the status does not name as failed; what it names stands for what is below."""
    failed = status.partition(b"Failed: ")[2]
    return tuple(path for path in found.paths if not any(above in failed for above in _and_above(path)))


def _and_above(path: bytes) -> list[bytes]:
    parts = path.rstrip(b"/").split(b"/")
    return [path, *(b"/".join(parts[:length]) + b"/" for length in range(2, len(parts)))]


def _line(path: bytes, source: Trees, target: Trees) -> str:
    one, other = source.get(path), target.get(path)
    if other is None:
        return f"missing: {path!r}"
    if one is None:
        return f"too much: {path!r}"
    names = ("kind", "content", "mode", "time", "owner")
    return f"differs in {', '.join(n for n in names if getattr(one, n) != getattr(other, n))}: {path!r}"
