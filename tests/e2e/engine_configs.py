"""Configs of layer 1, and of what surrounds all layers: limits, exit codes, several syncs."""

from __future__ import annotations

from e2e.command_configs import SYNC
from e2e.layer_session import LayerConfig
from e2e.layer_steps import QUIET_STEPS
from e2e.steps import Step

_RUN = 'local function run(agent, ...) spawn(agent, "@BIN@/one/run", ...) end\n'
_LIST_ACTION = """action = function(inlet)
    local elist = inlet.getEvents()
    local paths = elist.getPaths()
    spawn(elist, "@BIN@/one/run", "<", table.concat(paths, "\\n"), "paths", tostring(elist.isList))
end"""

_NOTHING = (Step("nothing happens but the beacon", lambda tree: None),)  # noqa: ARG005 - a step is given the tree

ENGINE: tuple[LayerConfig, ...] = (
    LayerConfig(
        "layer 1: one event at a time",
        f"""{_RUN}
        {SYNC} action = function(inlet)
            local event, event2 = inlet.getEvent()
            local same = inlet.getEvent()
            run(event, event.etype, event.path, tostring(event2), tostring(same == event), event.status,
                tostring(inlet == event.inlet), inlet.getConfig().target,
                tostring(inlet.getConfig() == event.config))
        end }}""",
    ),
    LayerConfig(
        "layer 1: one event at a time, moves whole",
        f"""{_RUN}
        {SYNC} onMove = true, action = function(inlet)
            local event, event2 = inlet.getEvent()
            run(event, event.etype, event.path, event2 and event2.path, event2 and event2.move)
        end }}""",
    ),
    LayerConfig("layer 1: all events at once", f"{SYNC} {_LIST_ACTION} }}"),
    LayerConfig("layer 1: all events at once, moves whole", f"{SYNC} onMove = true, {_LIST_ACTION} }}"),
    LayerConfig(
        "layer 1: paths through a mutator",
        f"""{SYNC} onMove = true, action = function(inlet)
            local elist = inlet.getEvents()
            local paths = elist.getPaths(function(etype, path1, path2)
                if etype == "Delete" then return path1 .. "***" end
                return etype .. path1, path2
            end)
            spawn(elist, "@BIN@/one/run", "<", table.concat(paths, "\\n"), elist.config.target)
        end }}""",
    ),
    LayerConfig(
        "layer 1: tests pick the events, and stop at a Delete",
        f"""{_RUN}
        {SYNC} action = function(inlet)
            local first = inlet.getEvent()
            if first.etype == "Delete" then run(first, "Delete", first.path) return end
            local elist = inlet.getEvents(function(event)
                if event.etype == "Delete" then return "break" end
                return not event.isdir or event == first
            end)
            spawn(elist, "@BIN@/one/run", "<", table.concat(elist.getPaths(), "\\n"))
        end }}""",
    ),
    LayerConfig(
        "layer 1: some events are discarded",
        f"""{_RUN}
        {SYNC} onMove = true, action = function(inlet)
            local event, event2 = inlet.getEvent()
            if event.isdir or event.name == "top" or event2 and event2.name == "uno" then
                inlet.discardEvent(event)
            else
                run(event, event.etype, event.path)
            end
        end }}""",
    ),
    LayerConfig(
        "layer 1: a Blanket behind the changes",
        f"""{_RUN}
        {SYNC} action = function(inlet)
            local event = inlet.getEvent()
            if event.etype == "Delete" then
                local blanket = inlet.createBlanketEvent()
                run(event, "Delete", event.path, type(blanket))
            else
                run(event, event.etype, event.path, event.status, tostring(event.isdir), tostring(event.name))
            end
        end }}""",
        steps=(Step("a file is deleted", lambda tree: tree.remove(b"d/e/two")),),
        at_least=3,
    ),
    LayerConfig(
        "layer 1: init and collect of its own, a failed start-up is run again",
        f"""{_RUN}
        local codes = {{}}
        {SYNC}
            init = function(event) run(event, "start", event.etype, event.path, table.concat(codes, ",")) end,
            action = function(inlet)
                local event = inlet.getEvent()
                run(event, event.etype, event.path, table.concat(codes, ","))
            end,
            collect = function(agent, code)
                codes = {{ agent.etype, code, tostring(agent.isList) }}
                if code == 7 then return "again" end
                return "ok"
            end }}""",
        startups=2,
        exit_codes=(("one/run", (7, 0, 3)),),
        steps=QUIET_STEPS,
    ),
    LayerConfig(
        "layer 1: no start-up event, a prepare of its own that completes the config",
        f"""{_RUN}
        {SYNC} init = false, word = "as given",
            prepare = function(config, level)
                config.word = config.word .. ", prepared at " .. type(level)
                config.onModify = function(event) run(event, event.path, config.word, event.config.word) end
            end }}""",
    ),
    LayerConfig(
        "exit codes: a table with again and ok",
        f"""{_RUN}
        {SYNC} exitcodes = {{ [0] = "ok", [3] = "ok", [7] = "again" }},
            onStartup = function(event) run(event, "start") end,
            onModify = function(event) run(event, event.etype, event.path) end }}""",
        startups=1,
        exit_codes=(("one/run", (3, 7, 7, 3)),),
        steps=_NOTHING,
        at_least=3,
    ),
    LayerConfig(
        "exit codes: a list is run again",
        f"{SYNC} exitcodes = {{ [0] = 'ok', [7] = 'again' }}, {_LIST_ACTION} }}",
        exit_codes=(("one/run", (7, 0)),),
        steps=_NOTHING,
        at_least=2,
    ),
    LayerConfig(
        "exit codes: a collect of its own calls the default's",
        f"""{_RUN}
        {SYNC} exitcodes = {{ [0] = "ok", [5] = "again" }},
            collect = function(agent, code) return default.collect(agent, code == 9 and 5 or code) end,
            onModify = function(event) run(event, event.path) end }}""",
        exit_codes=(("one/run", (9, 5)),),
        steps=_NOTHING,
        at_least=3,
    ),
    LayerConfig(
        "limits: one process at a time, whatever is ready",
        f"""{SYNC} maxProcesses = 1, onCreate = "@BIN@/one/run C ^path", onModify = "@BIN@/one/run M ^path",
            onDelete = "@BIN@/one/run D ^path" }}""",
        linger=True,
        steps=QUIET_STEPS[:3],
    ),
    LayerConfig(
        "limits: every event at once when the queue is full",
        """sync{ source = "@SOURCE@", target = "@TARGET@", delay = 60, maxDelays = 1,
            onCreate = "@BIN@/one/run C ^path", onModify = "@BIN@/one/run M ^path",
            onDelete = "@BIN@/one/run D ^path" }""",
        steps=QUIET_STEPS[:5],
    ),
    LayerConfig(
        "limits: a delay that is set while it runs",
        """sync{ source = "@SOURCE@", target = "@TARGET@", delay = 60,
            onStartup = function(event) event.config.delay = 0.5 end,
            onCreate = "@BIN@/one/run C ^path", onModify = "@BIN@/one/run M ^path",
            onDelete = "@BIN@/one/run D ^path" }""",
        steps=QUIET_STEPS[:5],
    ),
    LayerConfig(
        "several syncs: three on one source, each with an action of its own",
        """sync{ source = "@SOURCE@", target = "/1", delay = 0.5, onCreate = "@BIN@/one/run C ^path",
            onModify = "@BIN@/one/run M ^path", onDelete = "@BIN@/one/run D ^path" }
        sync{ source = "@SOURCE@", target = "/2", delay = 0.3,
            onModify = function(event) spawn(event, "@BIN@/two/run", event.path) end,
            onMove = function(o, d) spawn(o, "@BIN@/two/run", o.path, d.path) end }
        sync{ source = "@SOURCE@", target = "/3", delay = 0.5, """
        + _LIST_ACTION.replace("one", "three")
        + "}",
        syncs=("one", "two", "three"),
    ),
    LayerConfig(
        "several syncs: one in a directory of the other's",
        """sync{ source = "@SOURCE@", target = "/1", delay = 0.5, onCreate = "@BIN@/one/run C ^path",
            onModify = "@BIN@/one/run M ^path", onDelete = "@BIN@/one/run D ^path",
            onMove = "@BIN@/one/run m ^o.path ^d.path" }
        sync{ source = "@SOURCE@/d", target = "/2", delay = 0.5, init = false,
            onCreate = "@BIN@/two/run C ^path",
            onModify = "@BIN@/two/run M ^path", onDelete = "@BIN@/two/run D ^path",
            onMove = "@BIN@/two/run m ^o.path ^d.path" }""",
        syncs=("one", "two"),
        inner_beacons=(("two", b"d/inner sign"),),
    ),
)

_ONE_FILE_EACH = tuple(
    Step(f"six files are {what}", lambda tree: tree.write(*(b"sub/%d" % n for n in range(6))))
    for what in ("created", "rewritten")
)

PARALLEL: tuple[LayerConfig, ...] = (
    LayerConfig(
        "limits: three processes at a time",
        f"{SYNC} maxProcesses = 3, onModify = '@BIN@/one/run M ^path' }}",
        linger=True,
        order_is_fixed=False,
        steps=_ONE_FILE_EACH,
    ),
    LayerConfig(
        "limits: two processes over all syncs",
        """settings{ maxProcesses = 2 }
        sync{ source = "@SOURCE@", target = "/1", delay = 0.5, maxProcesses = 3,
            onModify = "@BIN@/one/run M ^path" }
        sync{ source = "@SOURCE@", target = "/1", delay = 0.5, maxProcesses = 3,
            onModify = "@BIN@/two/run M ^path" }""",
        syncs=("one", "two"),
        linger=True,
        order_is_fixed=False,
        steps=_ONE_FILE_EACH,
    ),
)
