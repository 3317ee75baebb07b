"""Every example of the manual runs and does what the manual says (docs/manual).

`REGENERATE=1` writes the answers in console blocks anew; read what has changed as you would any text.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.manual import PAGES, Block, Example, anchors, blocks_in, examples, rewrite
from docs.stage import CONFIG, Stage, play
from pylsyncd.cli.options import parse
from script.daemon import Daemon

EXAMPLES = examples()
LOADED = [example for example in EXAMPLES if example.console is None]
PLAYED = [example for example in EXAMPLES if example.console is not None]

_DIRECTORY = re.compile(r'"(/(?:srv|backup)/[\w/-]*)"')
"""Directories that a config names are there, unless the example itself makes them."""


@pytest.fixture(autouse=True)
def standard_input_is_a_pipe() -> Iterator[None]:
    before, (reading, writing) = os.dup(0), os.pipe()
    os.dup2(reading, 0)
    yield
    os.dup2(before, 0)
    for descriptor in (before, reading, writing):
        os.close(descriptor)


def set_up(example: Example, stage: Stage) -> Path:
    """Lay out an example's files; gives its config."""
    for path in ["/srv/data", "/etc/lsyncd", "/var/log", "/run", *_DIRECTORY.findall(example.lua)]:
        stage.file(path).mkdir(parents=True, exist_ok=True)
    for block in example.files:
        assert block.file is not None
        stage.file(block.file).parent.mkdir(parents=True, exist_ok=True)
        stage.file(block.file).write_text(stage.place(block.text))
    config = stage.file(CONFIG)
    config.write_text(stage.place(example.lua))
    return config


@pytest.mark.parametrize("example", LOADED, ids=lambda example: example.name)
def test_a_config_in_the_manual_loads(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = set_up(example, Stage(tmp_path, iter(())))
    monkeypatch.chdir(tmp_path)
    daemon = Daemon()
    assert daemon.load(config.read_bytes(), path=bytes(config)).syncs
    assert daemon.lines("Error") + daemon.lines("Warn") == []


@pytest.mark.parametrize("example", PLAYED, ids=lambda example: example.name)
def test_pylsyncd_answers_as_the_manual_says(example: Example, tmp_path: Path) -> None:
    assert example.console is not None
    set_up(example, Stage(tmp_path, iter(())))
    played = play(example.console.text, tmp_path)
    if os.environ.get("REGENERATE"):
        rewrite(example.console, played)
    assert played == example.console.text


@pytest.mark.parametrize("block", blocks_in("sh"), ids=lambda block: block.name)
def test_command_lines_in_the_manual_are_understood(block: Block) -> None:
    lines = [shlex.split(line, comments=True) for line in block.text.splitlines()]
    for words in lines:
        if words[:1] == ["pylsyncd"]:
            parse([word.encode() for word in words[1:]])


def test_the_editor_is_pointed_to_where_the_description_lies() -> None:
    (command,) = (block.text for block in blocks_in("sh") if block.page.stem == "editors")
    _, *arguments = shlex.split(command)
    shown = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout
    assert (Path(shown.strip()) / "pylsyncd.lua").is_file()


@pytest.mark.parametrize("block", blocks_in("json"), ids=lambda block: block.name)
def test_json_in_the_manual_is_json(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_in_the_manual_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^):#]*)(?:#([^)]*))?\)", page.read_text())
    targets = [(page.parent / file if file else page, anchor) for file, anchor in links]
    assert [target.name for target, _ in targets if not target.exists()] == []
    lost = [(target.name, anchor) for target, anchor in targets if anchor and anchor not in anchors(target)]
    assert lost == []


def test_every_page_of_the_manual_is_reached_from_its_index() -> None:
    (index,) = (page for page in PAGES if page.stem == "index")
    links = re.findall(r"\]\(([\w-]+)\.md", index.read_text())
    assert sorted(set(links)) == sorted(page.stem for page in PAGES if page.stem != "index")
