-- os.time and os.date on a clock of the engine's: what scripts go by in a simulated world.

local _, host = ...

local clock = {}

-- From now on the engine's clock counts, where a script asks for the time as it is.
function clock.use()
    -- luacheck: push ignore 122 (functions of a standard library are replaced on purpose)
    local time, date = os.time, os.date

    function os.time(fields)
        if fields == nil then return host.wall() end
        return time(fields)
    end

    function os.date(format, at) return date(format, at or host.wall()) end
    -- luacheck: pop
end

return clock
