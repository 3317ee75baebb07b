-- Whether what was found is what is expected, placeholders and all.

local import = ...
local any = import "testing/any"
local event = import "event"
local eventlist = import "eventlist"
local timestamp = import "timestamp"

local compare = {}

local function is_object(value) return event.is(value) or eventlist.is(value) or timestamp.is(value) end

local same

-- How many entries of the list count: those before `any.rest`, and whether there is one.
local function extent(list)
    local count = #list
    if list[count] == any.rest then return count - 1, true end
    return count, false
end

local function same_keys(expected, found, from, seen)
    for key, value in next, found do
        local is_rest = math.type(key) == "integer" and key > from
        if not is_rest and not same(expected[key], value, seen) then return false end
    end
    return true
end

local function same_tables(expected, found, seen)
    if seen[expected] == found then return true end
    seen[expected] = found
    local count, is_open = extent(expected)
    if is_open and #found < count then return false end
    for key, value in next, expected do
        if not (is_open and key == count + 1) and not same(value, found[key], seen) then return false end
    end
    return same_keys(expected, found, is_open and count or math.huge, seen)
end

function same(expected, found, seen)
    if any.is(expected) then return expected.test(found) end
    if rawequal(expected, found) then return true end
    if type(expected) ~= "table" or type(found) ~= "table" then return expected == found end
    if is_object(expected) or is_object(found) then
        return getmetatable(expected) == getmetatable(found) and expected == found
    end
    return same_tables(expected, found, seen)
end

-- Deeply equal.
function compare.same(expected, found) return same(expected, found, {}) end

local resolve

local function resolve_table(expected, found, seen)
    local result = {}
    seen[expected] = result
    local count, is_open = extent(expected)
    for key, value in next, expected do
        if not (is_open and key == count + 1) then result[key] = resolve(value, found[key], seen) end
    end
    return is_open and table.move(found, count + 1, #found, count + 1, result) or result
end

function resolve(expected, found, seen)
    if any.is(expected) then return expected.test(found) and found or expected end
    if type(expected) ~= "table" or type(found) ~= "table" or is_object(expected) or is_object(found) then
        return expected
    end
    return seen[expected] or resolve_table(expected, found, seen)
end

-- What is expected, with what was found in the place of placeholders that stand for it: what is left in a
-- difference is what matters.
function compare.resolved(expected, found) return resolve(expected, found, {}) end

-- Whether a text holds another one, or matches it as a pattern.
function compare.finds(text, wanted)
    if text:find(wanted, 1, true) then return true end
    local ok, from = pcall(string.find, text, wanted)
    return ok and from ~= nil
end

return compare
