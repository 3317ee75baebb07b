"""Lua states for the tests of the library, without the daemon around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen
from lupa import lua53

HERE = Path(__file__).parent
STDLIB = HERE.parent.parent / "stdlib_lua"


def new_state() -> Any:  # noqa: ANN401  lupa has no types
    """A Lua state as the daemon makes it: latin-1 carries every byte string across."""
    return lua53.LuaRuntime(
        encoding="latin-1", unpack_returned_tuples=True, register_eval=False, register_builtins=False
    )


def load_file(state: Any, path: Path, *arguments: object) -> Any:  # noqa: ANN401  lupa has no types
    """Run a Lua file with arguments and give what it returns."""
    return state.eval("function(path, ...) return assert(loadfile(path))(...) end")(str(path), *arguments)


def load_fakes(state: Any) -> Any:  # noqa: ANN401  lupa has no types
    """The fake API around the library's chunks."""
    return load_file(state, HERE / "fakes.lua", str(STDLIB))


@frozen
class Spec:
    """One spec file, its examples registered."""

    harness: Any

    def titles(self) -> list[str]:
        """The examples' sentences, in order."""
        return str(self.harness.titles()).split("\0")

    def run(self, number: int) -> str | None:
        """Run one example, counted from 1; gives what went wrong, or None."""
        trouble = self.harness.run(number)
        return None if trouble is None else str(trouble)


def load_spec(path: Path) -> Spec:
    """Load a spec file into a fresh state; the harness and the fakes are its arguments."""
    state = new_state()
    harness = load_file(state, HERE / "harness.lua")
    load_file(state, path, harness.describe, harness.it, harness.expect, load_fakes(state))
    return Spec(harness)
