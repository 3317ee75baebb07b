-- Values as text that people can read and compare: keys sorted, one entry a line where it gets long.

local import = ...
local any = import "testing/any"
local event = import "event"
local eventlist = import "eventlist"
local timestamp = import "timestamp"

local show = {}

local WIDTH = 72 -- what is shorter stands on one line
local NAME = "^[%a_][%w_]*$"
local short = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\0"] = "\\0", ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(char) return short[char] or ("\\x%02x"):format(char:byte()) end

-- A string in quotes; what is no UTF-8 is shown byte by byte.
local function quoted(text)
    local set = utf8.len(text) and '[%c"\\]' or '[%c"\\\128-\255]'
    return '"' .. text:gsub(set, escape) .. '"'
end

local function of_function(value)
    local info = debug.getinfo(value, "S")
    return ("function at %s:%d"):format(info.short_src, info.linedefined)
end

local function of_event(value)
    local path2 = event.destination(value)
    return ("event: %s /%s%s"):format(value.etype, value.path, path2 and " -> /" .. path2.path or "")
end

-- Text for what is no plain table, or nil.
local function of_object(value)
    if any.is(value) then return value.text end
    if event.is(value) then return of_event(value) end
    if eventlist.is(value) then return ("list of %d events"):format(value.size()) end
    if timestamp.is(value) then return "time stamp " .. value.string end
    local meta = getmetatable(value)
    return type(meta) == "table" and meta.__tostring and tostring(value) or nil
end

local function sorted_keys(values)
    local keys = {}
    for key in next, values do
        local is_listed = math.type(key) == "integer" and key >= 1 and key <= #values
        if not is_listed then keys[#keys + 1] = key end
    end
    table.sort(keys, function(a, b)
        if type(a) == "number" and type(b) == "number" then return a < b end
        return tostring(a) < tostring(b)
    end)
    return keys
end

local render

local function entries_of(values, indent, seen)
    local entries = {}
    for i = 1, #values do
        entries[i] = render(values[i], indent, seen)
    end
    for _, key in ipairs(sorted_keys(values)) do
        local name = type(key) == "string" and key:find(NAME) and key or "[" .. render(key, indent, seen) .. "]"
        entries[#entries + 1] = name .. " = " .. render(values[key], indent, seen)
    end
    return entries
end

local function of_table(values, indent, seen)
    if seen[values] then return "(itself)" end
    if next(values) == nil then return "{}" end
    seen[values] = true
    local inner = indent .. "    "
    local entries = entries_of(values, inner, seen)
    seen[values] = nil
    local line = "{ " .. table.concat(entries, ", ") .. " }"
    if #indent + #line <= WIDTH and not line:find "\n" then return line end
    return "{\n" .. inner .. table.concat(entries, ",\n" .. inner) .. ",\n" .. indent .. "}"
end

function render(value, indent, seen)
    local kind = type(value)
    if kind == "string" then return quoted(value) end
    if kind == "function" then return of_function(value) end
    if kind ~= "table" then return tostring(value) end
    return of_object(value) or of_table(value, indent, seen)
end

-- The text of a value, in one line or several.
function show.value(value) return render(value, "", {}) end

-- Arguments as they stand in a call.
function show.arguments(...)
    local texts = {}
    for i = 1, select("#", ...) do
        texts[i] = show.value((select(i, ...)))
    end
    return table.concat(texts, ", ")
end

return show
