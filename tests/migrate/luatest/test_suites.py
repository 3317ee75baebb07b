"""describe, it and what belongs to them; tests that do not end."""

from __future__ import annotations

import pytest

from migrate.luatest.runner import Runner
from pylsyncd.migrate.luatest import world


def test_before_each_and_after_each_stand_around_each_test(runner: Runner) -> None:
    text = """
        local said = {}
        local function say(word) return function() said[#said + 1] = word end end
        before_each(say "outer before")
        after_each(say "outer after")
        describe("group", function()
            before_each(say "inner before")
            after_each(say "inner after")
            it("one", say "one")
        end)
        it("two", say "two")
        it("is told", function()
            expect(said).equals {
                "outer before", "inner before", "one", "inner after", "outer after",
                "outer before", "two", "outer after",
                "outer before",
            }
        end)"""
    assert runner.run(text).code == 0


def test_after_each_runs_though_the_test_has_failed(runner: Runner) -> None:
    text = """
        local has_run
        describe("group", function()
            after_each(function() has_run = true end)
            it("fails", function() error "oh" end)
        end)
        it("has run", function() expect(has_run).equals(true) end)"""
    assert runner.run(text).lines[0] == "F."


def test_what_after_each_raises_is_a_failure(runner: Runner) -> None:
    text = 'after_each(function() error "untidy" end)\nit("passes", function() end)'
    assert "a_test.lua:1: untidy" in runner.run(text).out


def test_a_test_can_be_left_as_pending(runner: Runner) -> None:
    answer = runner.test('pending "when there is time"\nerror "not reached"')
    assert answer.code == 0
    assert "pending: a_test.lua:1: is tested (when there is time)" in answer.lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('it("x")', "it takes a function second, not a nil"),
        ("describe(1, function() end)", "describe takes a title first, not a number"),
        ("before_each(1)", "before_each takes a function second, not a number"),
        ("pending(1)", "pending takes a text, not a number"),
    ],
)
def test_what_defines_tests_says_what_it_takes(runner: Runner, text: str, message: str) -> None:
    assert f"a_test.lua:1: {message}" in runner.run(text).out


@pytest.mark.parametrize("name", ["describe", "it"])
def test_tests_are_not_defined_in_tests(runner: Runner, name: str) -> None:
    message = runner.failure(f'{name}("x", function() end)')
    assert message == f"a_test.lua:2: {name} cannot stand in a test: it stands in the file or in a describe"


def test_an_unknown_global_is_an_error_as_in_a_running_daemon(runner: Runner) -> None:
    assert 'undefined global "exepct"' in runner.failure("exepct(1).equals(1)")


@pytest.mark.parametrize(
    "loop",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
    ],
)
def test_a_loop_without_end_is_stopped(runner: Runner, loop: str) -> None:
    message = runner.failure(loop)
    assert message.startswith(
        "a_test.lua:2: stopped after 100 million instructions: does this loop ever end?"
    )


def test_a_coroutine_works_as_ever(runner: Runner) -> None:
    runner.passes("""
        local step = coroutine.wrap(function(a) return a + coroutine.yield(a) end)
        expect({ step(1), step(2) }).equals { 1, 3 }
        expect(coroutine.wrap(function() error "oh" end)).raises "oh$"
        local thread = coroutine.create(function() return 5 end)
        expect({ coroutine.resume(thread) }).equals { true, 5 }""")


def test_a_loop_without_end_in_a_config_is_stopped(runner: Runner) -> None:
    config = 'sync { source = "/s", delay = 0, onCreate = function() while true do end end }'
    body = 'local world = simulate "conf.lua"\nworld.create "a"\nexpect(world).logged "never"'
    message = runner.failure(body, config=config)
    assert "conf.lua:1: stopped after 100 million instructions" in message


def test_a_config_that_goes_on_for_ever_in_no_time_is_stopped(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "PATIENCE", 1000)
    config = """
        local function again() alarm(now(), again) end
        alarm(now(), again)
        sync { source = "/s", onCreate = "/bin/true" }"""
    message = runner.failure('simulate("conf.lua").wait(1)', config=config)
    assert message == (
        "a_test.lua:2: more than 1000 things have happened, and it is 0.000 seconds after the start: "
        "does something start itself again and again?"
    )


def test_a_time_in_which_too_much_happens_is_stopped(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "PATIENCE", 1000)
    config = """
        local function again() alarm(now() + 1, again) end
        again()
        sync { source = "/s", onCreate = "/bin/true" }"""
    message = runner.failure('simulate("conf.lua").wait(1e9)', config=config)
    assert "more than 1000 things have happened, and it is " in message


def test_an_expectation_that_demands_nothing_is_a_mistake(runner: Runner) -> None:
    assert runner.failure("expect(1)").startswith("a_test.lua:2: expect(...) alone demands nothing")


def test_an_end_of_the_daemon_is_an_end_of_the_test(runner: Runner) -> None:
    message = runner.failure("terminate(3)")
    assert message == "a_test.lua:1: terminate(3) was called, or os.exit: the daemon ends"
    runner.passes('expect(function() os.exit(1) end).raises "the daemon ends"')


def test_a_failed_assertion_of_lua_has_its_place(runner: Runner) -> None:
    assert runner.failure("assert(1 == 2)") == "a_test.lua:2: assertion failed!"
    assert runner.failure('assert(nil, "no file")') == "a_test.lua:2: no file"
    assert runner.failure("error { code = 5 }") == "a_test.lua:2: error object is a table: { code = 5 }"


def test_bytes_that_are_no_text_come_out_in_messages(runner: Runner) -> None:
    assert runner.failure('expect("\\xff").equals "\\xfe"').splitlines()[1:] == [
        'expected: "\\xfe"',
        'found:    "\\xff"',
    ]


def test_a_test_that_breaks_what_the_runner_needs_fails(runner: Runner) -> None:
    text = 'after_each(function() end)\nit("breaks it", function() table.pack = nil end)'
    assert "attempt to call a nil value (field 'pack')" in runner.run(text).out
