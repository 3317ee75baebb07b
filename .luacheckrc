-- What luacheck is to know: the documented names of the configuration language, and no others.
std = "lua53"
max_line_length = 120
unused_args = true

local api = {
    "Queue", "Tunnel", "alarm", "dump", "log", "lsyncd", "lsyncd_version", "nonobservefd", "now", "observefd",
    "readdir", "settings", "spawn", "spawnShell", "substitudeCommands", "sync", "terminate", "tunnel",
    -- what Lua 5.1 and 5.2 had
    "bit32", "getfenv", "loadstring", "setfenv", "unpack",
    table = { fields = { contains = {}, foreach = {}, foreachi = {}, getn = {}, maxn = {} } },
    string = { fields = { starts = {}, ends = {}, gfind = {} } },
}

-- `default` is there for configs to extend, as default/rsync.lua does.
local extended = { default = { other_fields = true, read_only = false } }

local names = {}
for key, value in pairs(api) do
    if type(key) == "number" then
        names[value] = { other_fields = true }
    else
        names[key] = value
    end
end
read_globals = names
globals = extended

files["stdlib_lua/extension.lua"] = { ignore = { "122/string", "122/table", "142/string", "142/table" } }
-- What the tests of `pylsyncd test` have besides.
files["**/*_test.lua"] = {
    read_globals = {
        "after_each", "any", "before_each", "describe", "expect", "fake", "finish", "it", "logged", "pending",
        "set_time", "simulate", "spawned", "wait",
    },
}
exclude_files = { "stdlib_lua/meta" }
