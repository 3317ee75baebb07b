"""Which of the known names a mistaken one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is spelt most alike, if any is near."""
    import difflib  # noqa: PLC0415 - who makes no mistake, pays not

    near = difflib.get_close_matches(name, sorted(known), n=1)
    return near[0] if near else None
