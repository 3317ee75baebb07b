"""One test file: a Lua state, the tests that it defines, and how each of them ends."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from typing import Any, Final

from attrs import define, field

from pylsyncd.core.model import Judgement
from pylsyncd.migrate.luatest.primitives import INSTRUCTIONS, StagePrimitives, read
from pylsyncd.migrate.luatest.results import Case, Outcome, Verdict
from pylsyncd.migrate.luatest.stage import Stage
from pylsyncd.migrate.world.system import VirtualSystem
from pylsyncd.script.callbacks import judgement
from pylsyncd.script.convert import ENCODING, from_table, to_bytes
from pylsyncd.script.errors import RefusalError, ScriptError
from pylsyncd.script.host import guard
from pylsyncd.script.link import Core, Link, Ports
from pylsyncd.script.runtime import LuaFailure, Runtime
from pylsyncd.system.logtext import Categories

_NOT_THE_USERS: Final = re.compile(rb"^\s*(?:<pylsyncd>|\[C\]|\(\.\.\.tail calls)|^stack traceback:")
_PLACE: Final = re.compile(rb"[^\n]*?:\d+:")
_PORT: Final = 40001
_SHOWN: Final = Categories()


class LoadError(Exception):
    """A test file cannot be loaded; `message` names file and line."""

    def __init__(self, message: bytes, traceback: bytes = b"") -> None:
        super().__init__(message.decode(errors="replace"))
        self.message = message
        self.traceback = frames_of(traceback)


@define(eq=False)
class Suite:
    """To be used in the directory of the file: what its tests name is relative to it."""

    name: bytes
    """As it was named on the command line; what messages name it by."""
    start: float
    """What the clock on the wall shows when a test begins, in seconds since 1970."""
    clock: Callable[[], float]
    """Real seconds."""
    stage: Stage = field(init=False)
    _link: Link = field(init=False)
    _runtime: Runtime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.stage = Stage(self.start, self._collect, self._ring)
        self._link = Link(
            Ports(
                now=self.stage.now,
                log=self.stage.say,
                wants=_SHOWN.wants,
                system=lambda children: VirtualSystem(
                    children, self.stage.files, self.stage.signal_pid, lambda: _PORT, os.path.abspath
                ),
                wall=self.stage.wall,
                permit=self.stage.permit,
            )
        )
        self._runtime = Runtime(self._link)

    def load(self) -> tuple[Case, ...]:
        """Run the file, which defines its tests. Raises LoadError."""
        primitives = StagePrimitives(self.stage, self._runtime).listed()
        values: dict[str, object] = {name: guard(self._link, one) for name, one in primitives.items()}
        self._call("set_search_paths", platform.machine())
        self._call("use_clock")
        self._call("extend", "testing/state", self._runtime.table({**values, "instructions": INSTRUCTIONS}))
        self._link.attach(Core(self.stage, self.stage.submit, self.stage.observe))
        self._call("run", self._text(), self.name, os.getcwdb())
        self._call("lock")
        (rows,) = self._call("list_tests")
        listed = [from_table(row) for row in rows.values()]
        if not listed:
            raise LoadError(b"%s: it defines no test: there is no it(...) in it" % self.name)
        return tuple(
            Case(self.name, row["line"], to_bytes(row["title"]).decode(errors="backslashreplace"), number)
            for number, row in enumerate(listed, start=1)
        )

    def run(self, case: Case) -> Outcome:
        """Run one test, on a stage of its own."""
        self.stage.clear()
        self._link.exit_code = None
        began = self.clock()
        answer = self._runtime.call("run_test", case.number)
        outcome = self._outcome(case, answer)
        return Outcome(case, outcome[0], outcome[1], outcome[2], self.clock() - began)

    # -- parts -----------------------------------------------------------------------------------

    def _outcome(
        self, case: Case, answer: tuple[Any, ...] | LuaFailure
    ) -> tuple[Verdict, bytes, tuple[bytes, ...]]:
        if isinstance(answer, LuaFailure):  # in the library itself
            return Verdict.FAILED, answer.text, frames_of(answer.traceback)
        verdict, text, traceback = (*answer, None, None)[:3]
        message = to_bytes(text or "")
        if verdict == Verdict.PASSED.value:
            complaint = self.stage.complaint()
            if complaint:
                place = b"%s:%d: " % (case.file, case.line)
                return Verdict.FAILED, place + complaint, ()
        if verdict == Verdict.FAILED.value and self._link.exit_code is not None:
            message = b"%s:%d: terminate(%d) was called, or os.exit: %s" % (
                case.file,
                case.line,
                self._link.exit_code,
                message,
            )
        frames = frames_of(to_bytes(traceback or ""))
        return Verdict(verdict), _with_place(message, frames), frames

    def _text(self) -> bytes:
        try:
            return read(os.path.basename(self.name).decode(ENCODING))
        except RefusalError as error:
            raise LoadError(error.message) from None

    def _call(self, name: str, *arguments: object) -> tuple[Any, ...]:
        """Call the library while the file is loaded. Raises LoadError."""
        outcome = self._runtime.call(name, *arguments)
        if isinstance(outcome, LuaFailure):
            raise LoadError(outcome.text, outcome.traceback)
        return outcome

    def _collect(
        self,
        sync: int,
        delays: tuple[int, ...],
        is_list: bool,  # noqa: FBT001 - as `loop.Script`
        exitcode: int,
        answer: bytes | None,
    ) -> Judgement:
        numbers = " ".join(map(str, delays))
        return judgement(self._ask("collect", sync, numbers, is_list, exitcode, answer))

    def _ring(self, alarm: int) -> None:
        self._ask("alarm", alarm)

    def _ask(self, name: str, *arguments: object) -> tuple[Any, ...]:
        outcome = self._runtime.call(name, *arguments)
        if isinstance(outcome, LuaFailure):
            raise ScriptError(outcome.text + b"\n" + outcome.traceback)
        return outcome


def _with_place(message: bytes, frames: tuple[bytes, ...]) -> bytes:
    """Where Lua says no place, as `assert` does not, the innermost frame of the user's has it."""
    place = frames and _PLACE.match(frames[0])
    if not place or _PLACE.match(message):
        return message
    return place[0] + b" " + message


def frames_of(traceback: bytes) -> tuple[bytes, ...]:
    """The frames of a Lua traceback that are the user's."""
    lines = (line.strip() for line in traceback.splitlines())
    return tuple(line for line in lines if line and not _NOT_THE_USERS.match(line))
