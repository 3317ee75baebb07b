-- Loading the configuration: files, syncs of the command line, and what the engine is told of them.

local import = ...
local callback = import "callback"
local clock = import "clock"
local fail = import "fail"
local globals = import "globals"
local phase = import "phase"
local settings = import "settings"
local sync = import "sync"
local tunnel = import "tunnel"

local config = {}

-- Debian's Lua finds modules there; the embedded one does not know.
local DEBIAN = "/usr/local/share/lua/5.3/?.lua;/usr/local/share/lua/5.3/?/init.lua;"
    .. "/usr/share/lua/5.3/?.lua;/usr/share/lua/5.3/?/init.lua;./?.lua"
local DEBIAN_C = "/usr/local/lib/lua/5.3/?.so;/usr/lib/%s-linux-gnu/lua/5.3/?.so;/usr/lib/lua/5.3/?.so;./?.so"

-- luacheck: push ignore 122 (package.path is there to be set)

-- machine: as in the name of the directory with C modules, x86_64 or aarch64.
function config.set_search_paths(machine)
    package.path = DEBIAN
    package.cpath = DEBIAN_C:format(machine)
end

local function search_first(directory)
    package.path = directory .. "/?.lua;" .. directory .. "/?/init.lua;" .. package.path
end

-- luacheck: pop

-- Lua cuts long names in its messages; the whole one is put back.
local function compile(text, path)
    local short = fail.remember(path)
    local chunk, problem = load(text, "@" .. path)
    if chunk then return chunk end
    if problem:sub(1, #short) == short then problem = path .. problem:sub(#short + 1) end
    return error(problem, 0)
end

-- Runs a file's text; `require` in it finds what lies beside the file.
function config.run(text, path, directory)
    search_first(directory)
    compile(text, path)()
end

-- sync{ default.BASE, key = value, ... } for an option of the command line. `ssh_extra` holds further
-- arguments of ssh, a NUL behind each.
function config.run_option(base, options, ssh_extra)
    local given = { default[base] }
    for key, value in pairs(options) do
        given[key] = value
    end
    local extra = {}
    for word in ssh_extra:gmatch "([^\0]*)\0" do
        extra[#extra + 1] = word
    end
    if extra[1] then given.ssh = { _extra = extra } end
    sync.create(given)
end

-- "FILE:LINE" of the user's code that runs right now, or an empty string.
function config.position() return fail.position() or "" end

-- For those who check configurations.
function config.begin_survey(...) import("survey").begin(...) end

function config.survey() return import("survey").all() end

config.override = settings.override

config.use_clock = clock.use

-- Loads one more module of the library and lets it install itself, with a table of the engine's.
function config.extend(name, values) import(name).install(values) end

-- Locks the globals; returns settings, syncs and tunnels for the engine.
function config.finish()
    sync.refuse_missing()
    phase.loading = false
    globals.lock()
    io.stdout:flush() -- or what configs have printed is lost or doubled when the daemon forks
    return settings.export(), sync.export(), tunnel.export()
end

config.start = callback.start

-- For those who explain configurations.
function config.traits(number) return import("traits").of(number) end

-- For HUP: what a sync is made of, as a text, and whether functions of the configuration belong to that.
function config.fingerprint(number) return import("fingerprint").of(number) end

-- For HUP: what a sync that goes on takes along.
function config.memory(number) return import("memory").of(number) end

function config.remember(number, text) import("memory").take_over(number, text) end

-- For those who read configurations without running them.
function config.names() return import("names").export() end

-- Calls one of these functions, or of `callback`'s, by name: true and results, or false, text and traceback.
function config.call(name, ...) return fail.call(config[name] or callback[name], ...) end

return config
