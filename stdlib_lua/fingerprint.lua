-- What a sync is made of, as one text: the same text in another Lua state means the same sync (spec 6.3).
--
-- Functions of the configuration count with all that they can reach: the variables around them and the
-- globals, as these are now. Whatever cannot be compared for certain makes the sync one of its kind.

local import = ...
local alarm = import "alarm"
local bytecode = import "bytecode"
local natives = import "natives"
local observe = import "observe"
local settings = import "settings"
local sync = import "sync"

local fingerprint = {}

local OWN = "@<pylsyncd>/"
local UNKNOWN = {} -- raised for what cannot be compared

local function put(state, text) state[#state + 1] = text end

local write

local function put_text(state, text)
    put(state, #text .. ":")
    put(state, text)
end

-- By kind, then by value.
local function before(one, other)
    local kind, other_kind = type(one), type(other)
    if kind ~= other_kind then return kind < other_kind end
    if kind == "boolean" then return one and not other end
    return one < other
end

local KEYS = { boolean = true, number = true, string = true }

local function sorted_keys(values)
    local keys = {}
    for key in next, values do
        if not KEYS[type(key)] then error(UNKNOWN) end
        keys[#keys + 1] = key
    end
    table.sort(keys, before)
    return keys
end

local function put_table(state, values)
    put(state, "{")
    write(state, debug.getmetatable(values))
    for _, key in ipairs(sorted_keys(values)) do
        write(state, key)
        write(state, rawget(values, key))
    end
    put(state, "}")
end

-- Each variable once, however many functions share it.
local function put_variables(state, func)
    for index = 1, math.huge do
        local name, value = debug.getupvalue(func, index)
        if name == nil then return end
        local id = debug.upvalueid(func, index)
        if not state.seen[id] then
            state.last = state.last + 1
            state.seen[id] = state.last
            write(state, value)
        end
        put(state, "v" .. state.seen[id] .. ";")
    end
end

local function put_function(state, func)
    local info = debug.getinfo(func, "S")
    if info.what == "C" then error(UNKNOWN) end
    if info.source:sub(1, #OWN) == OWN then
        put_text(state, info.source)
        put_text(state, string.dump(func, true))
        return
    end
    state.is_bound = true
    put_text(state, bytecode.of(func))
    put_variables(state, func)
end

local function put_number(state, number)
    put(state, (math.type(number) == "integer" and "i%d;" or "f%a;"):format(number))
end

local function put_plain(state, value) put(state, tostring(value) .. ";") end

-- Sockets of ssh are counted in the order of the configuration, which makes no difference to a sync.
local function put_string(state, text) put_text(state, (text:gsub("(%${PYLSYNCD_SOCKETS}/)%d+", "%1"))) end

local plain = { boolean = put_plain, ["nil"] = put_plain, number = put_number, string = put_string }
local compound = { ["function"] = put_function, table = put_table }

local function put_named(state, name)
    put(state, "@")
    put_text(state, name)
end

-- A value; one that was there already is a number, so that tables may hold themselves.
function write(state, value)
    local kind = type(value)
    put(state, kind:sub(1, 1))
    if plain[kind] then return plain[kind](state, value) end
    local name = natives.name(value) or state.names[value]
    if name then return put_named(state, name) end
    if state.seen[value] then return put(state, "#" .. state.seen[value] .. ";") end
    if not compound[kind] then error(UNKNOWN) end
    state.last = state.last + 1
    state.seen[value] = state.last
    return compound[kind](state, value)
end

-- The functions that lead to a sync are alike for all syncs, so these are told by their places.
local function names_of_syncs()
    local names = {}
    for number, own in ipairs(sync.all()) do
        names[own], names[own.inlet], names[own.object] = "sync" .. number, "inlet" .. number, "object" .. number
    end
    return names
end

-- The configuration of a sync without the name that it has for want of another.
local function config_of(own)
    local config = {}
    for key, value in next, own.config do
        config[key] = value
    end
    if own.is_numbered then config.name = nil end
    return config
end

local function write_library(state)
    for _, name in ipairs(natives.globals) do
        write(state, rawget(_G, name))
    end
end

-- HUP takes every configuration as if `insist` were set.
local function settings_in_force()
    local all = settings.export()
    all.insist = nil
    return all
end

local function is_own(func) return debug.getinfo(func, "S").source:sub(1, #OWN) == OWN end

-- What functions have left behind that are called later.
local function write_rest(state, own)
    for _, pending in ipairs(alarm.pending()) do
        if not is_own(pending[1]) then write(state, pending) end
    end
    write(state, observe.all())
    write(state, settings_in_force())
    write(state, own.config.name)
end

local function text_of(own)
    local state = { seen = {}, last = 0, names = names_of_syncs(), is_bound = false }
    write(state, config_of(own))
    write(state, own.excludes)
    write(state, own.filters)
    write_library(state)
    if state.is_bound then write_rest(state, own) end
    return table.concat(state), state.is_bound
end

-- The text of the sync of that number, and whether functions of the configuration belong to it; nothing for a
-- sync that cannot be compared, such as one behind a tunnel, of which each configuration starts its own. Lsyncd
-- begins with all of them anew.
function fingerprint.of(number)
    local own = sync.of(number)
    if own.config.tunnel or default.is_compatible(own.config) then return nil end
    local ok, text, is_bound = pcall(text_of, own)
    if ok then return text, is_bound end
    return nil
end

return fingerprint
