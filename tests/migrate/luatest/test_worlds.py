"""simulate(...): a config in a world that a test steers."""

from __future__ import annotations

import pytest

from migrate.luatest.runner import CONFIG, Runner

START = 'local world = simulate("conf.lua", { files = { "old", "dir/", "dir/inner" } })\nworld.start()\n'


@pytest.mark.parametrize(
    ("call", "command"),
    [
        ('world.create "new"', '"cp", "new"'),
        ('world.create("new", 1000)', '"cp", "new"'),
        ('world.create "newdir/"', '"cp", "newdir/"'),
        ('world.write "old"', '"cp", "-f", "old"'),
        ('world.link("new", "old")', '"cp", "new"'),
        ('world.touch "old"', '"chmod", "old"'),
        ('world.move("old", "new")', '"mv", "old", "new"'),
        ('world.delete "old"', '"rm", "old"'),
        ('world.create "/srv/data/new"', '"cp", "new"'),
    ],
)
def test_a_change_of_a_file_is_seen(runner: Runner, call: str, command: str) -> None:
    runner.passes(f"{START}{call}\nworld.wait(5)\nexpect(world).spawned {{ {command} }}")


def test_changes_that_follow_each_other_happen_at_once(runner: Runner) -> None:
    runner.passes(
        f'{START}world.create "a"\nworld.delete "a"\nworld.wait(10)\nexpect(world).spawned {{ "rm", "a" }}'
    )


def test_nothing_is_due_before_its_time(runner: Runner) -> None:
    runner.passes(f"""{START}
        world.create "a"
        world.wait(4.999)
        expect(world).spawned {{}}
        world.wait(0.001)
        expect(world).spawned {{ "cp", "a", at = 5, sync = "Sync1" }}""")


def test_what_a_process_was_started_with_is_told(runner: Runner) -> None:
    config = CONFIG.replace('"cp", event.path', '"cp", "<", "text", event.path')
    runner.passes(
        START
        + """world.create "a"
        world.wait(5)
        expect(world.spawned()).equals {
            { binary = "cp", argv = { "cp", "a" }, stdin = "text", at = 5, sync = "Sync1" },
        }""",
        config=config,
    )


def test_clear_forgets_what_was_before(runner: Runner) -> None:
    runner.passes(f"""{START}
        world.create "a"
        world.wait(5)
        world.clear()
        expect(world).spawned {{}}
        expect(world.logged()).equals {{}}
        world.create "b"
        world.wait(5)
        expect(world).spawned {{ "cp", "b" }}""")


def test_processes_end_as_the_test_says(runner: Runner) -> None:
    config = 'sync { source = "/s", delay = 1, onCreate = "/bin/cp ^path", exitcodes = { [7] = "again" } }'
    runner.passes(
        """
        local world = simulate "conf.lua"
        world.create "a"
        world.exit(7, "cp")
        world.wait(1)
        expect(#world.spawned()).equals(1)
        world.wait(30)
        expect(#world.spawned()).equals(2)""",
        config=config,
    )


def test_processes_are_held_released_and_killed(runner: Runner) -> None:
    runner.passes(f"""{START}
        local function processes() return world.status().syncs[1].processes end
        world.hold "cp"
        world.create "a"
        world.wait(60)
        expect(processes()).equals(1)
        world.release "cp"
        expect(processes()).equals(0)
        world.hold "cp"
        world.create "b"
        world.wait(5)
        expect(processes()).equals(1)
        world.kill("TERM", "cp")
        expect(processes()).equals(0)""")


def test_processes_take_their_time(runner: Runner) -> None:
    runner.passes(f"""{START}
        world.take(10, "cp")
        world.create "a"
        world.wait(14.9)
        expect(world.status().syncs[1].processes).equals(1)
        world.wait(0.1)
        expect(world.status().syncs[1].processes).equals(0)""")


def test_what_is_said_before_the_start_counts_at_the_start(runner: Runner) -> None:
    config = 'sync { source = "/s", onStartup = "/bin/init", onCreate = "/bin/true" }'
    runner.passes(
        """
        local world = simulate "conf.lua"
        world.hold "init"
        world.create "a"
        world.wait(60)
        expect(world).spawned { "/bin/init" }
        world.exit(0)
        expect(world).spawned { { "/bin/init" }, { "/bin/true" } }""",
        config=config,
    )


def test_the_status_tells_what_waits(runner: Runner) -> None:
    runner.passes(f"""{START}
        world.move("old", "new")
        world.wait(2)
        expect(world.status()).equals {{
            running = true,
            seconds = 2,
            syncs = {{
                {{
                    name = "Sync1",
                    source = "/srv/data/",
                    processes = 0,
                    delays = {{ {{ etype = "Move", path = "/old", path2 = "/new", status = "wait" }} }},
                }},
            }},
        }}""")


def test_a_signal_ends_the_daemon(runner: Runner) -> None:
    runner.passes(f"""{START}
        expect(world.exitcode()).equals(nil)
        world.signal "TERM"
        expect(world.exitcode()).equals(143)
        expect(world.status().running).equals(false)
        expect(function() world.create "a" end).raises "a_test.lua:9: the daemon has ended with 143" """)


def test_hup_reads_the_config_again(runner: Runner) -> None:
    config = 'log("Normal", "read")\n' + CONFIG
    runner.passes(f'{START}world.signal "HUP"\nexpect(#world.logged()).never.equals(1)', config=config)


def test_a_config_that_ends_the_daemon_has_an_exit_code(runner: Runner) -> None:
    runner.passes('expect(simulate("conf.lua").exitcode()).equals(3)', config="os.exit(3)")


def test_a_config_that_is_refused_fails_the_test_with_its_message(runner: Runner) -> None:
    message = runner.failure('simulate "conf.lua"', config="sync { sorce = '/s' }")
    assert message.startswith("a_test.lua:2: ")
    assert "conf.lua:1: " in message
    assert '"sorce"' in message


def test_an_error_in_an_action_fails_a_test_that_does_not_look(runner: Runner) -> None:
    config = 'sync { source = "/s", delay = 0, onCreate = function(event) error "oh" end }'
    body = 'local world = simulate "conf.lua"\nworld.create "a"\nexpect(world).spawned {}\n'
    message = runner.failure(body, config=config)
    assert message.startswith("a_test.lua:1: conf.lua: the daemon has ended with 255: ")
    assert "conf.lua:1: oh" in message
    runner.passes(body + 'expect(world).logged "Error: .*oh"', config=config)
    runner.passes(body + "expect(world.exitcode()).equals(255)", config=config)


def test_two_worlds_of_a_test_live_in_one_time(runner: Runner) -> None:
    runner.passes("""
        local one, two = simulate "conf.lua", simulate "conf.lua"
        one.create "a"
        two.create "b"
        one.wait(5)
        expect(one).spawned { "cp", "a" }
        expect(two).spawned { "cp", "b" }""")


def test_the_time_of_a_world_is_that_of_the_test(runner: Runner) -> None:
    config = CONFIG + 'alarm(now() + 60, function() log("Normal", os.date "%H:%M") end)'
    runner.passes(
        """
        set_time "2026-03-02T03:29:00"
        local world = simulate "conf.lua"
        world.wait(60)
        expect(world).logged "Normal: 03:30"
        expect(os.date "%Y-%m-%d %H:%M").equals "2026-03-02 03:30"
        expect(os.time()).equals(os.time { year = 2026, month = 3, day = 2, hour = 3, min = 30 })
        expect(now() - now()).equals(0)""",
        config=config,
    )


def test_the_time_is_set_before_the_worlds(runner: Runner) -> None:
    assert "set_time comes before simulate" in runner.failure(START + 'set_time "2026-03-02"')
    assert runner.failure('set_time "noon"') == "a_test.lua:2: noon is not a time such as 2026-01-05T03:00:00"
    assert "set_time takes a text such as" in runner.failure("set_time(5)")


def test_each_test_begins_at_the_same_time(runner: Runner) -> None:
    text = 'for i = 1, 2 do it("begins " .. i, function() expect(now() .. "").equals "0.0" wait(5) end) end'
    assert runner.run(text).code == 0


def test_options_are_those_of_the_command_line(runner: Runner) -> None:
    config = """
        log("Normal", os.getenv "MINE", " ", os.getenv "HOME")
        sync { source = "/s", delay = 5, onCreate = function(event)
            log("Debug", readdir(event.source)["big"])
            spawn(event, "cp", event.path, lsyncd.get_file_size "/s/big")
        end }"""
    runner.passes(
        """
        local world = simulate("conf.lua", {
            delay = 1, env = { MINE = "yes", HOME = false }, files = { ["big"] = 1e6, "/t/" }, log = "Debug",
        })
        expect(world).logged "Normal: yes (nil)"
        world.create "a"
        world.wait(1)
        expect(world).spawned { "cp", "a", "1000000" }
        expect(world).logged "Debug: (false)" """,
        config=config,
    )


def test_several_categories_can_be_logged(runner: Runner) -> None:
    runner.passes(
        """
        local world = simulate("conf.lua", { log = { "Exec", "Delay" } })
        world.create "a"
        world.wait(5)
        expect(world).logged "Exec: cp"
        expect(world).logged "Delay: " """
    )
    assert "'exec' is not a valid logging category" in runner.failure(
        'simulate("conf.lua", { log = "exec" })'
    )


def test_with_insist_a_failing_start_is_tried_again(runner: Runner) -> None:
    config = 'sync { default.rsync, source = "/s", target = "h:/t" }'
    body = "world.exit(255)\nworld.start()\nexpect(world.exitcode()).equals({})"
    runner.passes('local world = simulate "conf.lua"\n' + body.format(255), config=config)
    runner.passes(
        'local world = simulate("conf.lua", { insist = true })\n' + body.format("nil"), config=config
    )


def test_with_onepass_the_daemon_ends(runner: Runner) -> None:
    config = 'sync { default.rsync, source = "/s", target = "h:/t" }'
    runner.passes('expect(simulate("conf.lua", { onepass = true }).exitcode()).equals(0)', config=config)


def test_programs_are_started_only_if_the_test_says_so(runner: Runner) -> None:
    config = 'log("Normal", "it says ", io.popen("echo hello"):read "l")\n' + CONFIG
    runner.passes(
        'local world = simulate "conf.lua"\nexpect(world).logged "says (nil)"\n'
        'expect(world).spawned { "sh", "-c", "echo hello", sync = "io.popen" }',
        config=config,
    )
    runner.passes('expect(simulate("conf.lua", { exec = true })).logged "says hello"', config=config)


def test_no_file_is_written(runner: Runner) -> None:
    config = "io.open('by-the-config', 'w'):write('x'):close()\n" + CONFIG
    runner.passes(
        "simulate 'conf.lua'\nassert(io.open('by-the-test', 'w')):write('x'):close()", config=config
    )
    assert sorted(path.name for path in runner.home.iterdir()) == ["a_test.lua", "conf.lua"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('simulate "missing.lua"', "there is no config "),
        ("simulate {}", "simulate takes the name of a config, not a table"),
        ('simulate("conf.lua", 5)', "simulate takes a table of options second, not a number"),
        ('simulate("conf.lua", { dealy = 5 })', 'simulate has no option "dealy". Did you mean "delay"?'),
        ('simulate("conf.lua", { delay = "5" })', "delay is not a number of seconds, 0 or more"),
        ('simulate("conf.lua", { files = { "a", "a/b" } })', "/srv/data/a/b would lie in a, which is a file"),
        ('simulate("conf.lua").creat "a"', 'a world has no function "creat". Did you mean "create"?'),
        ('simulate("conf.lua").create "a/b"', "/srv/data/a/b has no directory to be in"),
        ('simulate("conf.lua").create()', "0 values are given; it is: create PATH [SIZE]"),
        ('simulate("conf.lua").create("a", "b")', "b is not a whole number, 0 or more"),
        ('simulate("conf.lua").create {}', "create takes texts and numbers, not a table"),
        ('simulate("conf.lua").create "a\\0b"', "create: a NUL is in no path and no name"),
        ('simulate("conf.lua").wait(-1)', "-1 is not a number of seconds, 0 to 1000000000"),
        ('simulate("conf.lua").exit(256)', "an exit code is 0 to 255, not 256"),
        ('simulate("conf.lua").signal "KILL"', "the daemon knows the signals HUP, INT, TERM and USR1"),
    ],
)
def test_a_world_says_what_cannot_be(runner: Runner, call: str, message: str) -> None:
    assert runner.failure(call).startswith(f"a_test.lua:2: {message}")


def test_a_world_of_another_test_is_of_no_use(runner: Runner) -> None:
    text = """
        local world = simulate "conf.lua"
        it("uses it", function() world.create "a" end)"""
    assert "this world was another test's: call simulate in the test itself" in runner.run(text).out


def test_a_hundred_tests_of_a_whole_config_take_seconds(runner: Runner) -> None:
    text = """
        for i = 1, 100 do
            it("is fast " .. i, function()
                local world = simulate "conf.lua"
                world.create "a"
                world.wait(5)
                expect(world).spawned { "cp", "a" }
            end)
        end"""
    assert runner.run(text).lines[-1] == "100 tests: 100 passed, 0 failed (0.00 s)"
