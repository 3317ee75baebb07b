"""`pylsyncd explain` says what is written down in `explain/*.txt`.

Such a file has sections, each under a line of its own:

    == NAME                what stands below it is a file in /etc/lsyncd
    == link PATH TO        a symbolic link, made before anything is run
    == explain WORDS       in /etc/lsyncd; what is printed, and the exit code in brackets if it is not 0

/srv, /backup and /etc/lsyncd are below a scratch directory. `REGENERATE=1` writes the answers anew.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from pylsyncd.cli.explain import run
from pylsyncd.cli.subcommands import run_subcommand

SITUATIONS = sorted((Path(__file__).parent / "explain").glob("*.txt"))

_ROOTS = re.compile(r"(?<![\w./-])/(srv|backup|etc/lsyncd)(?![\w-])")
_HEAD = re.compile(r"^== (.*)\n", re.MULTILINE)


@frozen
class Stage:
    """The scratch directory."""

    root: Path

    def place(self, text: str) -> str:
        return _ROOTS.sub(lambda found: f"{self.root}{found[0]}", text)

    def lay_out(self, head: str, body: str) -> None:
        """Make a file or a link."""
        words = head.split()
        if words[0] == "link":
            self.place_of(words[1]).parent.mkdir(parents=True, exist_ok=True)
            self.place_of(words[1]).symlink_to(self.place(words[2]))
        else:
            self.place_of(f"/etc/lsyncd/{head}").write_text(self.place(body))

    def place_of(self, path: str) -> Path:
        return Path(self.place(path))

    def explain(self, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
        code = run_subcommand("explain", [os.fsencode(self.place(word)) for word in words])
        printed = capsys.readouterr()
        answer = (printed.out + printed.err).replace(str(self.root), "")
        return answer + (f"(exit code {code})\n" if code else "")


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Heads and bodies, in order."""
    _, *parts = _HEAD.split(text)
    return zip(parts[::2], parts[1::2], strict=True)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage(tmp_path.resolve())
    for path in ("/etc/lsyncd", "/srv/data"):
        stage.place_of(path).mkdir(parents=True)
    monkeypatch.chdir(stage.place_of("/etc/lsyncd"))
    return stage


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda path: path.stem)
def test_explain_says_what_is_written_down(
    situation: Path, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    written = situation.read_text(errors="surrogateescape")
    said = []
    for head, body in sections(written):
        answer = body
        if head.startswith("explain "):
            answer = stage.explain(shlex.split(head)[1:], capsys) + "\n"
        else:
            stage.lay_out(head, body)
        said.append(f"== {head}\n{answer}")
    whole = "".join(said).rstrip("\n") + "\n"
    if os.environ.get("REGENERATE"):
        situation.write_text(whole, errors="surrogateescape")
    assert whole == written
