-- spawn and spawnShell: starting a process for an event or a list of them (spec 2.6).

local import, host = ...
local command = import "command"
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"

local spawn = {}

local function start(agent, words, input)
    if event.is(agent) then
        host.spawn(event.sync(agent).id, false, tostring(event.id(agent)), words, input)
    else
        host.spawn(eventlist.sync(agent).id, true, table.concat(eventlist.ids(agent), " "), words, input)
    end
end

-- Starts `binary` for a waiting event or a list of them.
function spawn.spawn(agent, binary, ...)
    if not event.is(agent) and not eventlist.is(agent) then
        fail.raise("spawning with an invalid agent: it must be an event or a list of events, not a " .. type(agent))
    end
    local words, input = command.of("spawn", binary, ...)
    if agent.isList and agent.size() == 0 then return end
    if host.wants "Exec" then command.narrate(words, input) end
    start(agent, table.concat(words, "\0"), input)
end

-- Starts a shell with that script; what follows are its positional parameters.
function spawn.shell(agent, script, ...)
    if type(script) ~= "string" then
        fail.raise("spawnShell: the command must be a string, not a " .. type(script))
    end
    spawn.spawn(agent, "sh", "-c", script, "sh", ...)
end

return spawn
