-- The engine's primitives as plain Lua functions: a refusal becomes an error at the user's line.

local primitives, fail = ...

local function settle(ok, ...)
    if ok then return ... end
    return fail.raise((...))
end

local host = {}
for name, primitive in pairs(primitives) do
    host[name] = function(...) return settle(primitive(...)) end
end

return host
