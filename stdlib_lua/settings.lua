-- settings{ key = value, "flag" } and settings("key") (spec 1.4).

local import = ...
local fail = import "fail"
local kinds = import "kinds"
local phase = import "phase"

local settings = {}

local keys = {
    compat = kinds.choice "2.3",
    collapse = kinds.flag,
    delay = kinds.seconds,
    drainTimeout = kinds.seconds,
    inotifyMode = kinds.choice("Modify", "CloseWrite", "CloseWrite or Modify"),
    insist = kinds.flag,
    logfacility = kinds.facility,
    logfile = kinds.path,
    logformat = kinds.choice("plain", "json"),
    logident = kinds.text,
    maxDelays = kinds.count,
    maxProcesses = kinds.count,
    monitor = kinds.monitor,
    nodaemon = kinds.flag,
    onepass = kinds.flag,
    pidfile = kinds.path,
    pollInterval = kinds.seconds_above_zero,
    rescanInterval = kinds.seconds_above_zero,
    settle = kinds.seconds,
    statusFile = kinds.path,
    statusInterval = kinds.seconds,
    statusWatches = kinds.flag,
}

settings.keys = keys

local values, overrides = {}, {}

settings.places = {} -- "FILE:LINE" by key: where it was set last

local function known_names()
    local names = {}
    for name in pairs(keys) do
        names[#names + 1] = name
    end
    return names
end

local function set(key, value)
    local kind = keys[key]
    if not kind then
        local name = tostring(key)
        fail.raise(('setting "%s" unknown.%s'):format(name, kinds.suggestion(name, known_names())))
    end
    values[key] = kinds.check(('setting "%s"'):format(key), value, kind)
    settings.places[key] = fail.position()
end

local function set_flag(name)
    if type(name) ~= "string" then
        fail.raise(("settings{} takes keys with values and names of flags, not a lone %s."):format(type(name)))
    end
    if keys[name] and keys[name] ~= kinds.flag then
        fail.raise(('setting "%s" needs a value: write %s = ... instead of "%s".'):format(name, name, name))
    end
    set(name, true)
end

local function merge(options)
    if not phase.loading then fail.raise "settings can only be changed during initialization." end
    for _, name in ipairs(options) do
        set_flag(name)
    end
    for key, value in pairs(options) do
        if math.type(key) ~= "integer" then set(key, value) end
    end
end

-- Whether there is a setting of that name.
function settings.knows(name) return keys[name] ~= nil end

-- The value in force: command line, then settings{}, else nil.
function settings.get(key)
    if overrides[key] ~= nil then return overrides[key] end
    return values[key]
end

-- The value that the command line gives, or nil.
function settings.commanded(key) return overrides[key] end

-- Values from the command line, above all others. Takes the host's flat table.
function settings.override(given)
    for key, value in pairs(given) do
        overrides[key] = value
    end
end

-- Puts the settings that reach into syncs over what a sync inherited (spec 2.2).
function settings.impose(config)
    for _, key in ipairs { "delay", "maxDelays", "maxProcesses" } do
        local value = settings.get(key)
        if value ~= nil then config[key] = value end
    end
    if config.compat == nil then config.compat = values.compat end
    if config.collapse == nil then config.collapse = values.collapse end
    if config.settle == nil then config.settle = values.settle end
end

-- All values in force.
function settings.export()
    local all = {}
    for key in pairs(keys) do
        all[key] = settings.get(key)
    end
    return all
end

-- Refuses the 2.0 style `settings = value`.
function settings.refuse_assignment(value)
    local rewritten = type(value) == "table" and ", here: settings" .. fail.show(value):gsub("^{}$", "{ }") or "."
    fail.raise(
        "Do not use settings = { ... }, please use settings{ ... } (without the equal sign)" .. rewritten
    )
end

settings.api = setmetatable({}, {
    __call = function(_, argument)
        if type(argument) == "string" then return settings.get(argument) end
        if type(argument) ~= "table" then
            fail.raise('settings takes a table, settings{ key = value }, or the name of a key, settings("key").')
        end
        return merge(argument)
    end,
    __newindex = function(_, key, value)
        local rewritten = fail.show { [key] = value }
        fail.raise(("Do not use settings.%s = ..., please use settings%s"):format(tostring(key), rewritten))
    end,
    __index = function(_, key)
        local name = tostring(key)
        fail.raise(('Do not use settings.%s, please use settings("%s") to read a setting.'):format(name, name))
    end,
    __name = "settings",
})

return settings
