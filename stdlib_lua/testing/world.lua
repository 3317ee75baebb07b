-- simulate(config, options): a whole config in a world of its own, steered call by call.

local import = ...
local fail = import "fail"
local kinds = import "kinds"

local world = {}

local steps = {
    "start", "create", "write", "link", "touch", "move", "delete",
    "wait", "exit", "kill", "hold", "release", "take", "signal",
}
local options = { "delay", "env", "exec", "files", "insist", "log", "onepass" }

local host -- the engine's side, from installation on

local function word_of(value, name)
    if math.type(value) then return tostring(math.tointeger(value) or value) end
    if type(value) == "string" then return value end
    return fail.raise(("%s takes texts and numbers, not a %s"):format(name, type(value)))
end

-- The words of a step, NULs between them.
local function words_of(name, ...)
    local words = { name }
    for i = 1, select("#", ...) do
        local value = select(i, ...)
        if value ~= nil then words[#words + 1] = word_of(value, name) end
    end
    for _, word in ipairs(words) do
        if word:find("\0", 1, true) then fail.raise(name .. ": a NUL is in no path and no name") end
    end
    return table.concat(words, "\0")
end

local function step(id, name)
    return function(...) host.step(id, words_of(name, ...)) end
end

local function names_of(functions)
    local names = {}
    for name in pairs(functions) do
        names[#names + 1] = name
    end
    return names
end

-- What the functions of a world have in common: a name that is none of them is a mistake.
local function meta_of(config)
    return {
        __index = function(self, key)
            local name = tostring(key)
            fail.raise(('a world has no function "%s".%s'):format(name, kinds.suggestion(name, names_of(self))))
        end,
        __tostring = function() return "world of " .. config end,
    }
end

-- What a test gets: functions, called with a dot as those of an inlet.
local function object_of(id, config)
    local self = {
        spawned = function() return host.world_spawned(id) end,
        logged = function() return host.world_logged(id) end,
        status = function() return host.world_status(id) end,
        exitcode = function() return host.world_exitcode(id) end,
        clear = function() host.world_clear(id) end,
    }
    for _, name in ipairs(steps) do
        self[name] = step(id, name)
    end
    return setmetatable(self, meta_of(config))
end

local function check_options(given)
    if type(given) ~= "table" then fail.raise("simulate takes a table of options second, not a " .. type(given)) end
    for key in pairs(given) do
        local name = tostring(key)
        if not table.contains(options, key) then
            fail.raise(('simulate has no option "%s".%s'):format(name, kinds.suggestion(name, options)))
        end
    end
end

-- What is there before the start: { "dir/", "dir/file", ["big.iso"] = 1000000 }, path, NUL, bytes, NUL.
function world.files(given)
    local rows = {}
    for key, value in pairs(given or {}) do
        local is_listed = math.type(key) == "integer"
        rows[#rows + 1] = words_of("files", is_listed and value or key, is_listed and 1 or value):match "\0(.*)"
    end
    table.sort(rows)
    return table.concat(rows, "\0")
end

local function log_of(given)
    if given == nil then return "" end
    return type(given) == "table" and table.concat(given, "\0") or word_of(given, "log")
end

-- The global function.
local function simulate(config, given)
    if type(config) ~= "string" then fail.raise("simulate takes the name of a config, not a " .. type(config)) end
    given = given or {}
    check_options(given)
    local flags = {}
    for _, name in ipairs { "exec", "insist", "onepass" } do
        if given[name] then flags[#flags + 1] = name end
    end
    local id = host.simulate(
        config, given.delay, table.concat(flags, " "), world.files(given.files), log_of(given.log), given.env or {}
    )
    return object_of(id, config)
end

world.globals = { simulate = simulate }

function world.install(primitives) host = primitives end

return world
