-- Runs a config in a scratch directory, for either daemon: all its paths are moved there, and all its
-- programs make way for the recorder. `compare/launch.py` writes the config that calls this chunk.

-- luacheck: push ignore 122 142 (fields of standard libraries are replaced on purpose)

local place = ... -- what `compare/launch.py` says: where all is, what is to be run

local real = {
    dofile = dofile, execute = os.execute, exit = os.exit, lines = io.lines, loadfile = loadfile,
    open = io.open, input = io.input, output = io.output, readdir = readdir, remove = os.remove,
    rename = os.rename, settings = settings, spawn = spawn, sync = sync, tunnel = tunnel,
}
local engine = rawget(_G, "lsyncd") -- not in 2.2.3
local exec = engine and engine.exec

local function note(file, ...)
    local out = assert(real.open(place.state .. "/" .. file, "a"))
    out:write(...)
    out:close()
end

local function is_there(path)
    local file = real.open(path, "r")
    if file then file:close() end
    return file ~= nil
end

local function make_directory(path)
    real.execute("exec mkdir -p -- '" .. path:gsub("'", "'\\''") .. "'")
end

-- Paths --------------------------------------------------------------------------------------------

-- An absolute path; `..` is taken away if there is any, so that it cannot lead out.
local function absolute(path)
    if path:sub(1, 1) ~= "/" then path = place.directory .. "/" .. path end
    if not (path .. "/"):find("/../", 1, true) then return path end
    local parts = {}
    for part in path:gmatch "[^/]+" do
        if part ~= ".." then parts[#parts + 1] = part else parts[#parts] = nil end
    end
    return "/" .. table.concat(parts, "/") .. (path:match "/$" or "")
end

-- Where a path is in the scratch directory.
local function inside(path)
    if (path .. "/"):sub(1, #place.root + 1) == place.root .. "/" and not path:find("..", 1, true) then
        return path
    end
    return place.root .. absolute(path)
end

-- As `inside`, with the directory that it lies in.
local function writable(path)
    path = inside(path)
    make_directory(path:match "^(.*)/" or path)
    return path
end

-- What is read comes from the scratch directory, or else from where the config says.
local function readable(path)
    if type(path) ~= "string" then return path end
    local moved = inside(path)
    return (is_there(moved) or moved == path) and moved or absolute(path)
end

-- A target on this host; a relative one is in the scratch directory, as the daemon is.
local function target(path)
    local is_moved = type(path) == "string" and (path:find "^/" or path:find("..", 1, true) and not path:find ":")
    return is_moved and inside(path) or path
end

local function opens_for_reading(mode) return mode == nil or mode:find "^rb?$" end

function io.open(path, mode)
    if type(path) ~= "string" or mode ~= nil and type(mode) ~= "string" then return real.open(path, mode) end
    return real.open(opens_for_reading(mode) and readable(path) or writable(path), mode)
end

function io.lines(path, ...) return real.lines(readable(path), ...) end

function io.input(file) return real.input(readable(file)) end

function io.output(file) return real.output(type(file) == "string" and writable(file) or file) end

function os.remove(path) return real.remove(inside(path)) end

function os.rename(old, new) return real.rename(inside(old), writable(new)) end

local names = 0

function os.tmpname()
    names = names + 1
    local path = writable("/tmp/lua_" .. names)
    assert(real.open(path, "w")):close()
    return path
end

function dofile(path) return real.dofile(readable(path)) end -- luacheck: ignore 121

function loadfile(path, ...) return real.loadfile(readable(path), ...) end -- luacheck: ignore 121

function readdir(path) return real.readdir(readable(path)) end -- luacheck: ignore 121

-- Programs -----------------------------------------------------------------------------------------

-- The recorder's words, before those of the program that it stands for.
local function words_of_recorder(origin, lanes)
    return { "-IS", place.recorder, place.socket, origin, tostring(lanes) }
end

-- The whole command, as a list.
local function recorded(origin, ...)
    local list = words_of_recorder(origin, 1)
    table.insert(list, 1, place.python)
    return table.move({ ... }, 1, select("#", ...), #list + 1, list)
end

local function count_spawned() note("spawned", "+") end

local function spawn_recorded(agent, input, binary, ...)
    count_spawned()
    local config = agent.config or {}
    local words = words_of_recorder(config.name or "", config.maxProcesses or 1)
    if input then return real.spawn(agent, place.python, "<", input, words, binary, ...) end
    return real.spawn(agent, place.python, words, binary, ...)
end

function spawn(agent, binary, ...) -- luacheck: ignore 121
    if type(agent) ~= "table" then return real.spawn(agent, binary, ...) end
    if ... == "<" then return spawn_recorded(agent, select(2, ...), binary, select(3, ...)) end
    return spawn_recorded(agent, nil, binary, ...)
end

-- Where `spawnShell` does not ask for the global `spawn`, it keeps a reference of its own.
for i = 1, math.huge do
    local name, value = debug.getupvalue(spawnShell, i)
    if name == nil then break end
    if type(value) == "table" and rawget(value, "spawn") == real.spawn then value.spawn = spawn end
end

if engine then
    function engine.exec(binary, ...)
        if binary == place.python then return exec(binary, ...) end
        count_spawned()
        return exec(table.unpack(recorded("", binary, ...)))
    end

    -- Lsyncd knows no lists of paths, so neither daemon is to use them.
    if engine.internal then
        function engine.internal.version_of() return nil end
    end

    function engine.kill() return 0 end -- whatever it names, it is none of the processes here

    for _, name in ipairs { "readdir", "realdir", "get_file_size" } do
        local original = engine[name]
        engine[name] = function(path) return original(readable(path)) end
    end
end

-- A command that the config starts itself is not run: nobody knows what it does. The answer is empty.
local function note_unrun(command)
    if not place.is_probe then note("unrun", command, "\0") end
end

function os.execute(command)
    if command ~= nil then note_unrun(command) end
    return true, "exit", 0
end

function io.popen(command, mode)
    note_unrun(command)
    return real.open("/dev/null", mode or "r")
end

-- Modules in C could do anything.
local function refuse_c() error("pylsyncd compare loads no modules written in C", 0) end

package.cpath = ""
package.loadlib = refuse_c
for _, directory in ipairs { place.directory, place.config:match "^(.*)/" or "." } do
    package.path = directory .. "/?.lua;" .. directory .. "/?/init.lua;" .. package.path
end

-- Settings, syncs, tunnels -------------------------------------------------------------------------

local longest = 0 -- delay of all syncs, in seconds

local function copy(options)
    local result = {}
    for key, value in pairs(options) do
        result[key] = value
    end
    return setmetatable(result, getmetatable(options))
end

-- What a daemon writes for itself is no matter of a source that it may lie in.
local function moved_settings(given)
    local options = copy(given)
    for _, key in ipairs { "logfile", "pidfile", "statusFile" } do
        if type(options[key]) == "string" then options[key] = place.state .. "/" .. key end
    end
    if type(options.delay) == "number" then longest = math.max(longest, options.delay) end
    return options
end

local function our_settings(given)
    if type(given) ~= "table" then return real.settings(given) end
    return real.settings(moved_settings(given))
end

-- Both daemons look out for a global `settings` that is not their own: pylsyncd when one is assigned,
-- Lsyncd 2.2.3 when a sync is made.
local own_settings = rawget(_G, "settings")

local function is_settings_ours() return rawget(_G, "settings") == our_settings end

rawset(_G, "settings", our_settings)

-- luacheck: push ignore 121

-- A source of its own, or one of a table that the sync inherits from, is made.
local function moved_sync(given)
    local options = copy(given)
    if type(options.source) == "string" then
        options.source = inside(options.source)
        make_directory(options.source)
        note("sources", options.source, "\0")
    end
    options.target = target(options.target)
    options.excludeFrom = readable(options.excludeFrom)
    options.filterFrom = readable(options.filterFrom)
    for _, key in ipairs { "exclude", "filter" } do
        local rules = type(options[key]) == "table" and options[key] or { options[key] }
        for _, rule in ipairs(rules) do
            note("rules", tostring(rule), "\0")
        end
    end
    if type(options.delay) == "number" then longest = math.max(longest, options.delay) end
    for i, base in ipairs(options) do
        if type(base) == "table" then options[i] = moved_sync(base) end
    end
    return options
end

-- Calls `sync` from the line of the user's own call, which messages name.
local function call_from(info, options)
    local code = "local call, options = ... local inlet = call(options) return inlet"
    local is_ours = is_settings_ours()
    if is_ours then rawset(_G, "settings", own_settings) end
    local inlet = load(("\n"):rep(info.currentline - 1) .. code, info.source)(real.sync, options)
    if is_ours then rawset(_G, "settings", our_settings) end
    return inlet
end

local syncs = 0

function sync(given)
    if type(given) ~= "table" then return real.sync(given) end
    syncs = syncs + 1
    local options = moved_sync(given)
    if place.collapse ~= nil then options.collapse = place.collapse end
    return call_from(debug.getinfo(2, "Sl"), options)
end

if real.tunnel then
    function tunnel(given)
        if type(given) ~= "table" or type(given.command) ~= "table" then return real.tunnel(given) end
        local options = copy(given)
        for _, key in ipairs { "command", "checkCommand" } do
            if type(given[key]) == "table" then
                options[key] = recorded(key == "command" and "tunnel" or "", table.unpack(given[key]))
            end
        end
        return real.tunnel(options)
    end
end

-- luacheck: pop

-- The config itself --------------------------------------------------------------------------------

local chunk, problem = real.loadfile(place.config)
if not chunk then error(problem, 0) end
chunk()
if is_settings_ours() then rawset(_G, "settings", own_settings) end
if place.status then real.settings { statusFile = place.status, statusInterval = 0 } end
if syncs == 0 then error("Nothing to watch!", 0) end
local beacon_delay = math.max(longest, 15) -- 15: that of the ready-made syncs; -delay wins
if place.is_probe then
    note("delays", tostring(beacon_delay), "\0")
    note("probed", "+")
    real.exit(0)
end

-- What is done to the beacon is heard after all that was done before it, and is due after it.
real.sync {
    source = place.beacon,
    delay = beacon_delay,
    onCreate = function(event) note("beacons", event.name, "\0") end,
}

-- luacheck: pop
