"""`pylsyncd test`: which tests run, what is printed, and the exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from migrate.luatest.runner import Runner

MIXED = """\
describe("a group", function()
    it("passes", function() end)
    it("fails", function()
        expect(1).equals(2)
    end)
    pending "is to come"
end)
"""


def test_all_tests_pass_and_the_exit_code_is_0(runner: Runner) -> None:
    answer = runner.run('it("passes", function() end)')
    assert (answer.code, answer.out) == (0, ".\n\n1 test: 1 passed, 0 failed (0.00 s)\n")


def test_a_failure_is_told_with_its_line_and_the_exit_code_is_1(runner: Runner) -> None:
    answer = runner.run(MIXED)
    assert answer.code == 1
    assert (
        answer.out
        == """\
.FP

1) a_test.lua:3: a group fails
   a_test.lua:4: it is not as expected
   expected: 2
   found:    1

pending: a_test.lua:6: a group is to come

3 tests: 1 passed, 1 failed, 1 pending (0.00 s)
"""
    )


def test_verbose_prints_the_titles(runner: Runner) -> None:
    out = runner.run(MIXED, "--verbose").lines
    assert out[:3] == ["ok  a group passes", "FAILED  a group fails", "pending  a group is to come"]


def test_list_prints_the_tests_and_runs_none(runner: Runner) -> None:
    answer = runner.run(MIXED, "--list")
    assert answer.code == 0
    assert answer.lines == [
        "a_test.lua:2: a group passes",
        "a_test.lua:3: a group fails",
        "a_test.lua:6: a group is to come",
    ]


def test_a_filter_chooses_tests_by_their_titles(runner: Runner) -> None:
    answer = runner.run(MIXED, "--filter", "group (passes|is)", "--verbose")
    assert answer.code == 0
    assert answer.lines[-1] == "2 tests: 1 passed, 0 failed, 1 pending (0.00 s)"


def test_a_filter_that_finds_nothing_is_a_mistake(runner: Runner) -> None:
    answer = runner.run(MIXED, "--filter", "nothing")
    assert answer.code == 255
    assert answer.err == "Error: no test has a title that matches nothing: --list shows all titles\n"
    assert runner.run(MIXED, "--filter", "nothing", "--list").code == 255


def test_a_filter_that_is_no_pattern_is_a_mistake(runner: Runner) -> None:
    answer = runner.run(MIXED, "--filter", "(")
    assert answer.code == 255
    assert "'(' is not a regular expression" in answer.err


def test_tap_is_what_its_readers_expect(runner: Runner) -> None:
    answer = runner.run(MIXED, "--tap")
    assert answer.code == 1
    assert (
        answer.out
        == """\
TAP version 13
1..3
ok 1 - a_test.lua: a group passes
not ok 2 - a_test.lua: a group fails
# a_test.lua:4: it is not as expected
# expected: 2
# found:    1
ok 3 - a_test.lua: a group is to come # SKIP
"""
    )


def test_junit_is_xml_with_each_test_and_its_failure(runner: Runner) -> None:
    assert runner.run(MIXED.replace("(1)", "('<\\1>')"), "--junit", "out.xml").code == 1
    suite = ET.parse(runner.home / "out.xml").getroot()[0]  # noqa: S314 - our own
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["3", "1", "1"]
    passed, failed, pending = suite
    assert (passed.get("classname"), passed.get("name")) == ("a_test.lua", "a group passes")
    assert failed[0].get("message") == "a_test.lua:4: it is not as expected"
    assert 'found:    "<\\x01>"' in str(failed[0].text)
    assert pending[0].tag == "skipped"


def test_a_result_that_cannot_be_written_is_a_mistake(runner: Runner) -> None:
    answer = runner.run(MIXED, "--junit", "nowhere/out.xml")
    assert answer.code == 255
    assert answer.err == "Error: cannot write nowhere/out.xml: No such file or directory\n"


def test_a_directory_stands_for_all_test_files_below_it(runner: Runner) -> None:
    for name in ("tests/b_test.lua", "tests/deep/a_test.lua"):
        runner.file(name, 'it("passes", function() end)')
    runner.file("tests/conf.lua", "error 'this is no test'")
    assert runner.call("tests", "--list").lines == [
        "tests/b_test.lua:1: passes",
        "tests/deep/a_test.lua:1: passes",
    ]


def test_a_file_or_directory_without_tests_is_a_mistake(runner: Runner) -> None:
    (runner.home / "empty").mkdir()
    assert runner.call("missing_test.lua").err == "Error: there is no file missing_test.lua\n"
    answer = runner.call("empty")
    assert (answer.code, answer.err) == (255, "Error: there is no file *_test.lua below empty\n")
    assert runner.call().code == 255


def test_a_file_that_defines_no_test_fails(runner: Runner) -> None:
    answer = runner.run("local nothing")
    assert answer.code == 1
    assert "a_test.lua: it defines no test: there is no it(...) in it" in answer.out


def test_a_file_that_does_not_load_fails_and_the_others_run(runner: Runner) -> None:
    runner.file("b_test.lua", "it(")
    runner.file("c_test.lua", 'describe("x", function() error "oh" end)')
    runner.file("d_test.lua", 'it("passes", function() end)')
    answer = runner.call("b_test.lua", "c_test.lua", "d_test.lua")
    assert answer.code == 1
    assert answer.lines[0] == "FF."
    assert "b_test.lua:1: unexpected symbol near <eof>" in answer.out
    assert "c_test.lua:1: oh" in answer.out
    listed = runner.call("b_test.lua", "d_test.lua", "--list")
    assert (listed.code, listed.lines) == (1, ["d_test.lua:1: passes"])
    assert listed.err == "Error: b_test.lua:1: unexpected symbol near <eof>\n"


def test_each_file_has_a_lua_state_of_its_own(runner: Runner) -> None:
    runner.file("a_test.lua", 'mine = 1; it("has it", function() expect(rawget(_G, "mine")).equals(1) end)')
    runner.file("b_test.lua", 'it("has not", function() expect(rawget(_G, "mine")).equals(nil) end)')
    assert runner.call("a_test.lua", "b_test.lua").code == 0


def test_what_a_test_names_lies_beside_its_file(runner: Runner) -> None:
    runner.file("sub/helpers.lua", "return { answer = 42 }")
    runner.file("sub/conf.lua", 'sync { source = "data", onCreate = "/bin/true" }')
    runner.file(
        "sub/a_test.lua",
        """
        it("is found", function()
            expect(require("helpers").answer).equals(42)
            local source = simulate("conf.lua").status().syncs[1].source
            expect(source).matches "/sub/data/$"
        end)""",
    )
    assert runner.call("sub/a_test.lua").code == 0
    assert Path.cwd() == runner.home


def test_the_frames_of_a_failure_are_those_of_the_user(runner: Runner) -> None:
    text = """\
local function deeper() error "oh" end
local function deep() deeper() end
it("fails", function()
    deep()
end)"""
    out = runner.run(text).out
    assert "<pylsyncd>" not in out
    assert "[C]" not in out
    assert "a_test.lua:1: oh" in out
    assert "a_test.lua:2: in upvalue 'deep'" in out
    assert "a_test.lua:4: in function <a_test.lua:3>" in out


def test_the_daemon_loads_nothing_of_it() -> None:
    program = "import sys, pylsyncd.cli, pylsyncd.app; print([n for n in sys.modules if 'migrate' in n])"
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert shown == "[]\n"


@pytest.mark.parametrize("start", ["2026-01-05T00:00:00", "1999-12-31T23:59:59"])
def test_a_test_begins_at_the_given_time(runner: Runner, start: str) -> None:
    text = f'it("begins", function() expect(os.date "%Y-%m-%dT%H:%M:%S").equals "{start}" end)'
    assert runner.run(text, "--start", start).code == 0


def test_a_file_that_cannot_be_read_fails(runner: Runner) -> None:
    answer = runner.call("/proc/self/mem")
    assert answer.code == 1
    assert "cannot read mem: Input/output error" in answer.out
