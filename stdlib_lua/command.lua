-- The words of a program to start, as spawn and lsyncd.exec take them (spec 2.6).

local import, host = ...
local fail = import "fail"

local command = {}

local flatten

local function add(caller, arguments, value, position)
    local kind = type(value)
    if kind == "table" then
        flatten(caller, arguments, value, position)
    elseif kind == "string" or kind == "number" then
        arguments[#arguments + 1] = tostring(value)
    elseif kind ~= "nil" then
        fail.raise(("%s: argument %d is a %s; only strings, numbers and tables of them can be passed")
            :format(caller, position, kind))
    end
end

-- A table's array part goes in its place; a hole in it is skipped.
function flatten(caller, arguments, values, position)
    for i = 1, #values do
        add(caller, arguments, values[i], position)
    end
end

local function check_no_nul(caller, words)
    for _, word in ipairs(words) do
        if word:find("\0", 1, true) then
            fail.raise(("%s: the argument %q holds a NUL, which no program can be given"):format(caller, word))
        end
    end
end

-- Takes `"<", text` from the front: returns the text for the child's standard input and where the rest begins.
local function standard_input(caller, ...)
    if (...) ~= "<" then return nil, 1 end
    local _, input = ...
    if type(input) ~= "string" and type(input) ~= "number" then
        fail.raise(caller .. ': "<" must be followed by a string for the standard input, not a ' .. type(input))
    end
    return tostring(input), 3
end

-- Logs a command (category Exec).
function command.narrate(words, input)
    local parts = { words[1] }
    if input then parts[2] = "[<] [" .. input:gsub("\0", "\n") .. "]" end
    for i = 2, #words do
        parts[#parts + 1] = "[" .. words[i] .. "]"
    end
    host.log("Exec", table.concat(parts, " "))
end

-- The words, the program first, and the text for its standard input or nil.
-- `caller` is named in what is raised for arguments that no program can be given.
function command.of(caller, binary, ...)
    if type(binary) ~= "string" or binary == "" then
        fail.raise(caller .. ": the program must be a string that is not empty, not a " .. type(binary))
    end
    local input, from = standard_input(caller, ...)
    local words, given = { binary }, table.pack(...)
    for i = from, given.n do
        add(caller, words, given[i], i)
    end
    check_no_nul(caller, words)
    return words, input
end

return command
