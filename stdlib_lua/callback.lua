-- Where the engine calls in: each function of a config that runs while the daemon does (spec 2.9).

local import, host = ...
local alarm = import "alarm"
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"
local limits = import "limits"
local observe = import "observe"
local phase = import "phase"
local sync = import "sync"

local callback = {}

-- The daemon runs: from now on queues can be asked.
function callback.start() phase.running = true end

local function event_of(own, id)
    local etype, path, path2 = host.describe(own.id, id)
    if not etype then return nil end
    return event.of(own, id, etype, path, path2)
end

-- Calls `init` or `full` with the event of a delay, or `action` with the inlet.
function callback.action(number, kind, id)
    local own = sync.of(number)
    event.purge(own)
    local func = own.config[kind]
    if not func then return end
    if kind == "action" then
        func(own.inlet)
        return
    end
    local subject = event_of(own, id)
    if subject then func(subject) end
end

local known = { again = "again", apart = "apart", die = "die", partial = "partial", split = "split" }

local function forget(own, numbers)
    if own.made == 0 then return end
    for number in numbers:gmatch "%d+" do
        event.forget(own, math.tointeger(tonumber(number)))
    end
end

local function agent_of(own, numbers, is_list)
    if is_list then return eventlist.of(own, numbers) end
    return event_of(own, math.tointeger(tonumber(numbers)))
end

-- Verdicts on single events, as a text: number, blank, verdict, blank, in the order of the numbers. The
-- events that are done are forgotten.
local function settled(own, each)
    local verdicts, numbers = {}, {}
    for subject, verdict in pairs(each) do
        if event.is(subject) and event.sync(subject) == own and verdict ~= "die" then
            local id = event.id(subject)
            verdicts[id], numbers[#numbers + 1] = known[verdict] or "ok", id
        end
    end
    table.sort(numbers)
    for i, id in ipairs(numbers) do
        if verdicts[id] == "ok" or verdicts[id] == "split" then event.forget(own, id) end
        numbers[i] = id .. " " .. verdicts[id] .. " "
    end
    return table.concat(numbers)
end

-- The verdict of `collect`: "again", "apart", "die", "partial", "split" or, for anything else, "ok"; and
-- verdicts on those events of a list that fared otherwise. `answer` is what a process spawned to answer has
-- written.
function callback.collect(number, numbers, is_list, exitcode, answer)
    local own = sync.of(number)
    local agent = agent_of(own, numbers, is_list)
    local func = own.config.collect
    local verdict, each
    if agent and func then verdict, each = func(agent, exitcode, answer) end
    verdict = known[verdict] or "ok"
    if type(each) == "table" then return verdict, settled(own, each) end
    if verdict == "ok" or verdict == "split" then forget(own, numbers) end
    return verdict, ""
end

callback.alarm = alarm.ring

callback.descriptor = observe.call

for _, name in ipairs { "action", "collect", "alarm", "descriptor" } do
    local call = callback[name]
    callback[name] = function(...)
        local answer, more = call(...)
        limits.look()
        return answer, more
    end
end

callback.call = fail.call

return callback
