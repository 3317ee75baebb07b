-- All names that configs may use, for tools that read configs without running them: as flat tables of text.

local import = ...
local inherit = import "inherit"
local settings = import "settings"
local sync = import "sync"
local tunnel = import "tunnel"

local names = {}

local function sorted_keys(values)
    local keys = {}
    for key in pairs(values) do
        keys[#keys + 1] = tostring(key)
    end
    table.sort(keys)
    return keys
end

-- Key to the name of its kind, what it is to be, and the words allowed; NULs between them.
local function kinds_of(keys)
    local all = {}
    for key, kind in pairs(keys) do
        all[key] = table.concat({ kind.name, kind.what, table.unpack(sorted_keys(kind.allowed or {})) }, "\0")
    end
    return all
end

-- Each key with those of the tables around it before it, dots between them: whether it is taken.
local function flatten(gauge, prefix, all)
    for key, taken in pairs(gauge) do
        all[prefix .. key] = taken ~= false
        if type(taken) == "table" then flatten(taken, prefix .. key .. ".", all) end
    end
    return all
end

-- What a sync that inherits from these takes.
local function gauge_of(...)
    local config = {}
    inherit.from(config, { ... })
    inherit.keys(config, default, { "checkgauge" })
    return flatten(config.checkgauge, "", {})
end

-- By the name of the default; under the empty one that of a sync that inherits from none.
local function gauges()
    local all = { [""] = gauge_of() }
    for name, base in pairs(default) do
        if type(base) == "table" and type(base.checkgauge) == "table" then all[name] = gauge_of(base) end
    end
    return all
end

-- Name to how it gets into the argument list: `letter`, `flag`, `value` or nothing, and with what.
local function rsync_options()
    local all = {}
    for _, option in ipairs(default.rsyncOptions) do
        all[option.name] = ""
        for _, how in ipairs { "letter", "flag", "value" } do
            if option[how] then all[option.name] = how .. " " .. option[how] end
        end
    end
    return all
end

-- The names of the time at which no config has added any.
function names.export()
    return {
        defaults = table.concat(sorted_keys(default), "\0"),
        gauges = gauges(),
        globals = table.concat(sorted_keys(_G), "\0") .. "\0settings",
        rsyncOptions = rsync_options(),
        settings = kinds_of(settings.keys),
        syncs = kinds_of(sync.keys),
        tunnels = kinds_of(tunnel.keys),
    }
end

return names
