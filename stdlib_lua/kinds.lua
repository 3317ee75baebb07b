-- Kinds of values that settings and syncs take, and the message for one of the wrong kind.

local import, host = ...
local fail = import "fail"

local kinds = {}

local function is_whole(value) return type(value) == "number" and math.tointeger(value) ~= nil end

local function is_type(...)
    local wanted = {}
    for _, name in ipairs { ... } do
        wanted[name] = true
    end
    return function(value) return wanted[type(value)] == true end
end

kinds.text = { what = "a string", test = is_type "string" }

kinds.path = {
    what = "a path (a string that is not empty)",
    test = function(value) return type(value) == "string" and value ~= "" and not value:find("\0", 1, true) end,
}

kinds.seconds = {
    what = "a number of seconds, 0 or more",
    test = function(value) return type(value) == "number" and value >= 0 and value < math.huge end,
}

kinds.seconds_above_zero = {
    what = "a number of seconds above 0",
    test = function(value) return type(value) == "number" and value > 0 and value < math.huge end,
}

kinds.count = {
    what = "a whole number, 1 or more",
    test = function(value) return is_whole(value) and value >= 1 end,
    convert = math.tointeger,
}

kinds.number_from_zero = {
    what = "a whole number, 0 or more",
    test = function(value) return is_whole(value) and value >= 0 end,
    convert = math.tointeger,
}

kinds.number_from_zero_or_false = {
    what = "a whole number, 0 or more, or false for none",
    test = function(value) return value == false or kinds.number_from_zero.test(value) end,
    convert = function(value) return value and math.tointeger(value) end,
}

-- Lsyncd takes any value here; those that people write are taken, those it would misread are not.
local flags = { [true] = true, [false] = false, [1] = true, yes = true, ["true"] = true }
kinds.flag = {
    what = "true or false",
    test = function(value) return flags[value] ~= nil end,
    convert = function(value) return flags[value] end,
}

kinds.callback = {
    what = "a function, or false for none",
    test = function(value) return type(value) == "function" or value == false end,
}

kinds.reaction = {
    what = "a function or a command line, or false for none",
    test = is_type("function", "string", "boolean"),
}

kinds.table_or_false = {
    what = "a table, or false for none",
    test = function(value) return type(value) == "table" or value == false end,
}

local function is_list_of_text(value)
    for _, entry in pairs(value) do
        if type(entry) ~= "string" then return false end
    end
    return true
end

kinds.patterns = {
    what = "a string or a list of strings",
    test = function(value) return type(value) == "string" or type(value) == "table" and is_list_of_text(value) end,
}

local verdicts = { ok = true, again = true, die = true, partial = true }
kinds.exitcodes = {
    what = 'a table from exit codes to "ok", "again", "partial" or "die"',
    allowed = verdicts,
    test = function(value)
        if type(value) ~= "table" then return value == false end
        for code, verdict in pairs(value) do
            if not is_whole(code) or not verdicts[verdict] then return false end
        end
        return true
    end,
}

local facilities = {}
for name in
    ([[auth authpriv cron daemon ftp kern lpr mail news syslog user uucp
    local0 local1 local2 local3 local4 local5 local6 local7]]):gmatch "%w+"
do
    facilities[name] = true
end
kinds.facility = {
    what = "a syslog facility such as user, daemon or local0, or its number",
    allowed = facilities,
    test = function(value) return facilities[value] or is_whole(value) and value >= 0 and value <= 23 end, -- RFC 5424
    convert = function(value) return math.tointeger(value) or value end,
}

-- Those above are known by their names.
for name, kind in pairs(kinds) do
    kind.name = name
end

-- One of the strings given.
function kinds.choice(...)
    local allowed = {}
    for _, name in ipairs { ... } do
        allowed[name] = true
    end
    return {
        name = "choice",
        allowed = allowed,
        what = 'one of "' .. table.concat({ ... }, '", "') .. '"',
        test = function(value) return allowed[value] == true end,
    }
end

-- How to watch.
kinds.monitor = kinds.choice("inotify", "fanotify", "poll", "auto")

-- The same, or false for none: what undoes a setting for one sync.
function kinds.choice_or_false(...)
    local choice = kinds.choice(...)
    return {
        name = "choice_or_false",
        allowed = choice.allowed,
        what = choice.what .. ", or false for none",
        test = function(value) return value == false or choice.test(value) end,
    }
end

local function describe(value)
    if type(value) == "string" then return ("the string %q"):format(value) end
    if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
    return "a " .. type(value)
end

local function remedy(value)
    local number = type(value) == "string" and tonumber(value)
    return number and ("; write %s without the quotes"):format(value) or ""
end

-- Returns the value as the engine wants it, or raises at the user's line.
function kinds.check(name, value, kind)
    if not kind.test(value) then
        local advice = (kind == kinds.seconds or kind == kinds.count) and remedy(value) or ""
        fail.raise(("%s must be %s, not %s%s."):format(name, kind.what, describe(value), advice))
    end
    if kind.convert then return kind.convert(value) end
    return value
end

-- " Did you mean "x"?" for the known name nearest to a wrong one, or an empty string.
function kinds.suggestion(name, known)
    local nearest = host.nearest(name, table.concat(known, "\0"))
    return nearest and (' Did you mean "%s"?'):format(nearest) or ""
end

return kinds
