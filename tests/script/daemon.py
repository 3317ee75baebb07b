"""Scripts for tests: configs written as text, run against the core in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import define, field

from pylsyncd.core.effects import ActionKind
from pylsyncd.core.model import Delay, Judgement, Verdict
from pylsyncd.script.callbacks import Script
from pylsyncd.script.configuration import ConfigFile, LoadedConfig, Overrides
from pylsyncd.script.errors import ConfigError, ScriptError
from pylsyncd.script.link import Ports
from pylsyncd.script.permission import Permit
from script.fake_core import FakeCore, FakeSync

CONFIG = b"/etc/lsyncd.conf.lua"
START = 1000.25
"""What the clock says, in seconds."""


@define
class Daemon:
    """A loaded config, the fake core behind it, and what was logged."""

    log: list[tuple[str, bytes]] = field(factory=list)
    wanted: set[str] = field(factory=lambda: {"Normal", "Warn", "Error", "Exec", "Test"})
    permit: Permit | None = None
    core: FakeCore = field(factory=FakeCore)
    script: Script = field(init=False)
    loaded: LoadedConfig = field(init=False)

    def __attrs_post_init__(self) -> None:
        ports = Ports(
            lambda: START,
            lambda *line: self.log.append(line),
            lambda name: name in self.wanted,
            permit=self.permit,
        )
        self.script = Script(ports)

    def load(
        self, config: str | bytes, overrides: Overrides | None = None, path: bytes = CONFIG
    ) -> LoadedConfig:
        content = config if isinstance(config, bytes) else config.encode()
        self.loaded = self.script.load(ConfigFile(path, content), overrides or Overrides())
        return self.loaded

    def start(self) -> None:
        for one in self.loaded.syncs:
            self.core.syncs[one.id] = FakeSync(excludes=one.excludes, filters=one.filters)
        self.script.attach(self.core, self.core.submit, self.core.observe)

    def act(self, sync: int = 0) -> None:
        self.script.run_action(sync, ActionKind.ACTION, 0)

    def init(self, delay: Delay, sync: int = 0) -> None:
        self.script.run_action(sync, ActionKind.INIT, delay.id)

    def full(self, delay: Delay, sync: int = 0) -> None:
        self.script.run_action(sync, ActionKind.FULL, delay.id)

    def collect(self, *delays: Delay, exitcode: int = 0, is_list: bool = False) -> Verdict:
        return self.judge(*delays, exitcode=exitcode, is_list=is_list).verdict

    def judge(
        self, *delays: Delay, exitcode: int = 0, is_list: bool = False, answer: bytes | None = None
    ) -> Judgement:
        return self.script.collect(0, tuple(one.id for one in delays), is_list, exitcode, answer)

    def ready(self, descriptor: int, kind: str = "ready") -> None:
        self.script.run_observer(descriptor, kind)

    def lines(self, category: str = "Test") -> list[bytes]:
        """What was logged in one category; scripts under test say what they see by log("Test", …)."""
        return [message for name, message in self.log if name == category]


def running(config: str, overrides: Overrides | None = None) -> Daemon:
    """A daemon whose config is loaded and whose core has started."""
    daemon = Daemon()
    daemon.load(config, overrides)
    daemon.start()
    return daemon


def running_action(body: str, source: Path, **more: str) -> Daemon:
    """A daemon with one sync, whose action has this body; `more` are further keys, as Lua text."""
    keys = "".join(f"{key} = {value}, " for key, value in more.items())
    return running(
        f"""sync{{ source = "{source}", target = "/t/", init = false, {keys}
        action = function(inlet) {body} end }}"""
    )


def said_while_loading(config: str, permit: Permit | None = None) -> list[bytes]:
    """What a config logs in category Test; it needs no sync."""
    daemon = Daemon(permit=permit)
    with pytest.raises(ConfigError, match="Nothing to watch"):
        daemon.load(config)
    return daemon.lines()


def refusal(config: str | bytes, path: bytes = CONFIG, permit: Permit | None = None) -> str:
    """The message with which a config is refused."""
    with pytest.raises(ConfigError) as refused:
        Daemon(permit=permit).load(config, path=path)
    return refused.value.message.decode("latin-1")


@contextmanager
def script_error() -> Iterator[list[str]]:
    """Expects a ScriptError; its text is appended to the list when the block ends."""
    text: list[str] = []
    with pytest.raises(ScriptError) as raised:
        yield text
    text.append(raised.value.message.decode("latin-1"))
