-- spawn and spawnShell: starting a process for an event or a list of them (spec 2.6).

local import, host = ...
local command = import "command"
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"

local spawn = {}

-- The sync of an event or a list of them, whether it is a list, and the numbers of its delays.
local function parts(agent)
    if event.is(agent) then return event.sync(agent).id, false, tostring(event.id(agent)) end
    return eventlist.sync(agent).id, true, eventlist.numbers(agent)
end

-- `primitive` starts the process.
local function start(primitive, agent, binary, ...)
    if not event.is(agent) and not eventlist.is(agent) then
        fail.raise("spawning with an invalid agent: it must be an event or a list of events, not a " .. type(agent))
    end
    local words, input = command.of("spawn", binary, ...)
    if agent.isList and agent.size() == 0 then return end
    if host.wants "Exec" then command.narrate(words, input) end
    local sync, is_list, numbers = parts(agent)
    primitive(sync, is_list, numbers, table.concat(words, "\0"), input)
end

-- Starts `binary` for a waiting event or a list of them.
function spawn.spawn(agent, binary, ...) start(host.spawn, agent, binary, ...) end

-- The same; `collect` gets what it writes to its standard output as a third argument.
function spawn.answering(agent, binary, ...) start(host.spawn_answering, agent, binary, ...) end

-- Starts several processes for a waiting event, with one text for the standard input of each: the first alone,
-- then the others side by side. Each of `commands` is what `spawn` takes.
function spawn.in_parts(agent, input, commands)
    local joined = {}
    for i, one in ipairs(commands) do
        local words = command.of("spawn", table.unpack(one))
        if host.wants "Exec" then command.narrate(words, input) end
        joined[i] = table.concat(words, "\0")
    end
    local sync, _, numbers = parts(agent)
    host.spawn_in_parts(sync, numbers, input, table.unpack(joined))
end

local function count(sync, is_list, numbers, words, input) host.spawn(sync, is_list, numbers, words, input, true) end

-- Starts what only counts what would be deleted; exit code 25 says that it is too much.
function spawn.count(agent, binary, ...) start(count, agent, binary, ...) end

-- How much may be deleted for an event, or all of a list: the numbers of `Clearance` in the core.
function spawn.clearance(agent)
    local sync, _, numbers = parts(agent)
    return host.clearance(sync, numbers)
end

-- Starts a shell with that script; what follows are its positional parameters.
function spawn.shell(agent, script, ...)
    if type(script) ~= "string" then
        fail.raise("spawnShell: the command must be a string, not a " .. type(script))
    end
    spawn.spawn(agent, "sh", "-c", script, "sh", ...)
end

return spawn
