-- spawn and spawnShell: starting a process for an event or a list of them (spec 2.6).

local import, host = ...
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"

local spawn = {}

local flatten

local function add(arguments, value, position)
    local kind = type(value)
    if kind == "table" then
        flatten(arguments, value, position)
    elseif kind == "string" or kind == "number" then
        arguments[#arguments + 1] = tostring(value)
    elseif kind ~= "nil" then
        fail.raise(("spawn: argument %d is a %s; only strings, numbers and tables of them can be passed")
            :format(position, kind))
    end
end

-- A table's array part goes in its place; a hole in it is skipped.
function flatten(arguments, values, position)
    for i = 1, #values do
        add(arguments, values[i], position)
    end
end

local function check_no_nul(command)
    for _, word in ipairs(command) do
        if word:find("\0", 1, true) then
            fail.raise(("spawn: the argument %q holds a NUL, which no program can be given"):format(word))
        end
    end
end

-- Takes `"<", text` from the front: returns the text for the child's standard input and where the rest begins.
local function standard_input(...)
    if (...) ~= "<" then return nil, 1 end
    local _, input = ...
    if type(input) ~= "string" and type(input) ~= "number" then
        fail.raise('spawn: "<" must be followed by a string for the standard input, not a ' .. type(input))
    end
    return tostring(input), 3
end

local function narrate(command, input)
    local parts = { command[1] }
    if input then parts[2] = "[<] [" .. input:gsub("\0", "\n") .. "]" end
    for i = 2, #command do
        parts[#parts + 1] = "[" .. command[i] .. "]"
    end
    host.log("Exec", table.concat(parts, " "))
end

local function start(agent, command, input)
    if event.is(agent) then
        host.spawn(event.sync(agent).id, false, tostring(event.id(agent)), command, input)
    else
        host.spawn(eventlist.sync(agent).id, true, table.concat(eventlist.ids(agent), " "), command, input)
    end
end

-- Starts `binary` for a waiting event or a list of them.
function spawn.spawn(agent, binary, ...)
    if not event.is(agent) and not eventlist.is(agent) then
        fail.raise("spawning with an invalid agent: it must be an event or a list of events, not a " .. type(agent))
    end
    if type(binary) ~= "string" or binary == "" then
        fail.raise("spawn: the program must be a string that is not empty, not a " .. type(binary))
    end
    local input, from = standard_input(...)
    local command, given = { binary }, table.pack(...)
    for i = from, given.n do
        add(command, given[i], i)
    end
    check_no_nul(command)
    if agent.isList and agent.size() == 0 then return end
    if input == "" then input = nil end -- which means no pipe
    if host.wants "Exec" then narrate(command, input) end
    start(agent, table.concat(command, "\0"), input)
end

-- Starts a shell with `command`; what follows are its positional parameters.
function spawn.shell(agent, command, ...)
    if type(command) ~= "string" then
        fail.raise("spawnShell: the command must be a string, not a " .. type(command))
    end
    spawn.spawn(agent, "sh", "-c", command, "sh", ...)
end

return spawn
