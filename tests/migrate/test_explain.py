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

from docs.manual import blocks, page
from pylsyncd.cli.explain import run
from pylsyncd.cli.subcommands import run_subcommand
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.explain import Question, explain
from pylsyncd.migrate.explanation.model import Event, Start, SyncAccount
from pylsyncd.migrate.explanation.subject import Subject, plan_of
from pylsyncd.migrate.simulate import Playbill, simulate
from pylsyncd.migrate.world.daemon import Circumstances
from pylsyncd.migrate.world.files import Kind
from pylsyncd.options import Options

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


def explained(config: str, words: list[str | bytes], stage: Stage, capsys: pytest.CaptureFixture[str]) -> str:
    stage.lay_out("lsyncd.conf.lua", config)
    run([b"lsyncd.conf.lua", *(word if isinstance(word, bytes) else word.encode() for word in words)])
    return capsys.readouterr().out


def test_json_says_the_same_to_machines(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    config = """
        sync {
            source = "/srv/data",
            exclude = "*.tmp",
            onCreate = function(event) spawn(event, "cat", "<", event.name) end,
        }"""
    path = stage.place("/srv/data/a.c")

    found = json.loads(explained(config, [path, "--event", "Create", "--json"], stage, capsys))

    assert found["path"] == path
    (sync,) = found["syncs"]
    assert sync["takes"] is True
    assert sync["place"] == {"file": stage.place("/etc/lsyncd/lsyncd.conf.lua"), "line": 2, "column": 0}
    assert sync["view"] == {
        "standing": "taken", "path": "/a.c", "decided_at": "/a.c", "rule": None, "otherwise": None
    }  # fmt: skip  # one line is enough
    assert sync["reactions"] == [
        {
            "events": ["Create"],
            "starts": [{"after": 0, "argv": ["cat"], "stdin": "a.c", "by": "spawn"}],
            "why": "",
            "functions": [{"name": "onCreate", "place": {**sync["place"], "line": 5}}],
            "said": [],
        }
    ]


def test_json_names_the_rule_and_its_place(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    config = 'sync { default.rsync, source = "/srv/data", target = "/backup/", exclude = { "a*", "*.c" } }'

    found = json.loads(explained(config, [stage.place("/srv/data/a.c"), "--json"], stage, capsys))

    (sync,) = found["syncs"]
    file = stage.place("/etc/lsyncd/lsyncd.conf.lua")
    column = len(stage.place(config[: config.index('"a*"')])) + 1
    assert sync["view"]["rule"] == {
        "kind": "exclude",
        "text": "a*",
        "hides": True,
        "place": {"file": file, "line": 1, "column": column},
        "is_exact": True,
    }
    assert sync["view"]["otherwise"]["takes"] is False
    assert sync["view"]["otherwise"]["rule"]["text"] == "*.c"
    assert sync["rsync"] == {"takes": False, "rule": "a*", "is_misread": False}


def keys_of(value: object, path: str = "") -> set[str]:
    """All keys with those around them."""
    if isinstance(value, dict):
        return {f"{path}.{key}" for key in value}.union(
            *(keys_of(one, f"{path}.{key}") for key, one in value.items())
        )
    return set().union(*(keys_of(one, path) for one in value)) if isinstance(value, list) else set()


def test_the_manual_shows_every_key(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = (block for block in blocks(page("explain")) if block.language == "json")
    config = 'sync { default.rsync, source = "/srv/data", target = "/backup/", exclude = "*.tmp" }'

    found = json.loads(explained(config, [stage.place("/srv/data/a.tmp"), "--json"], stage, capsys))

    assert keys_of(json.loads(shown.text)) == keys_of(found)


def test_names_of_any_bytes_are_explained(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    config = 'sync { source = "/srv/data", exclude = "\\n*", onModify = "/bin/echo ^pathname" }'
    path = os.fsencode(stage.place("/srv/data/")) + b"\xff\n\x1b[31m\xc3\xa4"

    text = explained(config, [path, "--event", "Modify"], stage, capsys)
    found = json.loads(explained(config, [path, "--event", "Modify", "--json"], stage, capsys))

    assert r'/bin/echo "\xff\n\x1b[31mä"' in text
    assert "\x1b" not in text
    (reaction,) = found["syncs"][0]["reactions"]
    assert reaction["starts"][0]["argv"][1].encode("utf-8", "surrogateescape") == path.rpartition(b"/")[2]


def test_a_long_standard_input_is_cut_for_people_only(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = ", ".join(f'"rule{number}"' for number in range(100))
    config = f'sync {{ default.rsync, source = "/srv/data", target = "/backup/", exclude = {{ {rules} }} }}'
    words: list[str | bytes] = [stage.place("/srv/data/a"), "--event", "Init"]

    text = explained(config, words, stage, capsys)
    found = json.loads(explained(config, [*words, "--json"], stage, capsys))

    assert "rule11\n" in text
    assert "rule12" not in text
    assert "< and 88 more\n" in text
    assert "rule99" in found["syncs"][0]["reactions"][0]["starts"][0]["stdin"]


def test_the_size_of_a_file_that_is_there_counts(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    config = """
        sync {
            source = "/srv/data",
            onModify = function(event) spawn(event, "size", lsyncd.get_file_size(event.sourcePathname)) end,
        }"""
    stage.place_of("/srv/data/large").write_bytes(b"0" * 11)
    small, large = (
        explained(config, [stage.place(path), "--event", "Modify"], stage, capsys)
        for path in ("/srv/data/small", "/srv/data/large")
    )
    assert " size 0\n" in small
    assert " size 11\n" in large


def test_a_directory_that_is_there_needs_no_slash(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    config = 'sync { source = "/srv/data", onCreate = "/bin/echo ^path" }'
    stage.place_of("/srv/data/d").mkdir()
    stage.place_of("/srv/data/link").symlink_to("d")
    directory, link = (
        explained(config, [stage.place(f"/srv/data/{name}"), "--event", "Create"], stage, capsys)
        for name in ("d", "link")
    )
    assert "/bin/echo d/\n" in directory
    assert "/bin/echo link\n" in link


def test_nothing_is_started_and_nothing_is_written(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    marker = stage.place_of("/srv/marker")
    config = f"""
        os.execute("touch {marker}1")
        io.open("{marker}2", "w"):close()
        sync {{
            source = "/srv/data",
            onStartup = "touch {marker}3",
            onCreate = function(event) os.execute("touch {marker}4") end,
        }}"""
    text = explained(config, [stage.place("/srv/data/a")], stage, capsys)
    assert f'os.execute: sh -c "touch {marker}4"' in text
    assert list(marker.parent.glob("marker*")) == []


EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples" / "lsyncd-configs").glob("*.lua"))
NEED_FILES = {"exclude-from", "owners", "sites"}
"""Examples that read files which are not there."""


@pytest.mark.parametrize(
    "example", [path for path in EXAMPLES if path.stem not in NEED_FILES], ids=lambda path: path.stem
)
def test_each_example_can_be_explained(
    example: Path, stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_SOURCE", stage.place("/srv/data"))
    monkeypatch.setenv("SYNC_TARGET", stage.place("/backup/data"))
    words = [
        os.fsencode(example),
        stage.place("/srv/data/a.odt").encode(),
        b"--event",
        b"Modify,Init",
        b"--json",
    ]
    if example.stem == "quickstart":
        words[1] = b"quickstart-demo/source/a.odt"

    assert run(words) == 0

    found = json.loads(capsys.readouterr().out)
    reactions = [reaction for sync in found["syncs"] for reaction in sync["reactions"]]
    assert any(reaction["starts"] or "onModify" in reaction["why"] for reaction in reactions)
    assert found["said"] == []


def simulated(example: Path, path: bytes) -> list[tuple[bytes, ...]]:
    """What a write starts where nothing else has happened before."""
    steps: list[s.Step] = [s.Have(path, 0), s.Wait(1.0), s.Write(path, 0)]
    circumstances = Circumstances(Options(config=os.fsencode(example)), start=0.0)
    entries = simulate(Playbill(circumstances, [s.Placed(1, one) for one in steps], "steps"))
    return [entry.argv for entry in entries if isinstance(entry, log.Spawned) and entry.at >= 1]


@pytest.mark.parametrize(
    "stem", ["cron-full", "direct", "git-commit", "lftp", "s3", "shell-actions", "webhook"]
)
def test_what_happened_before_makes_no_difference(
    stem: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All events are played to one daemon, one after the other."""
    (example,) = (path for path in EXAMPLES if path.stem == stem)
    monkeypatch.setenv("SYNC_SOURCE", stage.place("/srv/data"))
    monkeypatch.setenv("SYNC_TARGET", stage.place("/backup/data"))
    path = stage.place("/srv/data/a.odt").encode()

    account = explain(Question(Circumstances(Options(config=os.fsencode(example)), start=0.0), path))

    found = [start.argv for sync in account.syncs for start in starts_of(sync, Event.MODIFY)]
    assert found == simulated(example, path)


def starts_of(sync: SyncAccount, event: Event) -> tuple[Start, ...]:
    (reaction,) = (reaction for events, reaction in sync.reactions if event in events)
    return reaction.starts


@pytest.mark.parametrize(
    ("subject", "source", "events"),
    [
        (Subject(b"/srv/a"), b"/srv/", "Create Modify Attrib AWAY HERE Delete"),
        (Subject(b"/srv/a/", kind=Kind.DIRECTORY), b"/srv/", "Create Attrib AWAY HERE Delete"),
        (Subject(b"/srv/a", kind=Kind.LINK), b"/srv/", "Create Attrib AWAY HERE Delete"),
        (Subject(b"/srv/a"), b"/", "Create Modify Attrib Delete"),
        (Subject(b"/srv/a/", kind=Kind.DIRECTORY), b"/srv/a/b/", "Attrib"),
        (Subject(b"/srv/a", b"/srv/b"), b"/srv/", "Move"),
    ],
)
def test_only_what_can_happen_is_played(subject: Subject, source: bytes, events: str) -> None:
    wanted = [Event.__members__.get(name) or Event(name) for name in events.split()]
    assert list(plan_of(subject, [source])) == wanted
