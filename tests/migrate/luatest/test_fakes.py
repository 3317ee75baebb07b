"""fake.inlet(...): real inlets and events over a queue that a test fills."""

from __future__ import annotations

import pytest

from migrate.luatest.runner import Runner
from pylsyncd.migrate.luatest import stage


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ('{ "Create", "/a" }', '"Create", "a"'),
        ('{ "Modify", "d/a" }', '"Modify", "d/a"'),
        ('{ "Attrib", "/d/" }', '"Attrib", "d/"'),
        ('{ "Delete", "/d/e/f" }', '"Delete", "d/e/f"'),
        ('{ "Create", "/d/" }', '"Create", "d/"'),
        ('{ "Full" }', '"Full", ""'),
        ('{ "Full", "/d/" }', '"Full", "d/"'),
        ('{ "Blanket" }', '"Blanket", ""'),
        ('{ "Init" }', '"Init", ""'),
        ('{ "Create", "/\\xff\\n" }', '"Create", "\\xff\\n"'),
    ],
)
def test_an_event_of_each_type_is_in_the_queue(runner: Runner, event: str, told: str) -> None:
    runner.passes(f"""
        local inlet, events = fake.inlet {{ {event} }}
        expect(#events).equals(1)
        expect({{ events[1].etype, events[1].path }}).equals {{ {told} }}
        expect(events[1].status).equals "wait"
        expect(inlet.getEvent()).equals(events[1])""")


def test_a_move_has_two_events_its_origin_and_its_destination(runner: Runner) -> None:
    runner.passes("""
        local inlet, events = fake.inlet { { "Move", "/a", "/d/b" }, { "Create", "/c" } }
        expect(#events).equals(3)
        expect({ events[1].path, events[2].path, events[3].path }).equals { "a", "d/b", "c" }
        expect({ events[1].move, events[2].move }).equals { "Fr", "To" }
        local origin, destination = inlet.getEvent()
        expect(origin).equals(events[1])
        expect(destination).equals(events[2])""")


def test_without_a_reaction_to_moves_they_are_two_changes(runner: Runner) -> None:
    runner.passes("""
        local _, events = fake.inlet { config = { onMove = false }, { "Move", "/a", "/b" } }
        expect({ events[1].etype, events[2].etype }).equals { "Delete", "Create" }""")


def test_events_that_concern_each_other_collapse_as_ever(runner: Runner) -> None:
    runner.passes("""
        local _, events = fake.inlet { { "Create", "/a" }, { "Modify", "/a" } }
        expect(#events).equals(1)
        _, events = fake.inlet { config = { collapse = false }, { "Create", "/a" }, { "Modify", "/a" } }
        expect(#events).equals(2)""")


def test_what_is_excluded_is_no_event(runner: Runner) -> None:
    runner.passes("""
        local inlet, events = fake.inlet { config = { exclude = "*.tmp" }, { "Create", "/a.tmp" } }
        expect(events).equals {}
        expect(inlet.getEvent()).equals(nil)
        expect(inlet.getExcludes()).equals { "*.tmp" }""")


def test_source_and_target_are_those_given(runner: Runner) -> None:
    runner.passes("""
        local _, events = fake.inlet { source = "/srv/data", target = "/backup", { "Create", "/a" } }
        expect({ events[1].source, events[1].target }).equals { "/srv/data/", "/backup" }
        _, events = fake.inlet { { "Create", "/a" } }
        expect({ events[1].source, events[1].target }).equals { "/source/", "/target" }""")


def test_what_is_spawned_is_told_and_makes_events_active(runner: Runner) -> None:
    runner.passes("""
        local inlet, events = fake.inlet { config = { name = "mine" }, { "Create", "/a" } }
        spawn(inlet.getEvent(), "cp", "<", "text", "a")
        expect(spawned()).equals {
            { binary = "cp", argv = { "cp", "a" }, stdin = "text", sync = "mine", at = 0 },
        }
        expect(events[1].status).equals "active"
        expect(inlet.getEvent()).equals(nil)
        expect(inlet.getSync().processes.size()).equals(1)
        expect((lsyncd.get_process_info())).equals(1)""")


def test_spawning_twice_is_refused_as_in_life(runner: Runner) -> None:
    message = runner.failure("""
        local inlet = fake.inlet { { "Create", "/a" } }
        local event = inlet.getEvent()
        spawn(event, "cp")
        spawn(event, "cp")""")
    assert message == "a_test.lua:6: spawn() called on a non-waiting event: Create /a is active"


@pytest.mark.parametrize(("code", "verdict"), [(0, "ok"), (1, "again"), (2, "die"), (3, "again")])
def test_finish_ends_the_process_and_gives_the_verdict(runner: Runner, code: int, verdict: str) -> None:
    runner.passes(f"""
        local config = {{ exitcodes = {{ [0] = "ok", [1] = "again", [2] = "die" }} }}
        local _, events = fake.inlet {{ config = config, {{ "Create", "/a" }} }}
        spawn(events[1], "cp")
        expect(finish({code})).equals "{verdict}" """)


def test_what_is_done_leaves_the_queue_and_what_failed_waits(runner: Runner) -> None:
    runner.passes("""
        local inlet, events = fake.inlet { config = { exitcodes = { [1] = "again" } }, { "Create", "/a" } }
        spawn(events[1], "cp")
        finish(1)
        expect(events[1].status).equals "wait"
        expect(inlet.getEvent()).equals(nil)
        wait(300)
        expect(inlet.getEvent()).equals(events[1])
        spawn(events[1], "cp")
        finish()
        expect(events[1].status).equals "done" """)


def test_collect_of_the_config_is_asked(runner: Runner) -> None:
    runner.passes("""
        local asked
        local function collect(agent, code) asked = { agent.isList, code } return "partial" end
        local inlet = fake.inlet { config = { collect = collect }, { "Create", "/a" }, { "Create", "/b" } }
        spawn(inlet.getEvents(), "cp")
        expect(finish(137)).equals "partial"
        expect(asked).equals { true, 137 }""")


def test_an_error_in_collect_is_an_error_of_the_test(runner: Runner) -> None:
    message = runner.failure("""
        local _, events = fake.inlet { config = { collect = function() error "oh" end }, { "Create", "/a" } }
        spawn(events[1], "cp")
        finish()""")
    assert "a_test.lua:3: oh" in message


def test_the_oldest_process_ends_first(runner: Runner) -> None:
    runner.passes("""
        local _, one = fake.inlet { { "Create", "/a" } }
        local _, two = fake.inlet { { "Create", "/a" } }
        spawn(two[1], "cp")
        spawn(one[1], "cp")
        finish()
        expect({ one[1].status, two[1].status }).equals { "active", "done" }
        finish()
        expect(one[1].status).equals "done" """)


def test_a_killed_process_is_collected(runner: Runner) -> None:
    runner.passes("""
        local code
        local config = { collect = function(_, exitcode) code = exitcode end }
        local _, events = fake.inlet { config = config, { "Create", "/a" } }
        spawn(events[1], "cp")
        expect(lsyncd.kill(4711, 9)).equals(-1)
        expect(lsyncd.kill(5001, 9)).equals(0)
        wait(0)
        expect(code).equals(137)
        expect(function() finish() end).raises "nothing runs" """)


def test_an_inlet_does_all_that_it_does_in_life(runner: Runner) -> None:
    runner.passes("""
        local inlet, events = fake.inlet { { "Create", "/a" }, { "Create", "/b" } }
        inlet.discardEvent(events[1])
        expect(inlet.getEvents().getPaths()).equals { "/b" }
        inlet.addExclude "*.tmp"
        inlet.appendFilter("+", "*.c")
        expect(inlet.getFilters()).equals { "+ *.c", "- *.tmp" }
        inlet.rmExclude "*.tmp"
        expect(inlet.getExcludes()).equals {}
        expect(inlet.createBlanketEvent().etype).equals "Blanket"
        expect(inlet.createFullEvent("/").etype).equals "Full"
        expect(inlet.getSync().delays.size()).equals(3)
        expect(inlet.getConfig().delay).equals(0)
        expect(inlet.getSubstitutionData(events[2], { a = 1 })).equals { a = 1 }""")


def test_the_ready_made_actions_work_on_it(runner: Runner) -> None:
    runner.passes("""
        local config = { default.rsync, delay = 5 }
        local inlet = fake.inlet { config = config, { "Create", "/a" }, { "Delete", "/b" } }
        default.rsync.action(inlet)
        expect(spawned()).spawned { "rsync", any.rest, stdin = { "/a", "/b" } }
        expect(finish(0)).equals "ok"
        expect(logged()).logged "Normal: Finished a list after exitcode: 0" """)


def test_functions_see_the_files_that_a_test_names(runner: Runner) -> None:
    runner.passes("""
        fake.inlet { files = { ["big"] = 1000, "/etc/x" }, { "Create", "/d/new" } }
        expect(lsyncd.get_file_size "/source/big").equals(1000)
        expect(lsyncd.get_file_size "/source/d/new").equals(1)
        expect(readdir "/source").equals { big = false, d = true }
        expect(lsyncd.get_file_size "/etc/x").equals(1)""")


def test_what_functions_start_on_their_own_is_told_and_not_done(runner: Runner) -> None:
    runner.passes("""
        os.execute "touch made"
        lsyncd.exec("touch", "made")
        expect(spawned()).spawned {
            { "sh", "-c", "touch made", sync = "os.execute" },
            { "touch", "made", sync = "lsyncd.exec" },
        }""")
    assert not (runner.home / "made").exists()


def test_alarms_ring_as_time_passes(runner: Runner) -> None:
    runner.passes("""
        local rung = {}
        local function again(_, name)
            rung[#rung + 1] = name .. os.date " %M:%S"
            if #rung < 3 then alarm(now() + 10, again, name) end
        end
        alarm(now() + 10, again, "bell")
        wait(9.5)
        expect(rung).equals {}
        wait(100)
        expect(rung).equals { "bell 00:10", "bell 00:20", "bell 00:30" }""")


def test_an_error_in_an_alarm_is_an_error_of_the_test(runner: Runner) -> None:
    message = runner.failure('alarm(now(), function() error "oh" end)\nwait(1)')
    assert message.startswith("a_test.lua:3: ")
    assert "a_test.lua:2: oh" in message


def test_nothing_is_left_for_the_next_test(runner: Runner) -> None:
    text = """
        local rung = 0
        for i = 1, 2 do
            it("leaves nothing " .. i, function()
                expect(spawned()).equals {}
                expect(logged()).equals {}
                expect(readdir "/source").equals(nil)
                alarm(now() + 1, function() rung = rung + 1 end)
                local _, events = fake.inlet { { "Create", "/a" } }
                spawn(events[1], "cp")
                if i == 2 then wait(5) end
            end)
        end
        it("rang once", function() expect(rung).equals(1) end)"""
    answer = runner.run(text)
    assert answer.code == 0, answer.out


CONFIG = """
    local function copy(event) spawn(event, "cp", event.pathname, event.config.target) end
    sync { name = "one", source = "/srv/one", target = "/backup/one", delay = 1, onCreate = copy }
    sync { name = "two", source = "/srv/two", target = "/backup/two", onMove = function() end }
"""


def test_functions_of_a_config_can_be_taken_from_it(runner: Runner) -> None:
    runner.passes(
        """
        local configs = fake.load "conf.lua"
        expect(#configs).equals(2)
        expect(configs.two).equals(configs[2])
        local _, events = fake.inlet { config = configs.one, { "Create", "/a" } }
        configs.one.onCreate(events[1])
        expect(spawned()).spawned { "cp", "a", "/backup/one", sync = "one" }
        _, events = fake.inlet { config = configs.one, { "Create", "/b" } }
        expect(events[1].sourcePath).equals "/srv/one//b" """,
        config=CONFIG,
    )


def test_an_event_of_another_test_is_of_no_use(runner: Runner) -> None:
    text = """
        local _, events = fake.inlet { { "Create", "/a" } }
        it("uses it", function() spawn(events[1], "cp") end)"""
    assert (
        "this inlet or event was another test's: call fake.inlet in the test itself" in runner.run(text).out
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("fake.inlet()", "fake.inlet takes a table, not a nil"),
        ("fake.inlet { delay = 5 }", 'fake.inlet has no "delay"; keys of the sync stand in config = { ... }'),
        ('fake.inlet { "Create", "/a" }', 'events are tables: fake.inlet{ { "Create", "/a" } }'),
        ('fake.inlet { { "Make", "/a" } }', 'there are no events of the type "Make"'),
        ('fake.inlet { { "Create" } }', 'an event Create has 1 paths: { "Create", "/path" }'),
        ('fake.inlet { { "Move", "/a" } }', 'an event Move has 2 paths: { "Move", "/path", "/path" }'),
        ('fake.inlet { { "Init", "/a" } }', 'an event Init has 0 paths: { "Init" }'),
        ("fake.inlet { config = { dealy = 5 } }", 'Parameter "dealy" unknown'),
        ("fake.load(1)", "fake.load takes the name of a config, not a number"),
        ('fake.load "missing.lua"', "cannot read missing.lua: No such file or directory"),
        (
            'fake.inlet { config = fake.load("conf.lua")[1], source = "/s" }',
            "a sync from fake.load has its source and target: they cannot be given again",
        ),
        ('fake.inlet { files = { "a", "a/b" } }', "/source/a/b would lie in a, which is a file"),
        ("finish()", "nothing runs: finish ends what spawn has started, the oldest first"),
        ("finish(256)", "finish takes an exit code, 0 to 255; a death by signal 9 is 137"),
        ('wait "5"', "wait takes a number of seconds, 0 or more"),
        ("wait(-1)", "wait takes a number of seconds, 0 or more"),
    ],
)
def test_a_mistake_is_told_with_its_line(runner: Runner, call: str, message: str) -> None:
    assert runner.failure(call).startswith(f"a_test.lua:2: {message}")


def test_too_many_alarms_are_stopped(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "PATIENCE", 1000)
    message = runner.failure("""
        local function again() alarm(now() + 1, again) end
        again()
        wait(1e6)""")
    assert "things have happened, and it is 1001.000 seconds after the start" in message


def test_a_tunnel_is_never_up(runner: Runner) -> None:
    runner.passes("""
        local config = { tunnel = tunnel { command = "ssh -N host", localhost = "here" } }
        local inlet, events = fake.inlet { config = config, { "Create", "/a" } }
        expect(inlet.getSubstitutionData(events[1], {})).equals { localhost = "here" }
        expect(inlet.getEvent()).equals(events[1])""")


def test_default_direct_watches_over_its_copies(runner: Runner) -> None:
    runner.passes("""
        local inlet = fake.inlet { config = { default.direct }, { "Create", "/a" } }
        default.direct.action(inlet)
        wait(3600)
        expect(spawned()).spawned { any.like "cp$", any.rest }
        expect(finish()).equals "ok" """)
