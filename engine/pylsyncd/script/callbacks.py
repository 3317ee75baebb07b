"""The user's Lua as the engine sees it: load a configuration, then call its functions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from pylsyncd.core.effects import ActionKind
from pylsyncd.core.inputs import Input
from pylsyncd.core.model import Judgement, Verdict
from pylsyncd.core.queries import Queries
from pylsyncd.script.configuration import CommandLineSync, ConfigFile, LoadedConfig, Overrides, Source
from pylsyncd.script.convert import (
    daemon_settings,
    from_table,
    override_values,
    sync_config,
    to_bytes,
    tunnel_config,
)
from pylsyncd.script.errors import ConfigError, ScriptError
from pylsyncd.script.link import Core, Link, Observe, Ports
from pylsyncd.script.place import Place, place_of
from pylsyncd.script.runtime import LuaFailure, Runtime
from pylsyncd.script.survey import Survey, survey_of
from pylsyncd.script.traits import Traits, traits_of

_POSITION: Final = re.compile(rb"[^\n]*?:\d+: ")
_MARK: Final = b"\xef\xbb\xbf"
"""The byte order mark that some editors put before UTF-8."""


@frozen
class Fingerprint:
    """The same text in another Lua state means the same sync."""

    text: bytes
    is_bound: bool
    """Functions of the config itself are called for it."""


class Script:
    """One configuration in one Lua state. A reload takes a new one."""

    def __init__(self, ports: Ports) -> None:
        self._link = Link(ports)
        self._runtime = Runtime(self._link)

    def load(
        self, source: Source, overrides: Overrides, scripts: tuple[ConfigFile, ...] = ()
    ) -> LoadedConfig:
        """Run the `-script` files, then the config or the command line's syncs; once only.

        Raises ConfigError; SystemExit if the config itself called `os.exit` or `terminate`.
        """
        self._runtime.call("set_search_paths", os.uname().machine)
        if self._link.ports.wall is not None:
            self._runtime.call("use_clock")
        for extension in self._link.ports.extensions:
            self._runtime.call("extend", extension.module, self._runtime.table(dict(extension.values)))
        self._runtime.call("override", self._runtime.table(override_values(overrides)))
        for script in scripts:
            self._run_file(script)
        if isinstance(source, ConfigFile):
            self._run_file(source)
        else:
            for one in source.syncs:
                self._run_option(one)
        return self._finish()

    def traits(self, sync: int) -> Traits:
        """What is known of a sync that was loaded, beyond what the engine needs."""
        return traits_of(from_table(self._load("traits", b"traits", sync)[0]))

    def fingerprint(self, sync: int) -> Fingerprint | None:
        """What a sync is made of right now; None: nobody can say for certain."""
        outcome = self._runtime.call("fingerprint", sync)
        if isinstance(outcome, LuaFailure) or outcome[0] is None:
            return None
        text, is_bound = outcome
        return Fingerprint(to_bytes(text), is_bound)

    def memory(self, sync: int) -> bytes:
        """What a sync that goes on over HUP takes along to the next Lua state."""
        return to_bytes(self._known("memory", sync)[0])

    def remember(self, sync: int, memory: bytes) -> None:
        """Go on with what another Lua state has known of this sync."""
        self._known("remember", sync, memory)

    def begin_survey(self, *, is_foreign: bool, is_forgiving: bool) -> None:
        """Take note of what `survey` tells; to be called before `load`.

        For a foreign machine the sources and the files of rules need not be there. Forgiving: syncs
        and settings that are refused do not end the load.
        """
        self._runtime.call("begin_survey", is_foreign, is_forgiving)

    def survey(self) -> Survey:
        """What is known of the configuration, as far as it was loaded."""
        return survey_of(*self._known("survey"))

    def position(self) -> Place | None:
        """Where the user's code stands that calls the engine right now."""
        return place_of(*self._known("position"))

    def _known(self, name: str, *arguments: object) -> tuple[Any, ...]:
        outcome = self._runtime.call(name, *arguments)
        if isinstance(outcome, LuaFailure):
            raise ScriptError(outcome.text)
        return outcome

    def attach(self, queries: Queries, submit: Callable[[Input], None], observe: Observe) -> None:
        """The machine has started: scripts reach it now, and what they asked for before is handed over."""
        self._runtime.call("start")
        self._link.attach(Core(queries, submit, observe))

    def run_action(self, sync: int, kind: ActionKind, delay: int) -> None:
        """Call the sync's `action` with its inlet, or `init` or `full` with the delay's event.

        Raises ScriptError.
        """
        self._run("action", sync, kind.value, delay)

    def collect(
        self,
        sync: int,
        delays: tuple[int, ...],
        is_list: bool,  # noqa: FBT001 - as the effect has it
        exitcode: int,
        answer: bytes | None = None,
    ) -> Judgement:
        """Ask the sync's `collect` about a finished process. Raises ScriptError."""
        numbers = " ".join([str(number) for number in delays])  # no `map`: see `queue_primitives`
        said = self._run("collect", sync, numbers, is_list, exitcode, answer)
        return judgement(said) if said else Judgement(Verdict.DONE)

    def run_alarm(self, alarm: int) -> None:
        """Call the function of an alarm. Raises ScriptError."""
        self._run("alarm", alarm)

    def run_observer(self, descriptor: int, kind: str) -> None:
        """Call the function that `observefd` was given: `ready` or `writey`. Raises ScriptError."""
        self._run("descriptor", descriptor, kind)

    # -- the daemon runs -------------------------------------------------------------------------

    def _run(self, name: str, *arguments: object) -> tuple[Any, ...]:
        self._link.children.reap()
        outcome = self._runtime.call(name, *arguments)
        if isinstance(outcome, LuaFailure):
            if self._link.exit_code is None:
                raise ScriptError(outcome.text + b"\n" + outcome.traceback)
            return ()
        return outcome

    # -- loading ---------------------------------------------------------------------------------

    def _run_file(self, file: ConfigFile) -> None:
        text = _without_mark_and_shebang(_content(file))
        directory = os.path.dirname(os.path.abspath(file.path))
        self._load("run", file.path, text, file.path, directory)

    def _run_option(self, one: CommandLineSync) -> None:
        options = self._runtime.table(dict(one.options))
        ssh_extra = b"".join(word + b"\0" for word in one.ssh_extra)
        self._load("run_option", one.origin, one.base, options, ssh_extra)

    def _finish(self) -> LoadedConfig:
        settings, syncs, tunnels = self._load("finish", b"configuration")
        loaded = tuple(sync_config(from_table(one)) for one in syncs.values())
        if not loaded:
            message = b"Nothing to watch! The configuration has no sync{ ... }."
            raise ConfigError(message)
        dug = tuple(tunnel_config(from_table(one)) for one in tunnels.values())
        return LoadedConfig(daemon_settings(from_table(settings)), loaded, dug)

    def _load(self, name: str, origin: bytes, *arguments: object) -> tuple[Any, ...]:
        """Call the library; `origin` is put before a message that names no line."""
        outcome = self._runtime.call(name, *arguments)
        if self._link.exit_code is not None:
            raise SystemExit(self._link.exit_code)
        if isinstance(outcome, LuaFailure):
            text = outcome.text if _POSITION.match(outcome.text) else origin + b": " + outcome.text
            raise ConfigError(text, outcome.traceback)
        return outcome


def judgement(said: tuple[Any, ...]) -> Judgement:
    """What `collect` of the library says: a verdict, and a text of numbers and verdicts."""
    verdict, each = said
    words = iter(each.split())
    pairs = ((int(number), Verdict(word)) for number, word in zip(words, words, strict=True))
    return Judgement(Verdict(verdict), tuple(pairs))


def _content(file: ConfigFile) -> bytes:
    if file.content is not None:
        return file.content
    try:
        with open(file.path, "rb") as opened:
            return opened.read()
    except FileNotFoundError:
        raise ConfigError(b"Cannot find config file at '%s'." % file.path) from None
    except OSError as error:
        reason = (error.strerror or str(error)).encode()
        raise ConfigError(b"Cannot read config file '%s': %s." % (file.path, reason)) from None


def _without_mark_and_shebang(content: bytes) -> bytes:
    """As Lua's own loadfile does; the line stays, empty, so that line numbers hold."""
    content = content.removeprefix(_MARK)
    if not content.startswith(b"#"):
        return content
    _, newline, rest = content.partition(b"\n")
    return newline + rest
