"""What `check` makes of a load: refusals, lines that are logged, programs that are run (issue 4)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from attrs import evolve

from migrate.fake_machine import FakeMachine
from pylsyncd.migrate.check.checker import Checked, Checker
from pylsyncd.migrate.check.reading import reader
from pylsyncd.migrate.check.trial import Terms
from pylsyncd.migrate.findings import Finding, Severity

HERE = Terms()
ELSEWHERE = Terms(is_foreign=True)
DENIED = Terms(may_run=False)

MIRROR = 'sync{{ default.rsync, source = "{}", target = "host::m" }}\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "source").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nothing(_file: bytes, _text: bytes, _globals: frozenset[str]) -> tuple[Finding, ...]:
    return ()


def check(place: Path, config: str | bytes, terms: Terms = HERE) -> Checked:
    (place / "c.lua").write_bytes(config.encode() if isinstance(config, str) else config)
    return Checker(nothing, FakeMachine(), terms).check(b"c.lua")


def found(place: Path, config: str | bytes, terms: Terms = HERE) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in check(place, config, terms).findings]


def only(place: Path, config: str | bytes, terms: Terms = HERE) -> Finding:
    (finding,) = check(place, config, terms).findings
    return finding


def test_a_config_without_a_fault_has_no_findings_and_starts(place: Path) -> None:
    checked = check(place, MIRROR.format("source"))
    assert checked.findings == ()
    assert checked.starts


def test_a_config_that_is_not_there_is_a_finding(place: Path) -> None:
    checked = Checker(nothing, FakeMachine(), HERE).check(b"none.lua")
    assert [(one.file, one.line, one.code) for one in checked.findings] == [
        (b"none.lua", 1, "unreadable-config")
    ]
    assert list(place.iterdir()) == [place / "source"]


@pytest.mark.parametrize(
    ("config", "code", "remedy"),
    [
        ('sync{ default.rsync, source = "nowhere", target = "h::m" }', "source-not-there", ""),
        (
            'sync{ default.rsync, source = "source", target = "h::m", excludeFrom = "none" }',
            "unreadable-file",
            "",
        ),
        ('dofile "none.lua"', "unreadable-file", ""),
        ('require "no.such.module"', "missing-module", ""),
        (
            'sync{ source = "source", traget = 1, checkgauge = default.checkgauge }',
            "unknown-key",
            "write target",
        ),
        ("settings{ statusIntervall = 1 }", "unknown-setting", "write statusInterval"),
        ('tunnel{ comand = "ssh" }', "unknown-tunnel-key", "write command"),
        ("tunnel{ }", "missing-key", ""),
        ("tunnel{ command = 5 }", "wrong-value", ""),
        ('sync{ source = "source", onModify = "" }', "wrong-value", ""),
        ('sync{ source = "source", onModify = "cp ^d.path" }', "wrong-value", ""),
        ('sync{ source = "source", crontab = "61 * * * *" }', "crontab-rule", ""),
        ("alarm(5, 5)", "wrong-value", ""),
        ("x = = 1", "syntax-error", ""),
        ('x = "', "syntax-error", ""),
        ("goto nowhere", "syntax-error", ""),
        ('error "our own words"', "lua-error", ""),
        ("error { code = 3 }", "lua-error", ""),
    ],
)
def test_a_refusal_is_told_by_its_kind(place: Path, config: str, code: str, remedy: str) -> None:
    first = check(place, f"\n{config}\n{MIRROR.format('source')}").findings[0]
    assert (first.code, first.severity) == (code, Severity.ERROR)
    assert first.line == (4 if config.startswith("goto") else 2)  # Lua knows only when the file has ended
    assert first.remedy.startswith(remedy)


def test_of_a_missing_module_not_all_places_are_named(place: Path) -> None:
    assert only(place, 'require "no.such"').message == "module 'no.such' not found"


def test_an_error_without_a_line_stands_where_the_config_called(place: Path) -> None:
    config = 'local function f()\n  error("no line", 0)\nend\nf()\n'
    assert found(place, config) == [(2, "lua-error")]


def test_all_syncs_and_settings_that_are_refused_are_found_in_one_go(place: Path) -> None:
    config = 'settings{ nope = 1 }\nlocal s = sync{ }\ns.addExclude("x")\nsync{ source = 5 }\n'
    assert found(place, config) == [(1, "unknown-setting"), (2, "missing-key"), (4, "wrong-value")]


def test_the_machine_is_looked_at_for_the_syncs_that_are_well(place: Path) -> None:
    config = (
        'sync{ }\nsync{ default.rsync, source = "source", target = "h::m", rsync = { binary = "nope" } }\n'
    )
    assert found(place, config) == [(1, "missing-key"), (2, "missing-program")]


def test_an_error_that_the_config_itself_catches_is_none(place: Path) -> None:
    config = 'pcall(sync, { source = "nowhere" })\n' + MIRROR.format("source")
    assert found(place, config) == []


def test_what_follows_from_a_forgiven_refusal_is_not_told(place: Path) -> None:
    config = "local s = sync{ }\nlocal n = #s.getConfig().exclude\n"
    assert found(place, config) == [(1, "missing-key")]


def test_a_config_that_runs_programs_is_not_loaded_twice(place: Path) -> None:
    config = 'os.execute("echo >> ran")\nsync{ }\nsync{ }\n'
    assert found(place, config) == [(1, "runs-program"), (2, "missing-key")]
    assert (place / "ran").read_text() == "\n"


@pytest.mark.parametrize("call", ["os.exit(0)", "terminate(3)", "lsyncd.terminate(1)"])
def test_a_config_that_ends_the_daemon_is_named_with_the_line(place: Path, call: str) -> None:
    finding = only(place, f"\n{call}\n{MIRROR.format('source')}")
    assert (finding.line, finding.code, finding.severity) == (2, "ends-itself", Severity.ERROR)


def test_standard_streams_may_be_observed_whatever_they_are_here(place: Path) -> None:
    assert found(place, "observefd(0, print)\n" + MIRROR.format("source")) == []
    assert found(place, "observefd(77, print)\n")[0] == (1, "lua-error")


# -- programs and files ---------------------------------------------------------------------------

DEEDS = {
    'os.execute("touch marker")': "runs-program",
    'io.popen("touch marker")': "runs-program",
    'pcall(lsyncd.exec, "touch", "marker")': "runs-program",
    'io.open("marker", "w")': "writes-file",
    'pcall(io.output, "marker")': "writes-file",
    'os.rename("source", "marker")': "writes-file",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_without_permission_nothing_is_started_and_nothing_written(place: Path, deed: str) -> None:
    finding = only(place, f"\n{deed}\n{MIRROR.format('source')}", DENIED)
    assert (finding.line, finding.code) == (2, DEEDS[deed])
    assert "refused by --no-exec" in finding.message
    assert sorted(path.name for path in place.iterdir()) == ["c.lua", "source"]


def test_a_program_runs_as_when_the_daemon_starts_and_is_named_with_its_words(place: Path) -> None:
    config = f'\nlocal p = io.popen "echo source"\nlocal d = p:read() p:close()\n{MIRROR.format("source")}'
    finding = only(place, config.replace('"source"', "d"))
    assert (finding.line, finding.severity) == (2, Severity.NOTE)
    assert "io.popen echo source" in finding.message


def test_a_load_that_stops_after_a_refusal_may_be_due_to_it(place: Path) -> None:
    config = 'local d = io.popen("pwd"):read()\n' + MIRROR.format("source")
    checked = check(place, config, DENIED)
    assert [(one.line, one.code) for one in checked.findings] == [(1, "runs-program"), (1, "needs-programs")][
        ::-1
    ]
    assert checked.starts


def test_no_process_gets_a_signal(place: Path) -> None:
    with open("/proc/self/stat") as stat:
        pid = int(stat.read().split()[0])
    config = f"assert(lsyncd.kill({pid}, 9) == 0)\n{MIRROR.format('source')}"
    assert found(place, config) == [(1, "sends-signal")]


def test_what_a_config_prints_is_not_part_of_the_report(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    check(place, f'print "printed" io.write "written" os.execute "echo said"\n{MIRROR.format("source")}')
    assert capfd.readouterr() == ("", "printed\nwrittensaid\n")


# -- another machine ------------------------------------------------------------------------------


def test_for_another_machine_sources_and_files_need_not_be_here(place: Path) -> None:
    config = 'sync{ default.rsync, source = "/srv/www", target = "h::m", excludeFrom = "/etc/excludes" }\n'
    assert found(place, config, ELSEWHERE) == []
    assert found(place, config.replace("/srv", "srv"), ELSEWHERE) == []


def test_for_another_machine_a_config_that_looks_around_is_no_error(place: Path) -> None:
    config = 'for name in pairs(assert(readdir "/srv/www")) do end\n'
    checked = check(place, config, ELSEWHERE)
    assert [one.code for one in checked.findings] == ["needs-machine"]
    assert checked.starts
    assert {one.code for one in check(place, config).findings} == {"logged-error", "lua-error"}


def test_without_a_machine_nothing_is_asked_about_it(place: Path) -> None:
    (place / "c.lua").write_text('sync{ default.rsync, source = "/mnt/nfs/x", target = "h::m" }')
    assert Checker(nothing, None, ELSEWHERE).check(b"c.lua").findings == ()
    assert Checker(nothing, FakeMachine(), ELSEWHERE).check(b"c.lua").findings != ()


# -- files ----------------------------------------------------------------------------------------


def seen_by(place: Path, config: str, terms: Terms = HERE) -> set[bytes]:
    """The files that are read, by their names in findings."""
    (place / "c.lua").write_text(config)
    seen = set[bytes]()

    def note(file: bytes, _text: bytes, _globals: frozenset[str]) -> tuple[Finding, ...]:
        seen.add(os.path.basename(file))
        return ()

    Checker(note, None, terms).check(b"c.lua")
    return seen


def test_files_that_the_config_runs_are_read_too(place: Path) -> None:
    (place / "done.lua").write_text('return loadfile("loaded.lua")()')
    (place / "loaded.lua").write_text("return 1")
    (place / "required.lua").write_text("return 1")
    (place / "script.lua").write_text("x = 1")
    config = 'dofile("done.lua") require "required"\n' + MIRROR.format("source")
    terms = evolve(HERE, scripts=(b"script.lua",))
    assert seen_by(place, config, terms) == {
        b"c.lua",
        b"done.lua",
        b"loaded.lua",
        b"required.lua",
        b"script.lua",
    }


def test_a_config_that_cannot_be_loaded_is_read_all_the_same(place: Path) -> None:
    assert seen_by(place, "= = =") == {b"c.lua"}


def test_findings_in_other_files_name_those(place: Path) -> None:
    (place / "parts").mkdir()
    (place / "parts" / "one.lua").write_text("\nsync{ }\n")
    checked = check(place, 'dofile("parts/one.lua")\n')
    assert [(one.file, one.line) for one in checked.findings] == [(b"parts/one.lua", 2)]


def test_a_config_that_was_named_by_its_whole_path_is_shown_so(place: Path) -> None:
    (place / "c.lua").write_text('dofile("one.lua")')
    (place / "one.lua").write_text("sync{ }")
    checked = Checker(nothing, None, HERE).check(bytes(place / "c.lua"))
    assert [one.file for one in checked.findings] == [bytes(place / "one.lua")]


def test_names_and_texts_may_hold_any_bytes(place: Path) -> None:
    config = place / os.fsdecode(b"\xff\n.lua")
    config.write_bytes(b'log("Warn", "\xff\\0") error("\xfe\\n", 0)')
    checked = Checker(nothing, FakeMachine(), HERE).check(os.fsencode(config.name))
    assert {one.file for one in checked.findings} == {b"\xff\n.lua"}
    assert {one.message for one in checked.findings} == {"\\xff\\x00", "\\xfe"}


def test_a_thousand_lines_take_less_than_half_a_second(place: Path) -> None:
    one = (
        'sync{{\n  default.rsync,\n  source = "source",\n  target = "h::m{}",\n  delay = 5,\n'
        '  exclude = {{ "*.tmp" }},\n  rsync = {{\n    archive = true,\n  }},\n}}\n'
    )
    (place / "c.lua").write_text("settings{ nodaemon = true }\n" + "".join(map(one.format, range(100))))
    checker = Checker(reader(), FakeMachine(), HERE)
    began = time.process_time()
    assert checker.check(b"c.lua").findings == ()
    assert time.process_time() - began < 0.5
