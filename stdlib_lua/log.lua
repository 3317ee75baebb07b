-- log(category, ...) and dump(table): what scripts say to the operator (spec 1.2).

local import, host = ...
local fail = import "fail"
local timestamp = import "timestamp"

local log = {}

local function address(value) return tostring(value):match("0x%x+") or tostring(value) end

local shown = {
    string = function(value) return value end,
    number = tostring,
    boolean = function(value) return "(" .. tostring(value) .. ")" end,
    ["nil"] = function() return "(nil)" end,
    table = function(value)
        if timestamp.is(value) then return "(Timestamp: " .. value.string .. ")" end
        return "(Table: " .. address(value) .. ")"
    end,
}

local function show(value)
    local kind = type(value)
    local how = shown[kind]
    return how and how(value) or "(" .. kind .. ": " .. address(value) .. ")"
end

-- Writes its arguments, joined, as one line of that category.
function log.log(category, ...)
    if type(category) ~= "string" then
        fail.raise('log takes a category first, such as log("Normal", "text"), not a ' .. type(category))
    end
    if not host.wants(category) then return end
    local parts = {}
    for i = 1, select("#", ...) do
        parts[i] = show((select(i, ...)))
    end
    host.log(category, table.concat(parts))
end

local function sorted_keys(values)
    local keys = {}
    for key in next, values do
        keys[#keys + 1] = key
    end
    table.sort(keys, function(a, b)
        if type(a) == type(b) and type(a) ~= "boolean" and type(a) ~= "table" then return a < b end
        return tostring(a) < tostring(b)
    end)
    return keys
end

local function dump(values, indent, seen)
    for _, key in ipairs(sorted_keys(values)) do
        local value = values[key]
        if type(value) == "table" and not seen[value] and not timestamp.is(value) then
            seen[value] = true
            print(indent .. tostring(key) .. ":")
            dump(value, indent .. "  ", seen)
            seen[value] = nil
        else
            print(indent .. tostring(key) .. ": " .. tostring(value))
        end
    end
end

-- Prints a table and the tables in it, keys sorted; for debugging.
function log.dump(values, indent)
    if type(values) ~= "table" then fail.raise("dump takes a table, not a " .. type(values)) end
    dump(values, indent or "", { [values] = true })
end

return log
