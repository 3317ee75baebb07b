-- Time stamps: opaque values on the engine's monotonic clock (spec 2.1).

local import, host = ...
local fail = import "fail"

local timestamp = {}
local Timestamp = {}

-- seconds: on the monotonic clock.
function timestamp.at(seconds) return setmetatable({ seconds = seconds }, Timestamp) end

function timestamp.now() return timestamp.at(host.now()) end

function timestamp.is(value) return getmetatable(value) == Timestamp end

local function seconds_of(value, operation)
    if timestamp.is(value) then return value.seconds end
    return fail.raise(("cannot %s a time stamp and a %s"):format(operation, type(value)))
end

local function text_of(value)
    if not timestamp.is(value) then return value end
    return tostring(math.floor(value.seconds * 100 + 0.5) / 100) -- hundredths: Lsyncd's clock ticks
end

function Timestamp.__index(stamp, field)
    if field == "string" then return text_of(stamp) end
    return nil
end

function Timestamp.__add(a, b)
    if type(b) == "number" then return timestamp.at(a.seconds + b) end
    if type(a) == "number" then return timestamp.at(a + b.seconds) end
    return fail.raise("a time stamp takes a number of seconds to add, not another " .. type(b))
end

function Timestamp.__sub(a, b)
    if type(b) == "number" then return timestamp.at(a.seconds - b) end
    return seconds_of(a, "subtract") - seconds_of(b, "subtract")
end

function Timestamp.__eq(a, b) return a.seconds == b.seconds end

function Timestamp.__lt(a, b) return seconds_of(a, "compare") < seconds_of(b, "compare") end

function Timestamp.__le(a, b) return seconds_of(a, "compare") <= seconds_of(b, "compare") end

function Timestamp.__concat(a, b) return text_of(a) .. text_of(b) end

Timestamp.__tostring = text_of

return timestamp
