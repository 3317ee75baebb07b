"""Configs of layer 2 and of the events' tables: functions in the on... keys."""

from __future__ import annotations

from e2e.command_configs import GAUGE, SYNC
from e2e.layer_session import LayerConfig
from e2e.layer_steps import QUIET_STEPS

FIELDS = """
local names = { "etype", "isList", "status", "isdir", "name", "basename", "path", "pathdir", "pathname",
    "source", "sourcePath", "sourcePathdir", "sourcePathname",
    "target", "targetPath", "targetPathdir", "targetPathname", "move" }
local function fields(event)
    local all = {}
    for i, name in ipairs(names) do all[i] = name .. "=" .. tostring(event[name]) end
    return all
end
"""

_ALL_EVENTS = "onAttrib = see, onCreate = see, onModify = see, onDelete = see,"

FUNCTIONS: tuple[LayerConfig, ...] = (
    LayerConfig(
        "layer 2: every field of every event",
        f"""{FIELDS}
        local function see(event) spawn(event, "@BIN@/one/run", fields(event)) end
        {SYNC} onStartup = see, {_ALL_EVENTS} }}""",
        startups=1,
    ),
    LayerConfig(
        "layer 2: moves with two events",
        f"""{FIELDS}
        local function see(event, event2)
            spawn(event, "@BIN@/one/run", fields(event),
                event2 and "and" or "alone", event2 and fields(event2))
        end
        {SYNC} {_ALL_EVENTS} onMove = see }}""",
    ),
    LayerConfig(
        "layer 2: a remote target without a slash, and what the config says of itself",
        f"""{FIELDS}
        local function see(event)
            spawn(event, "@BIN@/one/run", type(event), type(event.inlet), event.config.source,
                event.config._source, event.config.target, event.targetPathdir, event.path)
        end
        sync{{ source = "@SOURCE@/", target = "host:/t", delay = 0.5, onCreate = see, onModify = see }}""",
    ),
    LayerConfig(
        "layer 2: events for which nothing is spawned are forgotten",
        f"""local function see(event)
            if event.isdir or event.name == "top" or event.etype == "Attrib" then return end
            spawn(event, "@BIN@/one/run", event.etype, event.path)
        end
        {SYNC} {_ALL_EVENTS} onMove = function(o, d)
            if d.name ~= "uno" then spawn(o, "@BIN@/one/run", o.path, d.path) end
        end }}""",
    ),
    LayerConfig(
        "layer 2: events carry fields of their own",
        f"""local last = "none"
        local function see(event)
            local before = rawget(event, "mine")
            event.mine = event.etype .. " " .. event.path
            event.inlet.getEvents(function(other)
                other.met = (rawget(other, "met") or 0) + 1
                return true
            end)
            spawn(event, "@BIN@/one/run", event.etype, event.path, tostring(before), last,
                tostring(rawget(event, "met")), tostring(rawget(event, "nothing")))
        end
        {SYNC} {_ALL_EVENTS}
            collect = function(agent, code) last = agent.mine:sub(1, 6) .. " = " .. code end }}""",
        steps=QUIET_STEPS,
    ),
    LayerConfig(
        "layer 2: input, numbers, tables and nothing as arguments",
        f"""local function see(event)
            spawn(event, "@BIN@/one/run", "<", "in\\0put of " .. event.path .. "\\n", 1, 2.5, 10 / 2, nil,
                {{ "one", "two", 3 }}, "", "last " .. event.path)
        end
        local function pipe(event) spawn(event, "@BIN@/one/run", "<", "", event.path) end
        {SYNC} onCreate = see, onModify = see, onDelete = pipe }}""",
    ),
    LayerConfig(
        "layer 2: a shell with the names as parameters",
        f"""local function see(event)
            spawnShell(event, [[test $# = 3 && @BIN@/one/run "$@" "$1"]], event.etype, event.path, "<")
        end
        {SYNC} {_ALL_EVENTS} }}""",
    ),
    LayerConfig(
        "layer 2: excludes that come and go while it runs",
        f"""local inlet
        local function see(event)
            if event.etype == "Create" and event.name == "new" then
                inlet.addExclude("brief")
                inlet.addExclude("/sub/*")
                inlet.rmExclude("*.tmp")
                inlet.rmExclude("unknown")
            end
            local list = inlet.getExcludes()
            table.sort(list)
            spawn(event, "@BIN@/one/run", event.etype, event.path, table.concat(list, ","))
        end
        inlet = {SYNC} {GAUGE} exclude = "*.tmp", {_ALL_EVENTS} }}
        inlet.addExclude("gone")""",
        hidden=("gone",),
    ),
    LayerConfig(
        "layer 2: filters that are appended",
        f"""local inlet
        inlet = {SYNC} onStartup = function(event) inlet.appendFilter("- /d/uno") end,
            onModify = function(event)
                spawn(event, "@BIN@/one/run", event.path, inlet.getFilters(), tostring(inlet.hasFilters()))
            end,
            onCreate = "@BIN@/one/run C ^path", onDelete = "@BIN@/one/run D ^path" }}
        inlet.appendFilter("- /sub/**")""",
        hidden=("sub",),
    ),
)
