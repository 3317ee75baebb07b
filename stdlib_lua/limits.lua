-- Numbers in a sync's config that scripts may set while the daemon runs: they count from then on.

local import, host = ...
local kinds = import "kinds"

local limits = {}

local checks = { delay = kinds.seconds, maxDelays = kinds.count, maxProcesses = kinds.count }

local noted = {}

local function changed(known, config)
    return config.delay ~= known.delay
        or config.maxDelays ~= known.maxDelays
        or config.maxProcesses ~= known.maxProcesses
end

-- The numbers that the engine is told of now.
function limits.note(own)
    local known = { own = own }
    for name in pairs(checks) do
        known[name] = own.config[name]
    end
    noted[own.id] = known
end

-- Looks whether a script has changed some, and passes them on.
function limits.look()
    for number, known in pairs(noted) do
        local config = known.own.config
        if changed(known, config) then
            for name, kind in pairs(checks) do
                config[name] = kinds.check(name, config[name], kind)
            end
            limits.note(known.own)
            host.set_limits(number, config.delay, config.maxDelays, config.maxProcesses)
        end
    end
end

return limits
