"""One Lua state: made, filled with our library, and called without a Lua error ever getting out."""

from __future__ import annotations

from typing import Any, NoReturn

import lupa
from attrs import frozen

from pylsyncd.script.convert import ENCODING, to_bytes
from pylsyncd.script.host import primitives
from pylsyncd.script.link import Link

with lupa.allow_lua_module_loading():  # or C modules such as Debian's lua-posix do not load
    from lupa import lua53


@frozen
class LuaFailure:
    """What a script raised: text and call stack."""

    text: bytes
    traceback: bytes


class Runtime:
    """A fresh Lua state with the library loaded; everything in it dies with it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lua = lua53.LuaRuntime(
            encoding=ENCODING,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_refuse_attribute,
        )
        listed = primitives(link)
        _, start = listed["library"]("init")
        load = self._lua.compile(start, name=b"@<pylsyncd>/init.lua", mode=b"t")
        self._call = load(self._lua.table_from(listed)).call

    def table(self, values: dict[Any, object]) -> Any:  # noqa: ANN401 - lupa ships no types
        """A Lua table of plain values."""
        return self._lua.table_from(values)

    def call(self, name: str, *arguments: object) -> tuple[Any, ...] | LuaFailure:
        """Call a function of the library; its results, or what was raised in it.

        An exception of our own code underneath comes out as itself, even if a script caught it.
        """
        try:
            outcome = self._call(name, *arguments)
        finally:
            crash = self._link.take_crash()
        if crash is not None:
            raise crash
        succeeded, *results = outcome if isinstance(outcome, tuple) else (outcome,)
        if succeeded:
            return tuple(results)
        text, traceback = results
        return LuaFailure(to_bytes(text), to_bytes(traceback))


def _refuse_attribute(_object: object, name: object, _is_setting: bool) -> NoReturn:  # noqa: FBT001 - lupa's signature
    message = f"Python's {name!r} is out of reach for scripts"
    raise AttributeError(message)
