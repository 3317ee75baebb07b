-- spawn and spawnShell: starting a process for an event or a list of them (spec 2.6).

local import, host = ...
local command = import "command"
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"

local spawn = {}

-- `primitive` is one of the host's two that start a process.
local function start(primitive, agent, words, input)
    if event.is(agent) then
        primitive(event.sync(agent).id, false, tostring(event.id(agent)), words, input)
    else
        primitive(eventlist.sync(agent).id, true, table.concat(eventlist.ids(agent), " "), words, input)
    end
end

local function prepare_and_start(primitive, agent, binary, ...)
    if not event.is(agent) and not eventlist.is(agent) then
        fail.raise("spawning with an invalid agent: it must be an event or a list of events, not a " .. type(agent))
    end
    local words, input = command.of("spawn", binary, ...)
    if agent.isList and agent.size() == 0 then return end
    if host.wants "Exec" then command.narrate(words, input) end
    start(primitive, agent, table.concat(words, "\0"), input)
end

-- Starts `binary` for a waiting event or a list of them.
function spawn.spawn(agent, binary, ...) prepare_and_start(host.spawn, agent, binary, ...) end

-- The same; `collect` gets what it writes to its standard output as a third argument.
function spawn.answering(agent, binary, ...) prepare_and_start(host.spawn_answering, agent, binary, ...) end

-- Starts a shell with that script; what follows are its positional parameters.
function spawn.shell(agent, script, ...)
    if type(script) ~= "string" then
        fail.raise("spawnShell: the command must be a string, not a " .. type(script))
    end
    spawn.spawn(agent, "sh", "-c", script, "sh", ...)
end

return spawn
