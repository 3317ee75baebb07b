"""The manual as data: its pages, the fenced blocks in them, and the names that they explain.

The first word behind a fence is the language, which readers see coloured; what follows is for the tests:

    lua               a whole config; a sync is added when it has none, so that it can be loaded
    lua file=PATH     another Lua file, which the next config reads
    text file=PATH    another file that the next config reads
    console           what pylsyncd does with the last config before it; `stage` has the language
    sh                command lines; those that begin with `pylsyncd` have to be understood
    json              has to be JSON

A name is explained where it stands, as code, in a heading or in the first cell of a table's row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

PAGES: Final = tuple(sorted((Path(__file__).parent.parent.parent / "docs" / "manual").glob("*.md")))

_FENCE: Final = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"`([^`]+)`")
_SETS_UP: Final = re.compile(r"\b(sync|Sync)\b")

_ANY_SYNC: Final = '\nsync { source = "/srv/data", onCreate = function() end }\n'


@frozen
class Block:
    """One fenced block."""

    page: Path
    number: int
    """Which of the page's blocks it is, counted from 0."""
    line: int
    """Where its text begins, counted from 1."""
    language: str
    file: str | None
    text: str

    @property
    def name(self) -> str:
        """For the name of a test."""
        return f"{self.page.stem}:{self.line}"


@frozen
class Example:
    """A config, the files that it reads, and, if it has one, its console."""

    config: Block
    files: tuple[Block, ...] = ()
    console: Block | None = None

    @property
    def name(self) -> str:
        """For the name of a test."""
        return (self.console or self.config).name

    @property
    def lua(self) -> str:
        """The config, with a sync."""
        text = self.config.text
        return text if _SETS_UP.search(text) else text + _ANY_SYNC


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page, in order."""
    text = page.read_text()
    for number, found in enumerate(_FENCE.finditer(text)):
        language, _, rest = found["info"].partition(" ")
        file = rest.removeprefix("file=") if rest.startswith("file=") else None
        line = text.count("\n", 0, found.start("text")) + 1
        yield Block(page, number, line, language, file, found["text"])


def rewrite(block: Block, text: str) -> None:
    """Put another text into a block of a page, wherever earlier changes have moved it."""
    content = block.page.read_text()
    found = list(_FENCE.finditer(content))[block.number]
    block.page.write_text(content[: found.start("text")] + text + content[found.end("text") :])


def blocks_in(*languages: str) -> list[Block]:
    """All blocks of the manual in these languages."""
    return [block for page in PAGES for block in blocks(page) if block.language in languages]


def examples() -> list[Example]:
    """All configs of the manual; one with several consoles makes several examples."""
    return [example for page in PAGES for example in _examples(page)]


def _examples(page: Path) -> list[Example]:
    found: list[Example] = []
    files: list[Block] = []
    for block in blocks(page):
        if block.file is not None:
            files.append(block)
        elif block.language == "lua":
            found.append(Example(block, tuple(files)))
            files = []
        elif block.language == "console":
            assert found, f"{block.name}: a console without a config before it"
            last = found.pop() if found[-1].console is None else found[-1]
            found.append(evolve(last, console=block))
    return found


def page(stem: str) -> Path:
    """A page by its name."""
    (found,) = (page for page in PAGES if page.stem == stem)
    return found


def explained_on(page: Path) -> list[str]:
    """The names that a page explains, each as often as it does, without what they take."""
    prose = _FENCE.sub("", page.read_text()).splitlines()
    return [_bare(code) for line in prose for code in _CODE.findall(_place_of_names(line))]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_in(page: Path) -> list[str]:
    """Everything that stands as code in a page's prose."""
    return [_bare(code) for code in _CODE.findall(_FENCE.sub("", page.read_text()))]


def _place_of_names(line: str) -> str:
    """A heading, or the first cell of a row."""
    if line.startswith("#"):
        return line
    return line.split("|")[1] if line.startswith("|") else ""


def _bare(code: str) -> str:
    return re.split(r"[({ ]", code, maxsplit=1)[0]


def words_of_examples() -> set[str]:
    """Every word in the Lua of the manual, dots kept apart."""
    return {word for block in blocks_in("lua") for word in re.findall(r"\w+", block.text)}
