-- The global environment: the documented names, the watch for the 2.0 style, the lock (spec 2).

local import = ...
local alarm = import "alarm"
local compat = import "compat"
local fail = import "fail"
local log = import "log"
local lsyncd = import "lsyncd"
local observe = import "observe"
local process = import "process"
local queue = import "queue"
local settings = import "settings"
local spawn = import "spawn"
local substitution = import "substitution"
local sync = import "sync"
local timestamp = import "timestamp"
local tunnel = import "tunnel"

import "extension"

local globals = {}

local LSYNCD_VERSION = "2.3.1" -- the release whose API this is

local documented = {
    Queue = { new = queue.new },
    Tunnel = { new = tunnel.create },
    alarm = alarm.set,
    dump = log.dump,
    log = log.log,
    lsyncd = lsyncd,
    lsyncd_version = LSYNCD_VERSION,
    nonobservefd = observe.remove,
    now = timestamp.now,
    observefd = observe.add,
    readdir = lsyncd.readdir,
    spawn = spawn.spawn,
    spawnShell = spawn.shell,
    substitudeCommands = substitution.substitude,
    sync = sync.create,
    terminate = process.terminate,
    tunnel = tunnel.create,
}

-- Sets the documented globals, but for `default` and `settings`.
function globals.define()
    rawset(_G, "python", nil) -- the bridge's own table is not for configs
    package.loaded.python = nil
    for name, value in pairs(compat.globals) do
        rawset(_G, name, value)
    end
    for name, value in pairs(documented) do
        rawset(_G, name, value)
    end
end

-- `settings` is no field of _G, so that assigning to it is noticed on the spot.
local function settings_only(_, name)
    if name == "settings" then return settings.api end
    return nil
end

local function assign(env, name, value)
    if name == "settings" then settings.refuse_assignment(value) end
    rawset(env, name, value)
end

-- While the configuration is loaded.
function globals.guard()
    setmetatable(_G, { __index = settings_only, __newindex = assign })
end

local function is_exempt(name)
    return type(name) == "string" and (name == "_" or name:sub(1, 2) == "__")
end

local function look_up(how, env, name)
    if type(how) == "function" then return how(env, name) end
    if how ~= nil then return how[name] end
    return nil
end

-- From now on a global that is not there is an error. What a config's own metatable provides stays.
function globals.lock()
    local own = (getmetatable(_G) or {}).__index
    local function read(env, name)
        local value = settings_only(env, name)
        if value == nil then value = look_up(own, env, name) end
        if value == nil and not is_exempt(name) then
            fail.raise(('Access to the undefined global "%s".'):format(tostring(name)))
        end
        return value
    end
    local function write(env, name, value)
        if not is_exempt(name) then
            local advice = "make it local, or set it while the configuration is loaded."
            fail.raise(('New global "%s" after initialization; %s'):format(tostring(name), advice))
        end
        rawset(env, name, value)
    end
    setmetatable(_G, { __index = read, __newindex = write })
end

return globals
