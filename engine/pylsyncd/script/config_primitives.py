"""Primitives for the time in which a configuration is loaded: rules, targets, near names, our Lua files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from pylsyncd.core.crontab import CrontabError
from pylsyncd.core.crontab import parse as parse_crontab
from pylsyncd.core.patterns import PatternError, Patterns, parse_exclude_file, parse_filter_file
from pylsyncd.script.convert import to_bytes
from pylsyncd.script.errors import RefusalError
from pylsyncd.script.target import check_target
from pylsyncd.spelling import nearest

_PARSERS: Final[dict[str, Callable[[bytes], tuple[bytes, ...]]]] = {
    "exclude": parse_exclude_file,
    "filter": parse_filter_file,
}

LIBRARY: Final = Path(__file__).parent.parent / "stdlib_lua"


class ConfigPrimitives:
    """Stateless; answers are what Lua gets."""

    def library(self, name: str) -> bytes:
        """The text of one file of the Lua library, such as `default/base`."""
        return _library(name)

    def nearest(self, name: str, known: str) -> str | None:
        """The known name (they are joined by NULs) that is spelt most alike, or None."""
        return nearest(name, known.split("\0"))

    def check_target(
        self,
        source: str,
        target: str,
        allow: bool,  # noqa: FBT001 - Lua passes by position
    ) -> tuple[bytes | None, bytes]:
        """The target to use and nothing, or None and why not."""
        try:
            return check_target(to_bytes(source), to_bytes(target), allow=allow), b""
        except RefusalError as refusal:
            return None, refusal.message

    def read_rules(self, kind: str, path: str) -> bytes:
        """The rules of an exclude or filter file, a NUL behind each."""
        name = to_bytes(path)
        try:
            with open(name, "rb") as file:
                content = file.read()
        except OSError as error:
            reason = (error.strerror or str(error)).encode()
            raise RefusalError(b'Cannot open %s file "%s": %s' % (kind.encode(), name, reason)) from None
        if b"\0" in content:
            raise RefusalError(b'The %s file "%s" holds a NUL; is it a text?' % (kind.encode(), name))
        return b"".join(rule + b"\0" for rule in _PARSERS[kind](content))

    def check_crontab(self, rule: str) -> bytes:
        """Nothing, or what is wrong with a rule."""
        try:
            parse_crontab(to_bytes(rule))
        except CrontabError as error:
            return str(error).encode("latin-1")
        return b""

    def check_rules(self, exclude: str | None, rule: str | None) -> None:
        """Refuse an exclude pattern or a filter rule that the core cannot take."""
        for text in (exclude, rule):
            if text is not None and "\0" in text:
                message = b"a pattern cannot hold a NUL"
                raise RefusalError(message)
        try:
            Patterns(
                () if exclude is None else (to_bytes(exclude),),
                () if rule is None else (to_bytes(rule),),
            )
        except PatternError as error:
            raise RefusalError(_text(error)) from None


@cache
def _library(name: str) -> bytes:
    """Read once: a quarter of what a fresh state costs, and tests make hundreds of them."""
    return LIBRARY.joinpath(*f"{name}.lua".split("/")).read_bytes()


def _text(error: PatternError) -> bytes:
    return str(error).encode(errors="surrogateescape")
