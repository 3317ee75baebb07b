"""Calls `pylsyncd test` on Lua written in a test."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest
from attrs import frozen

from pylsyncd.cli import test as command

CONFIG: Final = """
    sync {
        source = "/srv/data",
        target = "/backup",
        delay = 5,
        onCreate = function(event) spawn(event, "cp", event.path) end,
        onModify = function(event) spawn(event, "cp", "-f", event.path) end,
        onDelete = function(event) spawn(event, "rm", event.path) end,
        onAttrib = function(event) spawn(event, "chmod", event.path) end,
        onMove = function(from, to) spawn(from, "mv", from.path, to.path) end,
    }
"""
"""Names each event by the program that it starts."""

_TIME: Final = re.compile(r"\(\d+\.\d\d s\)")


@frozen
class Answer:
    """What the command has answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.out.splitlines() if line.strip()]


@frozen
class Runner:
    """Files lie in `home`, and so does the working directory."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def file(self, name: str, text: str) -> None:
        (self.home / name).parent.mkdir(parents=True, exist_ok=True)
        (self.home / name).write_text(text, encoding="latin-1")

    def call(self, *words: str) -> Answer:
        """Run the command; real times are shown as 0."""
        self.capsys.readouterr()
        try:
            code = command.run([os.fsencode(word) for word in words])
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        shown = self.capsys.readouterr()
        return Answer(code, _TIME.sub("(0.00 s)", shown.out), shown.err)

    def run(self, text: str, *words: str, config: str = CONFIG) -> Answer:
        """Run one test file next to a config."""
        self.file("conf.lua", config)
        self.file("a_test.lua", text)
        return self.call("a_test.lua", *words)

    def test(self, body: str, *, config: str = CONFIG) -> Answer:
        """Run one test with this body."""
        return self.run(f'it("is tested", function()\n{body}\nend)', config=config)

    def passes(self, body: str, *, config: str = CONFIG) -> None:
        answer = self.test(body, config=config)
        assert answer.code == 0, answer.out

    def failure(self, body: str, *, config: str = CONFIG) -> str:
        """The message of a test that has to fail, without its place."""
        answer = self.test(body, config=config)
        assert answer.code == 1, answer.out
        account = answer.out.partition("1) ")[2].partition("\n")[2].partition("\n\n1 test")[0]
        return "\n".join(line[3:] for line in account.splitlines())
