-- fake.inlet{...}: real inlets and events over a queue that is filled by hand, for tests of single functions.

local import, engine = ...
local event = import "event"
local fail = import "fail"
local fake = {}
local sync = import "sync"
local world = import "testing/world"

local SOURCE, TARGET = "/source", "/target"
local etypes = {
    Attrib = 1, Blanket = 0, Create = 1, Delete = 1, Full = 1, Init = 0, Modify = 1, Move = 2, -- and how many paths
}
local keys = { config = true, files = true, source = true, target = true }
local reactions = { "onAttrib", "onCreate", "onDelete", "onFull", "onModify", "onMove", "onStartup" }

local host -- the engine's side, from installation on

local function absolute(path) return path:sub(1, 1) == "/" and path or "/" .. path end

-- Type and two paths, a NUL behind each.
local function row_of(given)
    local etype, path, path2 = given[1], given[2], given[3]
    local count = etypes[etype]
    if not count then fail.raise(("there are no events of the type %q"):format(tostring(etype))) end
    if etype == "Full" then path = path or "/" end
    for i, value in ipairs { path or false, path2 or false } do
        local is_sound = type(value) == "string" and not value:find("\0", 1, true)
        if i <= count and not is_sound or i > count and value then
            fail.raise(("an event %s has %d paths: { %q%s }"):format(
                etype, count, etype, (', "/path"'):rep(count)
            ))
        end
    end
    return table.concat { etype, "\0", path and absolute(path) or "", "\0", path2 and absolute(path2) or "", "\0" }
end

local function check(options)
    if type(options) ~= "table" then fail.raise("fake.inlet takes a table, not a " .. type(options)) end
    for key, value in pairs(options) do
        if math.type(key) == "integer" then
            if type(value) ~= "table" then fail.raise 'events are tables: fake.inlet{ { "Create", "/a" } }' end
        elseif not keys[key] then
            fail.raise(("fake.inlet has no %q; keys of the sync stand in config = { ... }"):format(tostring(key)))
        end
    end
end

local function reacts(config)
    for _, name in ipairs(reactions) do
        if config[name] ~= nil then return true end
    end
    return config.action ~= nil or config[1] ~= nil
end

-- What sync{} would be given, complete with what does not matter to the test.
local function config_of(options)
    local config = {}
    for key, value in pairs(options.config or {}) do
        config[key] = value
    end
    config.source = options.source or config.source or SOURCE
    config.target = options.target or config.target or TARGET
    if not reacts(config) then config.action = function() end end
    for _, given in ipairs(options) do
        if given[1] == "Move" and config.onMove == nil then config.onMove = true end
    end
    return config
end

local function newest() return sync.all()[#sync.all()] end

-- The sync that has this very table for its config.
local function find(config)
    for _, own in ipairs(sync.all()) do
        if own.config == config then return own end
    end
    return nil
end

-- A sync that fake.load has read, or a new one.
local function sync_of(options)
    local known = options.config and find(options.config)
    if not known then
        sync.create(config_of(options))
        return newest()
    end
    if options.source or options.target then
        fail.raise "a sync from fake.load has its source and target: they cannot be given again"
    end
    event.prepare(known)
    return known
end

local function events_of(own, numbers)
    local events = {}
    for number in numbers:gmatch "%d+" do
        local id = math.tointeger(tonumber(number))
        local origin = event.of(own, id, engine.describe(own.id, id))
        events[#events + 1] = origin
        events[#events + 1] = event.destination(origin)
    end
    return events
end

-- Gives an inlet whose queue holds these events, all due, and a list of them.
local function inlet(options)
    check(options)
    local rows = {}
    for i, given in ipairs(options) do
        rows[i] = row_of(given)
    end
    local own = sync_of(options)
    local numbers = host.fake(sync.described(own), table.concat(rows), world.files(options.files))
    return own.inlet, events_of(own, numbers)
end

-- Runs a config in this state; gives the tables of its syncs in order, and by name.
local function load_config(path)
    if type(path) ~= "string" then fail.raise("fake.load takes the name of a config, not a " .. type(path)) end
    local first = #sync.all()
    import "load".run(host.read(path), path, path:match "^(.*)/" or ".")
    local configs = {}
    for number = first, #sync.all() - 1 do
        local config = sync.of(number).config
        configs[#configs + 1] = config
        configs[config.name] = config
    end
    return configs
end

local function finish(exitcode)
    exitcode = exitcode or 0
    if math.type(exitcode) ~= "integer" or exitcode < 0 or exitcode > 255 then
        fail.raise("finish takes an exit code, 0 to 255; a death by signal 9 is 137")
    end
    return host.finish(exitcode)
end

local function wait(seconds)
    if not math.type(seconds) or not (seconds >= 0 and seconds < math.huge) then
        fail.raise "wait takes a number of seconds, 0 or more"
    end
    host.wait(seconds)
end

local function set_time(text)
    if type(text) ~= "string" then fail.raise 'set_time takes a text such as "2026-01-05T03:00:00"' end
    host.set_time(text)
end

fake.globals = {
    fake = { inlet = inlet, load = load_config },
    finish = finish,
    logged = function() return host.logged() end,
    set_time = set_time,
    spawned = function() return host.spawned() end,
    wait = wait,
}

function fake.install(primitives) host = primitives end

return fake
