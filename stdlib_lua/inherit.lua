-- How a sync's options take over what they inherit (spec 2.2).

local import = ...
local fail = import "fail"

local inherit = {}

local DEEPEST = 50 -- nesting beyond this is a table that holds itself
-- Tables with exit codes for keys, whether or not they say so by _verbatim.
local by_exitcode = { exitcodes = true, rsyncExitCodes = true, sshExitCodes = true }
local markers = { _merge = true, _verbatim = true }

local take

-- Objects have methods; a copy would lose them.
local function is_object(value) return getmetatable(value) ~= nil end

local function copy(value, key, depth)
    local result = {}
    take(result, value, by_exitcode[key], depth + 1)
    return result
end

local function take_one(target, key, value, depth)
    local present = target[key]
    if present == nil then
        if type(value) == "table" and not is_object(value) then value = copy(value, key, depth) end
        target[key] = value
    elseif type(value) == "table" and type(present) == "table" then
        if value._merge == false or is_object(value) or is_object(present) then return end
        take(present, value, by_exitcode[key], depth + 1)
    end
end

local function sorted_integers(source)
    local keys = {}
    for key in pairs(source) do
        if math.type(key) == "integer" then keys[#keys + 1] = key end
    end
    table.sort(keys)
    return keys
end

-- The list part: tables are inherited from, everything else is appended.
local function take_list(target, source, depth)
    for _, key in ipairs(sorted_integers(source)) do
        local value = source[key]
        if type(value) == "table" then
            take(target, value, false, depth + 1)
        else
            target[#target + 1] = value
        end
    end
end

-- Adds to `target` what `source` has and `target` lacks, tables key by key.
function take(target, source, verbatim, depth)
    if depth > DEEPEST then
        fail.raise(("tables are nested more than %d deep in this sync; does one hold itself?"):format(DEEPEST))
    end
    verbatim = verbatim or source._verbatim == true
    local allowed = type(source._merge) == "table" and source._merge or nil
    for key, value in pairs(source) do
        local is_entry = math.type(key) == "integer" and not verbatim
        if not is_entry and not markers[key] and (not allowed or allowed[key]) then
            take_one(target, key, value, depth)
        end
    end
    if not verbatim and not allowed then take_list(target, source, depth) end
end

-- Takes over a user's or a library's table whole, in order: its own keys, then its sources.
function inherit.from(target, source) take(target, source, false, 0) end

-- Takes over only these keys of a table.
function inherit.keys(target, source, names)
    for _, name in ipairs(names) do
        local value = rawget(source, name)
        if value ~= nil then take_one(target, name, value, 0) end
    end
end

return inherit
