"""`pylsyncd replay` as the shell sees it: a recording in, logs and an exit code out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrate.recordings import head, lines, played, recorded, simulated, write
from pylsyncd.cli.replay import run
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.spawnlog import render
from pylsyncd.migrate.transcribe import Transcriber

CONFIG = """
sync {
    source = "/srv/data",
    delay = 2,
    onStartup = "/start ^source",
    onCreate = "/create ^path",
    onModify = "/modify ^path",
}
"""
DAY = """\
have a/
take 0.5
start
wait 3
create a/f
wait 10
write a/f
wait 2.2
exit 3 modify
wait 5
signal TERM
"""
LOG = """\
     0.000  Sync1: /start /srv/data/
     5.000  Sync1: /create a/f
    15.000  Sync1: /modify a/f
    15.200  Sync1: /modify ends with 3
    20.200  pylsyncd ends with 143
"""
HEADING = "2026-01-05 01:00:00, /etc/lsyncd.conf.lua, written by pylsyncd 1.0"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "conf.lua"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def journal(tmp_path: Path, config: Path) -> Path:
    _, happened = simulated(config, s.parse(DAY, "steps"))
    return recorded(tmp_path / "journal", happened)


def replay(*words: str | Path) -> int:
    return run([os.fsencode(word) for word in words])


def test_it_prints_the_spawn_log_and_ends_with_0(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(journal) == 0
    shown = capsys.readouterr()
    assert shown.out == LOG
    assert shown.err == f"Run 1 of 1: {HEADING}: this version does the same\n"


def test_a_difference_is_shown_with_its_line_and_ends_with_1(
    journal: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal.write_bytes(journal.read_bytes().replace(b'"code":143', b'"code":9'))
    for words in ([journal], [journal, "--steps"], [journal, config]):
        assert replay(*words) == 1
        shown = capsys.readouterr()
        number = journal.read_text().count("\n")
        assert shown.err.endswith(
            f": this version does something else\n{journal}:{number}: the first difference\n"
            '  recorded:   {"out":{"code":9,"_type":"Exit"}}\n'
            '  recomputed: {"out":{"code":143,"_type":"Exit"}}\n'
        )
        assert ("pylsyncd ends with 9" in shown.out) is (words == [journal])


def test_what_is_no_recording_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = write(tmp_path / "broken", head(), b"rubbish\n", b"more\n")
    assert replay(broken) == 2
    assert capsys.readouterr().err.startswith(f"Error: {broken}:2: not readable: ")
    assert replay(tmp_path / "none") == 2
    assert capsys.readouterr().err == f"Error: cannot read {tmp_path}/none: No such file or directory\n"


def test_with_log_warnings_and_errors_of_that_time_are_shown_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    happened = played("sync source=/s/ noinit\ndir /s/ 1\n1 start\n2 luafails oops\n")
    journal = write(tmp_path / "journal", head(), *lines(happened))
    assert replay(journal, "--log") == 0
    assert capsys.readouterr().out == "     1.000  Error: oops\n     1.000  pylsyncd ends with 255\n"
    assert replay(journal) == 0
    assert capsys.readouterr().out == "     1.000  pylsyncd ends with 255\n"


def test_runs_can_be_chosen(journal: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = journal.read_bytes().removeprefix(head())
    journal.write_bytes(head() + inputs + head(run="run2", is_hashed=True) + inputs[:-200])
    assert replay(journal) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(LOG + "\n     0.000")
    ending = "names hashed, without the daemon's end: this version does the same\n"
    assert shown.err.endswith(f"Run 2 of 2: {HEADING}, {ending}")
    assert replay(journal, config, "--run", "1") == 0
    shown = capsys.readouterr()
    assert "cut off" in shown.err.splitlines()[0]
    assert shown.err.splitlines()[1].startswith("Run 1 of 2: ")
    assert replay(journal, "--run", "9") == 2
    assert "Error: there is no run 9 in the journal" in capsys.readouterr().err


def test_the_steps_can_be_played_by_simulate(
    journal: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(journal, "--steps") == 0
    text = capsys.readouterr().out
    again, _ = simulated(config, s.parse(text, "steps"))
    assert render(again) == LOG


def test_the_same_config_does_the_same(
    journal: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(journal, config) == 0
    assert capsys.readouterr().out == f"Recorded:\n{LOG}\nWith {config}:\n{LOG}\nDifference: none\n"


def test_another_config_does_something_else(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.lua"
    other.write_text(CONFIG.replace("delay = 2", "delay = later"))
    (tmp_path / "later.lua").write_text("later = 5")
    assert replay(journal, other, "--script", tmp_path / "later.lua") == 1
    shown = capsys.readouterr().out
    assert shown.startswith(f"Recorded:\n{LOG}\nWith {other}:\n     0.000")
    assert "-     5.000  Sync1: /create a/f\n" in shown
    assert "+     8.000  Sync1: /create a/f\n" in shown


def test_what_a_script_starts_by_itself_is_no_difference(
    journal: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'os.execute("true")\n{CONFIG}')
    assert replay(journal, config) == 0
    assert "os.execute" not in capsys.readouterr().out


def test_a_config_that_cannot_be_loaded_ends_with_2(
    journal: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("sync {")
    assert replay(journal, config) == 2
    assert f"Error: {config}:1: " in capsys.readouterr().err.splitlines()[-1]


def test_a_step_that_cannot_be_played_ends_with_2(
    journal: Path, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transcriber, "steps", lambda _: (s.Delete(b"/srv/data/none"),))
    assert replay(journal, config) == 2
    assert "/srv/data/none is not there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "the following arguments are required: JOURNAL"),
        (["j", "--run", "0"], "argument --run: '0' is not a whole number, 1 or more"),
        (["j", "--run", "x"], "argument --run: 'x' is not a whole number, 1 or more"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        replay(*words)
    assert ended.value.code == 255
    assert (
        capsys.readouterr().err == f"Error: pylsyncd replay: {problem} (pylsyncd replay --help shows how)\n"
    )


def test_an_empty_journal_is_no_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journal").touch()
    assert run([bytes(tmp_path / "journal")]) == 2
    assert capsys.readouterr().err == f"Error: there is no recording in {tmp_path}/journal\n"
