"""Configs that inherit, override and compute: tables of tables, default.rsync changed, plain Lua."""

from __future__ import annotations

import re

from attrs import evolve

from e2e.command_configs import SYNC
from e2e.layer_session import LayerConfig
from e2e.layer_steps import DIRECTORY_STEPS, LAYER_STEPS, QUIET_STEPS
from e2e.stand_ins import Call

_LETTERS = re.compile(r"-[A-Za-z0-9]{2,}")


def sorted_letters(call: Call) -> Call:
    """Sort rsync's one-letter flags, and its excludes: in lsyncd both come in a random order."""
    argv = tuple("-" + "".join(sorted(word[1:])) if _LETTERS.fullmatch(word) else word for word in call.argv)
    if "--exclude-from=-" in argv:
        return evolve(call, argv=argv, stdin="\n".join(sorted(call.stdin.split("\n"))))
    return evolve(call, argv=argv)


def _rsync(name: str, lua: str, *, syncs: tuple[str, ...] = ("one",)) -> LayerConfig:
    return LayerConfig(
        name,
        lua,
        programs=("rsync", "run"),
        startups=len(syncs),
        normal=sorted_letters,
        syncs=syncs,
        steps=(*QUIET_STEPS[:6], *DIRECTORY_STEPS),  # with hostile names their rules differ
    )


_RSYNC = """default.rsync, source = "@SOURCE@", target = "@TARGET@", delay = 0.5"""

INHERITANCE: tuple[LayerConfig, ...] = (
    LayerConfig(
        "inheriting: tables of tables of one's own",
        """local root = { delay = 60, exclude = { "*.tmp" }, word = { a = 1, b = 2, list = { "r" } },
            onModify = function(event)
                local word = event.config.word
                spawn(event, "@BIN@/one/run", event.path,
                    word.a, word.b, word.c, table.concat(word.list, "+"))
            end,
            onCreate = "@BIN@/one/run root ^path",
            checkgauge = { word = true, exclude = true } }
        local middle = { root, delay = 0.5, word = { b = 20, c = 30, list = { "m" } },
            onCreate = "@BIN@/one/run middle ^path" }
        sync{ middle, source = "@SOURCE@", word = { c = 300, list = { "s" } }, target = "/t" }""",
    ),
    _rsync(
        "inheriting: default.rsync with a prepare, an action and a collect of one's own",
        f"""local log_of_ends = {{}}
        sync{{ {_RSYNC}, rsync = {{ binary = "@BIN@/one/rsync" }},
            prepare = function(config, level)
                default.rsync.prepare(config, level)
                config.rsync._computed[#config.rsync._computed + 1] = "--prepared"
            end,
            action = function(inlet)
                local config = inlet.getConfig()
                local elist = inlet.getEvents()
                spawn(elist, "@BIN@/one/run", "<", table.concat(elist.getPaths(), "\\n"),
                    config.target, config.rsync._computed, log_of_ends)
            end,
            collect = function(agent, exitcode)
                log_of_ends = {{ tostring(agent.isList), exitcode }}
                return default.collect(agent, exitcode)
            end }}""",
    ),
    _rsync(
        "inheriting: the action of default.rsync, called by one's own",
        """local rounds = 0
        local base = { default.rsync, action = function(inlet)
            rounds = rounds + 1
            default.rsync.action(inlet)
        end, init = function(event)
            return default.rsync.init(event)
        end }
        sync{ base, source = "@SOURCE@", target = "@TARGET@", delay = 0.5,
            rsync = { binary = "@BIN@/one/rsync", archive = true } }""",
    ),
    _rsync(
        "overriding: default.rsync is assigned anew",
        """local before = default.rsync
        default.rsync = { before, delete = false, delay = 0.5,
            rsync = { binary = "@BIN@/one/rsync", _extra = { "--base" } } }
        sync{ default.rsync, source = "@SOURCE@", target = "@TARGET@", rsync = { _extra = { "--own" } } }""",
    ),
    _rsync(
        "overriding: fields of default and of default.rsync are changed in place",
        """default.rsync.rsync.binary = "@BIN@/one/rsync"
        default.rsync.rsync.compress = true
        default.rsync.delay = 0.5
        default.rsync.delete = "startup"
        sync{ default.rsync, source = "@SOURCE@", target = "@TARGET@" }""",
    ),
    _rsync(
        "sharing: two syncs with one table for rsync",
        """local shared = { binary = "@BIN@/one/rsync", archive = true, _extra = { "--shared" } }
        sync{ default.rsync, source = "@SOURCE@", target = "/one", delay = 0.5, rsync = shared }
        shared.binary = "@BIN@/two/rsync"
        sync{ default.rsync, source = "@SOURCE@", target = "/two", delay = 0.5, rsync = shared }""",
        syncs=("one", "two"),
    ),
    _rsync(
        "sharing: syncs made in a loop from one base",
        """local base = { default.rsync, source = "@SOURCE@", delay = 0.5, exclude = { "*.tmp" },
            rsync = { compress = true } }
        for _, name in ipairs{ "one", "two" } do
            sync{ base, target = "/" .. name, exclude = { name },
                rsync = { binary = "@BIN@/" .. name .. "/rsync" } }
        end""",
        syncs=("one", "two"),
    ),
    _rsync(
        "the gauge: one's own keys by an entry of the list",
        f"""local extension = {{ checkgauge = {{
            colour = true, rsync = {{ flavour = true }}, more = {{ x = true }} }} }}
        sync{{ {_RSYNC}, extension, colour = "blue", more = {{ x = 5 }},
            rsync = {{ binary = "@BIN@/one/rsync", flavour = "sour" }},
            init = function(event)
                local config = event.config
                spawn(event, "@BIN@/one/run", config.colour, config.rsync.flavour, config.more.x)
            end }}""",
    ),
    _rsync(
        "wrong values that are taken: truth as text, numbers for modes",
        f"""settings{{ insist = 1 }}
        sync{{ {_RSYNC}, delete = "true", exclude = undefined_global, filterFrom = another_undefined,
            rsync = {{ binary = "@BIN@/one/rsync", archive = "true", chmod = 666, compress = "no",
                perms = false, timeout = "5", undefined = nil }} }}""",
    ),
    LayerConfig(
        "plain Lua: files, modules and the system",
        """package.path = "@HOME@/lib/?.lua;" .. package.path
        local beside, below = require "beside", require "below"
        local from_file = dofile("@HOME@/part.lua")
        local pipe = io.popen("printf 'one\\\\ntwo\\\\n'")
        local lines = {}
        for line in pipe:lines() do lines[#lines + 1] = line end
        pipe:close()
        local info = debug.getinfo(1, "Sl")
        local file = io.open("@HOME@/lib/below.lua")
        local text = file:read("*a")
        file:close()
        global_of_config = "a global"
        local names = {}
        for name, isdir in pairs(readdir("@HOME@/lib")) do names[#names + 1] = name .. tostring(isdir) end
        table.sort(names)
        local values = { beside, below.name, from_file, table.concat(lines, "+"),
            info.currentline, info.source,
            info.short_src:sub(-16), text, os.getenv("PARITY"), tostring(os.getenv("PARITY_NONE")),
            tostring(os.execute("exit 3")), string.format("%5.2f|%q", 1, "x"), tostring(2^53), 7 / 2, 7 // 2,
            table.concat(names, ","), tostring(string.starts("abc", "ab")),
            tostring(string.ends("abc", "bc")),
            _VERSION, tostring(now() - now() <= 0), global_of_config, tostring(undefined_global) }
        sync{ source = "@SOURCE@", delay = 0.5, onModify = function(event)
            spawn(event, "@BIN@/one/run", event.path, values, global_of_config)
        end }""",
        files=(
            ("beside.lua", 'return "beside, given " .. (...)\n'),
            ("part.lua", 'part_ran = true\nreturn "of a file"\n'),
            ("lib/below.lua", 'return { name = "below" }\n'),
        ),
        environment=(("PARITY", "from the environment"),),
        steps=LAYER_STEPS[:1],
    ),
    LayerConfig(
        "plain Lua: alarms ring while events wait",
        f"""local rung = {{}}
        alarm(now() + 0.1, function(stamp, extra)
            rung[#rung + 1] = tostring(extra) .. " " .. tostring(now() >= stamp)
            if #rung < 3 then alarm(stamp + 0.05, debug.getinfo(1, "f").func, "again") end
        end, "first")
        {SYNC} onModify = function(event) spawn(event, "@BIN@/one/run", event.path, rung) end }}""",
        steps=QUIET_STEPS[:2],
    ),
)
