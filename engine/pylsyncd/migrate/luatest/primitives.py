"""What the Lua of tests may ask of their stage: one list, each guarded at the border."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.luatest.fakes import FakeEvent
from pylsyncd.migrate.luatest.stage import Stage
from pylsyncd.migrate.world.daemon import Circumstances
from pylsyncd.options import Options
from pylsyncd.script.convert import ENCODING, from_table, sync_config, to_bytes
from pylsyncd.script.errors import RefusalError
from pylsyncd.script.link import Extension
from pylsyncd.script.runtime import Runtime
from pylsyncd.system.logtext import Categories

INSTRUCTIONS: Final = 100_000_000
"""What one call of a script may take: about a second."""
_EVENT: Final = 3
"""Type and two paths of an event."""


@frozen
class StagePrimitives:
    """Each answers what Lua gets."""

    stage: Stage
    runtime: Runtime

    def listed(self) -> dict[str, Callable[..., object]]:
        """All of them by name."""
        return {
            "simulate": self.simulate,
            "step": self.step,
            "world_spawned": lambda number: self._processes(self.stage.world(number).spawned()),
            "world_logged": lambda number: self._lines(self.stage.world(number).said()),
            "world_status": lambda number: self._table(self.stage.world(number).status()),
            "world_exitcode": lambda number: self.stage.world(number).exit_code,
            "world_clear": lambda number: self.stage.world(number).clear(),
            "fake": self.fake,
            "finish": lambda exitcode: self.stage.finish(exitcode).value,
            "spawned": lambda: self._processes(self.stage.entries),
            "logged": lambda: self._lines(self.stage.entries),
            "wait": self.stage.wait,
            "set_time": self.set_time,
            "read": read,
            "diff": diff,
        }

    def simulate(  # noqa: PLR0913, PLR0917 - Lua passes by position
        self,
        config: str,
        delay: float | None,
        flags: str,
        files: str,
        categories: str,
        env: Any,  # noqa: ANN401 - lupa ships no types
    ) -> int:
        """Load a world; its number. `flags` names options of the command line, and `exec`."""
        path = to_bytes(config)
        if not os.path.exists(path):
            raise RefusalError(b"there is no config %s" % os.path.abspath(path))
        circumstances = Circumstances(
            options=Options(
                config=path, delay=_seconds(delay), insist="insist" in flags, onepass="onepass" in flags
            ),
            start=self.stage.wall(),
            categories=_categories(categories),
            runs_programs="exec" in flags,
            extensions=(
                Extension("testing/environment", from_table(env)),
                Extension("testing/budget", {"instructions": INSTRUCTIONS}),
            ),
        )
        return self.stage.simulate(circumstances, _files(files))

    def step(self, number: int, words: str) -> None:
        """Let one step happen in a world; time passes for all."""
        world, step = self.stage.world(number), _step(words.split("\0"))
        if isinstance(step, s.Wait):
            self.stage.wait(step.seconds)
        else:
            world.play(step)

    def fake(self, described: Any, events: str, files: str) -> bytes:  # noqa: ANN401 - lupa ships no types
        """Fill the queue of a sync; the numbers of its delays."""
        config = sync_config(from_table(described))
        for one in _files(files):
            path = one.path if one.path.startswith(b"/") else config.source + one.path
            self.stage.have(path, one.size)
        delays = self.stage.fake(config, _events(events))
        return b" ".join(b"%d" % one.id for one in delays)

    def set_time(self, text: str) -> None:
        """Set the clock on the wall, in local time."""
        try:
            wall = datetime.fromisoformat(text).timestamp()
        except ValueError:
            message = b"%s is not a time such as 2026-01-05T03:00:00" % to_bytes(text)
            raise RefusalError(message) from None
        self.stage.set_wall(wall)

    # -- tables ----------------------------------------------------------------------------------

    def _processes(self, entries: Iterable[log.Entry]) -> object:
        return self._table([_process(one) for one in entries if isinstance(one, log.Spawned)])

    def _lines(self, entries: Iterable[log.Entry]) -> object:
        return self._table([_line(one) for one in entries if isinstance(one, log.Said)])

    def _table(self, value: object) -> object:
        """A Lua table of lists and mappings, all the way down."""
        if isinstance(value, Mapping):
            return self.runtime.table({key: self._table(inner) for key, inner in value.items()})
        if isinstance(value, list | tuple):
            return self.runtime.table({n: self._table(inner) for n, inner in enumerate(value, start=1)})
        return value


def read(path: str) -> bytes:
    """The text of a config."""
    try:
        with open(to_bytes(path), "rb") as file:
            return file.read()
    except OSError as error:
        reason = (error.strerror or str(error)).encode()
        raise RefusalError(b"cannot read %s: %s" % (to_bytes(path), reason)) from None


def diff(expected: str, found: str) -> bytes:
    """Both texts as one, with - and + where they differ."""
    old, new = expected.splitlines(keepends=True), found.splitlines(keepends=True)
    lines = list(difflib.unified_diff(old, new, lineterm="\n"))[2:]
    return "".join(line if line[0] != "@" else "" for line in lines).encode(ENCODING)


def _process(entry: log.Spawned) -> dict[str, object]:
    row = {"binary": entry.argv[0], "argv": entry.argv, "sync": entry.origin, "at": entry.at}
    return row if entry.stdin is None else {**row, "stdin": entry.stdin}


def _line(entry: log.Said) -> dict[str, object]:
    return {"category": entry.category, "message": entry.message, "at": entry.at}


def _step(words: Sequence[str]) -> s.Step:
    try:
        return s.step_of([to_bytes(word) for word in words])
    except ValueError as error:
        raise RefusalError(str(error).encode(errors="surrogateescape")) from None


def _files(rows: str) -> list[s.Have]:
    """Paths and sizes, NULs between them."""
    words = rows.split("\0") if rows else []
    pairs = zip(words[::2], words[1::2], strict=True)
    steps = [_step(["have", path, size]) for path, size in pairs]
    return [step for step in steps if isinstance(step, s.Have)]


def _events(rows: str) -> list[FakeEvent]:
    words = rows.split("\0")[:-1]
    fields = zip(*(words[n::_EVENT] for n in range(_EVENT)), strict=True)
    return [FakeEvent(etype, to_bytes(path), to_bytes(path2)) for etype, path, path2 in fields]


def _categories(choices: str) -> Categories:
    try:
        return Categories.of(choices.split("\0") if choices else [])
    except ValueError as error:
        raise RefusalError(str(error).encode()) from None


def _seconds(delay: object) -> float | None:
    if delay is None:
        return None
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay < float("inf"):
        message = b"delay is not a number of seconds, 0 or more"
        raise RefusalError(message)
    return float(delay)
