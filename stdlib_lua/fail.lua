-- Errors: where the user's code stands, and texts with a traceback for whatever was raised.

local fail = {}

local OWN = "@<pylsyncd>/"
local SHORTENED = 60 -- LUA_IDSIZE: longer chunk names are cut in Lua's own messages
local NEAR = 30 -- levels; a runaway recursion has 200,000, and finding each costs a walk

local Failure = {
    __tostring = function(failure) return failure.text end,
}
Failure.__name = "error"

-- The nearest frame of a chunk read from a file of the user's.
-- Returns "FILE:LINE" and its level as the caller of this function would count it, or nil.
function fail.position()
    local level = 2
    while true do
        local info = debug.getinfo(level, "Sl")
        if not info then return nil end
        local source = info.source
        if source:sub(1, 1) == "@" and source:sub(1, #OWN) ~= OWN and info.currentline > 0 then
            return ("%s:%d"):format(source:sub(2), info.currentline), level - 1
        end
        level = level + 1
    end
end

local catching = { [pcall] = true, [xpcall] = true }

-- Whether the user's code catches what is raised now.
function fail.is_caught()
    local level = 2
    while true do
        local info = debug.getinfo(level, "f")
        if not info then return false end
        if catching[info.func] then
            local caller = debug.getinfo(level + 1, "S")
            if caller and caller.source:sub(1, #OWN) ~= OWN then return true end
        end
        level = level + 1
    end
end

-- Raises `message` at the user's line.
function fail.raise(message)
    local position = fail.position()
    error(position and position .. ": " .. message or message, 0)
end

local function as_source(value)
    if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") .. "" end
    return tostring(value)
end

-- One level of a table as Lua text, keys sorted.
function fail.show(value)
    if type(value) ~= "table" then return as_source(value) end
    local named, listed = {}, {}
    for key, entry in next, value do
        local text = type(entry) == "table" and "{ ... }" or as_source(entry)
        if math.type(key) == "integer" then
            listed[#listed + 1] = text
        else
            named[#named + 1] = tostring(key) .. " = " .. text
        end
    end
    table.sort(named)
    table.move(named, 1, #named, #listed + 1, listed)
    return #listed == 0 and "{}" or "{ " .. table.concat(listed, ", ") .. " }"
end

-- A text for whatever was given to error().
local function readable(problem)
    if type(problem) == "string" then return problem end
    if problem == nil then return "an error without a message" end
    local meta = getmetatable(problem)
    if type(problem) == "table" and not (type(meta) == "table" and meta.__tostring) then
        return "error object is a table: " .. fail.show(problem)
    end
    local ok, text = pcall(tostring, problem)
    return ok and text or "an error whose __tostring failed"
end

local function replace(text, old, new)
    local from, to = text:find(old, 1, true)
    if not from then return text end
    return text:sub(1, from - 1) .. new .. replace(text:sub(to + 1), old, new)
end

-- Names of files that Lua has cut to sixty characters, and what they are.
local cut_names = {}

local function remember(info)
    if #info.source > SHORTENED and info.source:sub(1, 1) == "@" then
        cut_names[info.short_src .. ":"] = info.source:sub(2) .. ":"
    end
end

-- A file is about to be loaded under that name; returns the name as Lua shows it.
function fail.remember(path)
    local info = debug.getinfo(load("", "@" .. path), "S")
    remember(info)
    return info.short_src
end

-- Puts whole names back. Files that were not loaded by us are known by the frames near the error.
local function with_whole_names(text)
    for level = 2, NEAR do
        local info = debug.getinfo(level, "S")
        if not info then break end
        remember(info)
    end
    for cut, whole in pairs(cut_names) do
        text = replace(text, cut, whole)
    end
    return text
end

-- A position inside this library helps nobody: the user's line takes its place.
local function at_users_line(text)
    local _, stop = text:find("^<pylsyncd>/[%w_/]+%.lua:%d+: ")
    if not stop then return text end
    local position = fail.position()
    return (position and position .. ": " or "") .. text:sub(stop + 1)
end

-- Message handler for xpcall. What it has handled once passes unchanged.
function fail.handler(problem)
    if getmetatable(problem) == Failure then return problem end
    return setmetatable({
        text = at_users_line(with_whole_names(readable(problem))),
        traceback = with_whole_names(debug.traceback("", 2)):gsub("^\n", ""),
    }, Failure)
end

local function unwrap(ok, ...)
    if ok then return true, ... end
    local failure = ...
    if getmetatable(failure) == Failure then return false, failure.text, failure.traceback end
    return false, readable(failure), ""
end

-- Calls f(...); returns true and its results, or false, a text and a traceback. Never raises.
function fail.call(f, ...) return unwrap(xpcall(f, fail.handler, ...)) end

return fail
