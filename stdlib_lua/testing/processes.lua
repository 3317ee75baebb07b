-- Started processes next to those that are expected: whether they agree, and both as text for a diff.

local import = ...
local any = import "testing/any"
local compare = import "testing/compare"
local fail = import "fail"
local show = import "testing/show"

local processes = {}

local extras = { "stdin", "sync", "at" } -- compared where something is expected of them

local function is_command(value)
    return type(value) == "table" and not any.is(value) and (type(value[1]) == "string" or any.is(value[1]))
end

local function check(command)
    if not is_command(command) then
        fail.raise(("spawned takes commands, lists of words such as { \"rsync\", \"-a\" }, not %s")
            :format(show.value(command)))
    end
    for key in pairs(command) do
        if math.type(key) ~= "integer" and not (key == "stdin" or key == "sync" or key == "at") then
            fail.raise(('a command has words, stdin, sync and at, but no "%s"'):format(tostring(key)))
        end
    end
    return command
end

local function flat(words, result)
    for _, word in ipairs(words) do
        if type(word) == "table" and not any.is(word) then
            flat(word, result)
        else
            result[#result + 1] = math.type(word) and tostring(word) or word
        end
    end
    return result
end

local function of_command(command)
    local process = { argv = flat(command, {}) }
    for _, name in ipairs(extras) do
        process[name] = command[name]
    end
    return process
end

-- One command, or a list of them, as a list of words with their extras.
function processes.expected(given)
    if type(given) ~= "table" then check(given) end
    local commands = is_command(given) and { given } or given
    local result = {}
    for i, command in ipairs(commands) do
        result[i] = any.is(command) and { argv = { any.rest } } or of_command(check(command))
    end
    return result
end

-- What a process reads, an item each: items end with NULs, or else with line feeds.
local function items(stdin)
    local stop = stdin:find("\0", 1, true) and "\0" or "\n"
    local list = {}
    for item in (stdin:sub(-1) == stop and stdin or stdin .. stop):gmatch("(.-)" .. stop) do
        list[#list + 1] = item
    end
    return list
end

local function is_list(value) return type(value) == "table" and not any.is(value) end

-- Standard input is compared as a text, or item by item with a list.
local function as_expected(name, wanted, found)
    if name == "stdin" and is_list(wanted) then found = found and items(found) end
    return compare.same(wanted, found)
end

local function agree(one, other)
    if not compare.same(one.argv, other.argv) then return false end
    for _, name in ipairs(extras) do
        if one[name] ~= nil and not as_expected(name, one[name], other[name]) then return false end
    end
    return true
end

-- Whether these processes, and no others, were started in this order.
function processes.agree(expected, found)
    if #expected ~= #found then return false end
    for i, one in ipairs(expected) do
        if not agree(one, found[i]) then return false end
    end
    return true
end

local function word(value)
    if type(value) ~= "string" then return show.value(value) end
    local is_plain = value ~= "" and utf8.len(value) and not value:find '[%s%c"\\]'
    return is_plain and value or show.value(value)
end

-- What is expected of it besides its words, and so is shown of both.
local function add_extras(lines, process, wanted)
    local stdin = process.stdin
    if is_list(wanted.stdin) and stdin then
        for _, item in ipairs(is_list(stdin) and stdin or items(stdin)) do
            lines[#lines + 1] = "    < " .. word(item)
        end
    end
    for _, name in ipairs(extras) do
        local is_shown = wanted[name] ~= nil and not (name == "stdin" and is_list(wanted.stdin))
        if is_shown then lines[#lines + 1] = ("    %s = %s"):format(name, show.value(process[name])) end
    end
end

local function on_one_line(lines, process)
    local words = {}
    for i, one in ipairs(process.argv) do
        words[i] = word(one)
    end
    lines[#lines + 1] = table.concat(words, " ")
end

-- A word a line; those that a placeholder stands for are the same on both sides.
local function one_by_one(lines, process, other)
    local words, others = process.argv, other.argv
    for i = 1, math.max(#words, words[#words] == any.rest and #others or 0) do
        local own = words[math.min(i, #words)]
        local stands = any.is(own) and others[i] ~= nil and own.test(others[i])
        if own ~= any.rest or stands then
            lines[#lines + 1] = (i == 1 and "" or "    ") .. word(stands and others[i] or own)
        end
    end
end

-- Each process as lines, next to its counterpart in another list. `wanted` says which extras are shown.
local function lines_of(list, others, wanted)
    local lines = {}
    for i, process in ipairs(list) do
        local other = others[i]
        if other and not compare.same(process.argv, other.argv) and not compare.same(other.argv, process.argv) then
            one_by_one(lines, process, other)
        else
            on_one_line(lines, other and any.is(process.argv[#process.argv]) and other or process)
        end
        add_extras(lines, process, wanted[i] or {})
    end
    lines[#lines + 1] = lines[1] and ""
    return table.concat(lines, "\n")
end

-- Expected and found as texts, line by line.
function processes.texts(expected, found)
    return lines_of(expected, found, expected), lines_of(found, expected, expected)
end

return processes
