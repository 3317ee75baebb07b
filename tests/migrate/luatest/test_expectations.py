"""expect(...): what passes, what fails, and what is said then."""

from __future__ import annotations

import pytest

from migrate.luatest.runner import Runner


@pytest.mark.parametrize(
    "line",
    [
        "expect(1).equals(1)",
        "expect(1.0).equals(1)",
        "expect(nil).equals(nil)",
        'expect(("abc"):gsub("b", "")).equals "ac"',
        'expect("a").equals "a"',
        "expect { 1, { a = 2 } }.equals { 1, { a = 2 } }",
        "expect { a = 1, 5 }.equals { a = any, any.number }",
        'expect { "x", 1, 2 }.equals { any.string, any.rest }',
        'expect { "x" }.equals { "x", any.rest }',
        'expect("rsync").equals(any.like "^r")',
        "expect { 1, 2 }.never.equals { 2, 1 }",
        "expect { a = 1 }.never.equals {}",
        "expect {}.never.equals { a = 1 }",
        "expect { 1 }.never.equals { any, any, any.rest }",
        "expect(nil).never.equals(any)",
        'expect(1).never.equals "1"',
        "expect(now()).equals(now())",
        "expect(now() + 1).never.equals(now())",
        'expect("a file").matches "f.le$"',
        'expect(1).never.matches "1"',
        'expect("a%b").contains "%b"',
        "expect { 1, { 2 } }.contains { 2 }",
        'expect { "a" }.never.contains "b"',
        "expect(5).never.contains(5)",
        'expect(function() error "a (b)" end).raises "(b)"',
        'expect(function() error "a12" end).raises "%d+$"',
        "expect(function() error {} end).raises()",
        "expect(function() end).never.raises()",
    ],
)
def test_it_is_so(runner: Runner, line: str) -> None:
    runner.passes(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("expect(1).equals(2)", ["expected: 2", "found:    1"]),
        ('expect("a\\n").equals "a"', ['expected: "a"', 'found:    "a\\n"']),
        (
            "expect { b = 1, 5, a = {} }.equals {}",
            ["expected: {}", "found:    { 5, a = {}, b = 1 }"],
        ),
        (
            'expect { ["a b"] = true, [0] = 1 }.equals(any.like "x")',
            ['expected: any.like("x")', 'found:    { [0] = 1, ["a b"] = true }'],
        ),
        (
            'expect("x").matches "y"',
            ['expected: a text that matches "y"', 'found:    "x"'],
        ),
        (
            "expect { 1 }.contains(2)",
            ["expected: something that contains 2", "found:    { 1 }"],
        ),
        (
            'expect(function() error("oh", 0) end).raises "no"',
            ['expected: an error, "no"', "found:    oh"],
        ),
        ("expect(function() end).raises()", ["expected: an error", "found:    no error"]),
        ("expect(wait).equals(1)", ["expected: 1", "found:    function at <pylsyncd>/testing/fake.lua:LINE"]),
        ('expect(simulate "conf.lua").equals(1)', ["expected: 1", "found:    world of conf.lua"]),
        (
            'local inlet = fake.inlet { { "Move", "/a", "/b" } } expect(inlet.getEvent()).equals(1)',
            ["expected: 1", "found:    event: Move /a -> /b"],
        ),
        (
            'local inlet = fake.inlet { { "Create", "/a" } } expect(inlet.getEvents()).equals(1)',
            ["expected: 1", "found:    list of 1 events"],
        ),
        ("expect(now()).equals(1)", ["expected: 1", "found:    time stamp 0.0"]),
    ],
)
def test_it_is_not_so_and_both_sides_are_shown(runner: Runner, line: str, said: list[str]) -> None:
    first, *rest = runner.failure(line).splitlines()
    assert first == "a_test.lua:2: it is not as expected"
    assert [_without_line(text) for text in rest] == said


def _without_line(text: str) -> str:
    head, colon, number = text.rpartition("fake.lua:")
    return f"{head}{colon}LINE" if colon and number.isdigit() else text


def test_what_is_expected_never_to_be_is_told(runner: Runner) -> None:
    assert runner.failure("expect(1).never.equals(1)").splitlines() == [
        "a_test.lua:2: it is as it was expected never to be: equals(1)",
        "found:    1",
    ]


def test_large_tables_are_shown_as_their_difference(runner: Runner) -> None:
    body = """
        local function list(odd)
            local result = {}
            for i = 1, 20 do result[i] = i == odd and "odd one out" or "entry " .. i end
            return result
        end
        expect(list(20)).equals(list(0))"""
    assert runner.failure(body).splitlines() == [
        "a_test.lua:8: it is not as expected",
        "- expected",
        "+ found",
        '         "entry 17",',
        '         "entry 18",',
        '         "entry 19",',
        '    -    "entry 20",',
        '    +    "odd one out",',
        "     }",
    ]


def test_placeholders_that_fit_are_no_difference(runner: Runner) -> None:
    line = 'expect { 1, { a = "x", b = 2 }, 3 }.equals { any.number, { a = any, b = any.string }, any.rest }'
    assert runner.failure(line).splitlines()[1:] == [
        'expected: { 1, { a = "x", b = any.string }, 3 }',
        'found:    { 1, { a = "x", b = 2 }, 3 }',
    ]


def test_a_table_that_holds_itself_can_be_shown(runner: Runner) -> None:
    message = runner.failure("local own = {}\nown.me = own\nexpect(own).equals(1)")
    assert message.splitlines()[-1] == "found:    { me = (itself) }"


def test_tables_that_hold_themselves_can_be_compared(runner: Runner) -> None:
    runner.passes("local a, b = {}, {}\na.me, b.me = a, b\nexpect(a).equals(b)")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("expect()", "expect takes a value: expect(value).equals(...)"),
        ("expect(1).equal(1)", "there is no expect(...).equal; there are: contains, equals, logged, "),
        ("expect(1).matches(2)", "matches takes a text, not 2"),
        ("expect(1).raises()", "raises is for functions: expect(function() ... end).raises"),
        ("expect(1).spawned()", "spawned is for worlds and for what spawned() gives, not for 1"),
        ("expect(1).logged ''", "logged is for worlds and for what logged() gives, not for 1"),
        ("expect({}).spawned(1)", 'spawned takes commands, lists of words such as { "rsync", "-a" }, not 1'),
        ("expect({}).spawned { {} }", "spawned takes commands"),
        ('expect({}).spawned { "a", with = 1 }', 'a command has words, stdin, sync and at, but no "with"'),
    ],
)
def test_an_expectation_says_what_it_takes(runner: Runner, line: str, message: str) -> None:
    assert runner.failure(line).startswith(f"a_test.lua:2: {message}")


def test_commands_are_compared_word_by_word(runner: Runner) -> None:
    runner.passes("""
        local world = simulate "conf.lua"
        world.create "a file"
        world.wait(5)
        expect(world).spawned { "cp", "a file", sync = "Sync1", at = 5 }
        expect(world.spawned()).spawned { { "cp", any.rest } }
        expect(world).never.spawned { "cp", "a", "file" }
        expect(world).never.spawned { "cp", "a file", at = 6 }
        expect(world).never.spawned { "cp", "a file", stdin = "x" }""")


def test_processes_are_expected_in_order_and_no_others(runner: Runner) -> None:
    config = 'sync { source = "/s", delay = 1, maxProcesses = 2, onCreate = "/bin/cp ^path", init = false }'
    start = 'local world = simulate "conf.lua"\nworld.create "a"\nworld.create "b"\nworld.wait(1)\n'
    runner.passes(start + 'expect(world).spawned { { "/bin/cp", "a" }, { "/bin/cp", "b" } }', config=config)
    runner.passes(start + 'expect(world).never.spawned { "/bin/cp", "a" }', config=config)
    runner.passes(start + 'expect(world).never.spawned { { "/bin/cp", "b" }, any }', config=config)


def test_what_was_started_instead_is_shown_where_it_differs(runner: Runner) -> None:
    body = """
        local inlet = fake.inlet { { "Create", "/a b" }, { "Create", "/c" } }
        local list = inlet.getEvents()
        spawn(list, "tar", "<", "a b\\0c\\0", "-c", "--null", "-T", "-")
        expect(spawned()).spawned { { "tar", "-x", any, any.rest, stdin = { "a b", "d" } }, { "true" } }"""
    assert runner.failure(body).splitlines() == [
        "a_test.lua:6: it is not as expected",
        "- expected",
        "+ started",
        "     tar",
        "    -    -x",
        "    +    -c",
        "         --null",
        "         -T",
        "         -",
        '         < "a b"',
        "    -    < d",
        "    -true",
        "    +    < c",
    ]


def test_no_process_is_expected_by_an_empty_list(runner: Runner) -> None:
    runner.passes("expect(spawned()).spawned {}\nexpect(spawned()).never.spawned()")
    message = runner.failure('os.execute "true"\nexpect(spawned()).spawned {}')
    assert message.splitlines()[-1] == "    +sh -c true"


def test_a_line_of_the_log_is_found_by_text_or_pattern(runner: Runner) -> None:
    runner.passes("""
        log("Normal", "50% (or so)")
        expect(logged()).logged "Normal: 50% (or"
        expect(logged()).logged "^Normal: %d+"
        expect(logged()).never.logged "Warn" """)
    message = runner.failure('log("Warn", "x")\nexpect(logged()).logged "y"')
    assert message.splitlines()[1:] == ['expected: a line with "y"', "found:    ", "    Warn: x"]
