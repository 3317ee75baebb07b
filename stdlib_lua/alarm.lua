-- alarm(timestamp, func, extra): a function to be called once at a time (spec 2.1).

local import, host = ...
local fail = import "fail"
local timestamp = import "timestamp"

local alarm = {}

local waiting, last = {}, 0

-- Asks for one call func(timestamp, extra); may be asked for at any time, while loading too.
function alarm.set(stamp, func, extra)
    if not timestamp.is(stamp) then
        fail.raise("alarm takes a time stamp first, such as now() + 10, not a " .. type(stamp))
    end
    if stamp.seconds ~= stamp.seconds then
        fail.raise "alarm takes a time stamp first; this one is not a number (0/0)"
    end
    if type(func) ~= "function" then fail.raise("alarm takes a function second, not a " .. type(func)) end
    last = last + 1
    waiting[last] = { stamp = stamp, func = func, extra = extra }
    host.request_alarm(last, stamp.seconds)
end

-- The functions that wait, in order, and what they are given.
function alarm.pending()
    local pending = {}
    for number = 1, last do
        local own = waiting[number]
        if own then pending[#pending + 1] = { own.func, own.extra } end
    end
    return pending
end

-- The alarm of that number is due.
function alarm.ring(number)
    local due = waiting[number]
    waiting[number] = nil
    due.func(due.stamp, due.extra)
end

return alarm
