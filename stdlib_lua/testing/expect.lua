-- expect(value).equals(...) and its like: what a test demands, and what it says when that is not so.

local import = ...
local compare = import "testing/compare"
local fail = import "fail"
local processes = import "testing/processes"
local show = import "testing/show"

local expect = {}

-- Each answers whether it is so; if not, with a function that says what was found instead.
local matchers = {}

local diff -- set on installation: a unified diff of two texts

local function indented(text) return "    " .. text:gsub("\n$", ""):gsub("\n", "\n    ") end

local function both(expected, found)
    if expected:find "\n" or found:find "\n" then
        return "- expected\n+ found\n" .. indented(diff(expected .. "\n", found .. "\n"))
    end
    return "expected: " .. expected .. "\nfound:    " .. found
end

function matchers.equals(found, expected)
    return compare.same(expected, found), function()
        return both(show.value(compare.resolved(expected, found)), show.value(found))
    end
end

local function check_text(value, name)
    if type(value) ~= "string" then fail.raise(("%s takes a text, not %s"):format(name, show.value(value))) end
end

function matchers.matches(found, pattern)
    check_text(pattern, "matches")
    return type(found) == "string" and found:find(pattern) ~= nil, function()
        return ("expected: a text that matches %s\nfound:    %s"):format(show.value(pattern), show.value(found))
    end
end

local function has(found, part)
    if type(found) == "string" then return type(part) == "string" and found:find(part, 1, true) ~= nil end
    if type(found) ~= "table" then return false end
    for _, entry in pairs(found) do
        if compare.same(part, entry) then return true end
    end
    return false
end

function matchers.contains(found, part)
    return has(found, part), function()
        return ("expected: something that contains %s\nfound:    %s"):format(show.value(part), show.value(found))
    end
end

function matchers.raises(body, wanted)
    if type(body) ~= "function" then
        fail.raise("raises is for functions: expect(function() ... end).raises \"text\"")
    end
    if wanted ~= nil then check_text(wanted, "raises") end
    local ok, problem = pcall(body)
    local text = tostring(problem)
    local is_so = not ok and (wanted == nil or compare.finds(text, wanted))
    return is_so, function()
        return ("expected: an error%s\nfound:    %s"):format(
            wanted and ", " .. show.value(wanted) or "",
            ok and "no error" or text
        )
    end
end

-- A world or a list of processes.
local function started(subject)
    if type(subject) == "table" and type(rawget(subject, "spawned")) == "function" then return subject.spawned() end
    if type(subject) ~= "table" then
        fail.raise("spawned is for worlds and for what spawned() gives, not for " .. show.value(subject))
    end
    return subject
end

function matchers.spawned(subject, ...)
    local found = started(subject)
    if select("#", ...) == 0 then
        return #found > 0, function() return "expected: some process\nfound:    none was started" end
    end
    local expected = processes.expected(...)
    return processes.agree(expected, found), function()
        local old, new = processes.texts(expected, found)
        return "- expected\n+ started\n" .. indented(diff(old, new))
    end
end

-- Lines of a log as they are read: CATEGORY: message.
local function log_lines(subject)
    local entries = subject
    if type(subject) == "table" and type(rawget(subject, "logged")) == "function" then entries = subject.logged() end
    if type(entries) ~= "table" then
        fail.raise("logged is for worlds and for what logged() gives, not for " .. show.value(subject))
    end
    local lines = {}
    for i, entry in ipairs(entries) do
        lines[i] = entry.category .. ": " .. entry.message
    end
    return lines
end

function matchers.logged(subject, wanted)
    check_text(wanted, "logged")
    local lines = log_lines(subject)
    local is_so = false
    for _, line in ipairs(lines) do
        is_so = is_so or compare.finds(line, wanted)
    end
    return is_so, function()
        local found = #lines == 0 and "nothing was logged" or "\n" .. indented(table.concat(lines, "\n"))
        return ("expected: a line with %s\nfound:    %s"):format(show.value(wanted), found)
    end
end

local unused = {} -- positions of expectations that nothing was demanded of

local function demand(self, name, matcher, is_negated, ...)
    unused[self] = nil
    local subject = rawget(self, "subject")
    local is_so, explain = matcher(subject, ...)
    if is_so ~= is_negated then return end
    if is_negated then
        local call = ("%s(%s)"):format(name, show.arguments(...))
        fail.raise(("it is as it was expected never to be: %s\nfound:    %s"):format(call, show.value(subject)))
    end
    fail.raise("it is not as expected\n" .. explain())
end

local function known_names()
    local names = {}
    for name in pairs(matchers) do
        names[#names + 1] = name
    end
    table.sort(names)
    return table.concat(names, ", ")
end

local function matcher_of(self, name, is_negated)
    local matcher = matchers[name]
    if not matcher then
        fail.raise(("there is no expect(...).%s; there are: %s, and never before them"):format(
            tostring(name), known_names()
        ))
    end
    return function(...) return demand(self, name, matcher, is_negated, ...) end
end

local Expectation = {}

function Expectation.__index(self, name)
    if name ~= "never" then return matcher_of(self, name, false) end
    return setmetatable({}, {
        __index = function(_, inner) return matcher_of(self, inner, true) end,
    })
end

-- The global function. Of several values, as functions may give, the first one counts.
function expect.new(...)
    if select("#", ...) == 0 then fail.raise "expect takes a value: expect(value).equals(...)" end
    local self = setmetatable({ subject = (...) }, Expectation)
    unused[self] = fail.position()
    return self
end

-- A test begins.
function expect.begin() unused = {} end

-- It ends: one that demanded nothing was meant to.
function expect.finish()
    for _, position in pairs(unused) do
        error(position .. ": expect(...) alone demands nothing; add .equals(...) or another of: " .. known_names(), 0)
    end
end

-- Whether there is a matcher of that name; for the tests of the manual.
expect.matchers = matchers

function expect.install(primitive) diff = primitive end

return expect
