-- observefd and nonobservefd: functions to be called when a descriptor can be read or written (spec 2.1).

local import, host = ...
local fail = import "fail"

local observe = {}

local observed = {}

local function check_descriptor(fd, name)
    local descriptor = math.tointeger(fd)
    if not descriptor or descriptor < 0 then
        fail.raise(("%s takes a file descriptor, a number, not %s"):format(name, fail.show(fd)))
    end
    return descriptor
end

local function check_function(func, position)
    if func ~= nil and type(func) ~= "function" then
        fail.raise(("observefd takes a function or nil as argument %d, not a %s"):format(position, type(func)))
    end
end

-- Calls ready(fd) when the descriptor can be read, writey(fd) when it can be written, until further notice.
function observe.add(fd, ready, writey)
    local descriptor = check_descriptor(fd, "observefd")
    check_function(ready, 2)
    check_function(writey, 3)
    host.check_descriptor(descriptor)
    host.observe(descriptor, ready ~= nil, writey ~= nil)
    observed[descriptor] = { ready = ready, writey = writey }
end

-- Ends that; also for a descriptor that is closed already.
function observe.remove(fd)
    local descriptor = check_descriptor(fd, "nonobservefd")
    host.observe(descriptor, false, false)
    observed[descriptor] = nil
end

-- All functions that wait, by descriptor.
function observe.all() return observed end

-- A descriptor can be read ("ready") or written ("writey").
function observe.call(fd, kind)
    local own = observed[fd]
    if own and own[kind] then own[kind](fd) end
end

return observe
