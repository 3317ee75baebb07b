"""`--fix` makes the mechanical rewrites, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.migrate.findings import Edit, Finding, Severity
from pylsyncd.migrate.fix import difference, fixed, repaired, write
from pylsyncd.migrate.luasyntax import parse
from pylsyncd.migrate.static import static_findings
from pylsyncd.script.names import read_names

LEGACY = Path(__file__).parent / "legacy"
CONFIGS = sorted(LEGACY.glob("*.lua"))
KNOWN = read_names()


def look(text: bytes) -> tuple[Finding, ...]:
    return static_findings(b"lsyncd.conf.lua", text, KNOWN)


def repair(text: str) -> str:
    return repaired(text.encode(), look).decode()


def finding(*edits: Edit, code: str = "some-code") -> Finding:
    return Finding(b"file", 1, Severity.ERROR, code, "message", "remedy", 1, edits)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_is_fixed_as_it_should_be(path: Path) -> None:
    result = LEGACY / "fixed" / path.name
    text = path.read_bytes()
    expected = result.read_bytes() if result.exists() else text
    if os.environ.get("REGENERATE") and repaired(text, look) != text:
        result.write_bytes(repaired(text, look))
    assert repaired(text, look) == expected


def test_each_fixed_config_has_one_that_it_comes_from() -> None:
    results = {path.name for path in (LEGACY / "fixed").glob("*.lua")}
    changing = {path.name for path in CONFIGS if repaired(path.read_bytes(), look) != path.read_bytes()}
    assert results == changing


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_fixed_config_is_lua_without_what_was_fixed(path: Path) -> None:
    text = path.read_bytes()
    result = repaired(text, look)
    assert parse(result).is_sound
    gone = {one.code for one in look(text)} - {one.code for one in look(text) if not one.edits}
    assert gone & {one.code for one in look(result)} == set()
    assert [one for one in look(result) if one.edits] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_to_fix_it_twice_changes_nothing_the_second_time(path: Path) -> None:
    once = repaired(path.read_bytes(), look)
    assert repaired(once, look) == once


EDITS = st.tuples(st.integers(0, 40), st.integers(0, 40), st.binary(max_size=3)).map(
    lambda drawn: Edit(min(drawn[:2]), max(drawn[:2]), drawn[2])
)
FINDINGS = st.lists(
    st.builds(
        lambda edits, code: finding(*edits, code=code),
        st.lists(EDITS, min_size=1, max_size=1),
        st.sampled_from("abc"),
    )
)


@given(st.binary(min_size=40, max_size=40), FINDINGS)
def test_the_order_of_findings_does_not_matter(text: bytes, findings: list[Finding]) -> None:
    unique = list({(one.edits, one.code): one for one in findings}.values())
    edits = {(one.start, one.end) for found in unique for one in found.edits}
    if len(edits) < len(unique):  # two that say different things of one place
        return
    mixed = sorted(unique, key=lambda one: repr(one.edits)[::-1])
    assert fixed(text, mixed) == fixed(text, unique)


@given(st.binary(min_size=40, max_size=40), FINDINGS)
def test_what_no_finding_is_about_stays(text: bytes, findings: list[Finding]) -> None:
    first = min((edit.start for one in findings for edit in one.edits), default=40)
    last = max((edit.end for one in findings for edit in one.edits), default=0)
    result = fixed(text, findings)
    assert result.startswith(text[:first])
    assert result.endswith(text[last:])


def test_of_two_findings_about_one_place_the_first_wins() -> None:
    assert fixed(b"abcdef", [finding(Edit(2, 4, b"X")), finding(Edit(1, 3, b"Y"))]) == b"aYdef"


def test_a_finding_is_fixed_whole_or_not_at_all() -> None:
    whole = finding(Edit(1, 3, b"X"), Edit(5, 6, b"Z"))
    assert fixed(b"abcdef", [finding(Edit(0, 2, b"Y")), whole]) == b"Ycdef"


def test_a_fix_in_a_fix_comes_in_another_round() -> None:
    lua = 'settings.logfile = settings.statusFile .. ".log"\n'
    assert repair(lua) == 'settings { logfile = settings("statusFile") .. ".log" }\n'


def test_what_holds_a_comment_is_left_to_a_human() -> None:
    lua = 'sync { default.rsync, source = "/a", target = "/b", rsyncOps = { "-a" --[[ why ]] } }\n'
    assert repair(lua) == lua


def test_a_key_in_brackets_stays_so() -> None:
    lua = 'settings { ["statusintervall"] = 5 }\n'
    assert repair(lua) == 'settings { ["statusInterval"] = 5 }\n'


def test_a_name_is_not_corrected_onto_one_that_is_there() -> None:
    lua = "settings { statusIntervall = 5, statusInterval = 6 }\n"
    assert repair(lua) == lua


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"-lts"', "{ links = true, protect_args = true, times = true }"),
        ('{ "-avz" }', "{ archive = true, compress = true, verbose = true }"),
        ('{ "-avz", "--delete" }', "{ archive = true, compress = true, verbose = true }"),
        ('{ "-rt", "-e", "ssh -p 22" }', '{ rsh = "ssh -p 22", times = true }'),
        ('{ "--rsh=ssh -p 22", "--bwlimit=100" }', '{ bwlimit = 100, rsh = "ssh -p 22" }'),
        (
            '{ "--archive", "--hard-links", "--append" }',
            "{ append = true, archive = true, hard_links = true }",
        ),
        ('{ "-aP", "--max-size", "10m" }', '{ archive = true, _extra = { "-P", "--max-size", "10m" } }'),
        ('{ "-D", "-essh" }', '{ devices = true, specials = true, _extra = { "-essh" } }'),
        ("{ '--suffix=\"' }", "{ suffix = '\"' }"),
        ('"-r"', "{}"),
    ],
)
def test_arguments_of_rsync_become_keys(old: str, new: str) -> None:
    lua = 'sync {{ default.rsync, source = "/a", target = "/b", {} }}\n'
    assert repair(lua.format(f"rsyncOps = {old}")) == lua.format(f"rsync = {new}")


@pytest.mark.parametrize(
    "old", ['{ "-avR" }', '{ "--relative" }', '{ "--delete-after" }', "{ unknown() }", "{}"]
)
def test_arguments_that_need_a_human_stay(old: str) -> None:
    lua = f'sync {{ default.rsync, source = "/a", target = "/b", rsyncOps = {old} }}\n'
    assert repair(lua) == lua


def test_an_entry_goes_with_its_line_or_its_comma() -> None:
    head = 'sync { default.rsyncssh, source = "/a", host = "b", targetdir = "/c",'
    assert repair(f"{head}\n    xargs = {{}},\n    delay = 1,\n}}\n") == f"{head}\n    delay = 1,\n}}\n"
    assert repair(f"{head} xargs = {{}}, delay = 1 }}\n") == f"{head} delay = 1 }}\n"


# The file ------------------------------------------------------------------------------------------


def test_the_difference_can_be_applied_by_patch(tmp_path: Path) -> None:
    path = tmp_path / "lsyncd.lua"
    path.write_bytes(b"one\ntwo\nthree")
    text = difference(b"/lsyncd.lua", b"one\ntwo\nthree", b"one\n2\nthree!")
    assert text.startswith(b"--- a/lsyncd.lua\n+++ b/lsyncd.lua\n")
    patched = path.read_bytes()
    done = subprocess.run(["git", "apply", "-"], input=text, cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (patched, path.read_bytes()) == (b"one\ntwo\nthree", b"one\n2\nthree!")


def test_without_a_change_there_is_no_difference() -> None:
    assert difference(b"x", b"a\n", b"a\n") == b""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "lsyncd.lua"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def test_a_file_is_replaced_and_the_old_one_kept(config: Path) -> None:
    backup = Path(os.fsdecode(write(bytes(config), b"new")))
    assert (config.read_bytes(), backup.read_bytes()) == (b"new", b"old")
    assert backup == config.with_name("lsyncd.lua.bak")
    assert {one.stat().st_mode & 0o777 for one in (config, backup)} == {0o640}
    assert len(os.listdir(config.parent)) == 2


def test_no_backup_is_overwritten(config: Path) -> None:
    names = [Path(os.fsdecode(write(bytes(config), text))).name for text in (b"1", b"2", b"3")]
    assert names == ["lsyncd.lua.bak", "lsyncd.lua.bak.1", "lsyncd.lua.bak.2"]
    assert [config.with_name(name).read_bytes() for name in names] == [b"old", b"1", b"2"]


def test_a_symbolic_link_stays_one(config: Path) -> None:
    link = config.with_name("link.lua")
    link.symlink_to(config.name)
    write(bytes(link), b"new")
    assert link.is_symlink()
    assert config.read_bytes() == b"new"


def test_a_file_that_cannot_be_replaced_stays(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_old: bytes, _new: bytes) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        write(bytes(config), b"new")
    assert config.read_bytes() == b"old"
    assert not [name for name in os.listdir(config.parent) if name.startswith(".pylsyncd")]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(bytes(tmp_path / "nothing.lua"), b"new")
    assert os.listdir(tmp_path) == []


def test_edits_make_no_difference_between_findings() -> None:
    assert evolve(finding(), edits=(Edit(0, 1, b""),)) == finding()
