-- Environment variables of one's own: what os.getenv gives in a simulated world.

local environment = {}

-- Puts values over the real ones, by name; false: not set.
function environment.install(values)
    local getenv = os.getenv

    function os.getenv(name) -- luacheck: ignore 122
        local value = values[name]
        if value == nil then return getenv(name) end
        return value or nil
    end
end

return environment
