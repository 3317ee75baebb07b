-- A limit on what a script may compute in one call: one that loops without end is stopped, and says where.

local import = ...
local fail = import "fail"

local budget = {}

local STEP = 1000000 -- instructions between two looks; the looks cost nothing that could be measured

local limit, left = math.huge, math.huge
local watch

local function refill()
    left = limit
    debug.sethook(watch, "", STEP)
end

-- Called at each instruction: a pcall around a part of the loop must not keep the whole of it alive.
local function stop()
    fail.raise(("stopped after %d million instructions: does this loop ever end?"):format(limit // STEP))
end

function watch()
    left = left - STEP
    if left > 0 then return end
    debug.sethook(stop, "", 1)
    stop()
end

-- luacheck: push ignore 122 (hooks hold for one coroutine, so that new ones need them too)

local create = coroutine.create

local function settle(ok, ...)
    if ok then return ... end
    return error((...), 0)
end

local function watch_coroutines()
    function coroutine.create(body)
        local thread = create(body)
        debug.sethook(thread, watch, "", STEP)
        return thread
    end

    function coroutine.wrap(body)
        local thread = coroutine.create(body)
        return function(...) return settle(coroutine.resume(thread, ...)) end
    end
end

-- luacheck: pop

-- From now on each call from the engine may take that many instructions.
function budget.install(values)
    limit = values.instructions
    local call, handle = fail.call, fail.handler

    -- Lua runs no hooks while a hook's own error is handled, so that this ends the stopping.
    function fail.handler(problem)
        refill()
        return handle(problem)
    end

    function fail.call(...)
        refill()
        return call(...)
    end
    watch_coroutines()
end

return budget
