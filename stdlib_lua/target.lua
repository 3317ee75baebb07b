-- Whether the directory that a sync writes to is there. What is done while it is not may not be done to what
-- comes back: `rm -rf` of what is not there ends well, and rsync makes a directory that holds the changes alone.

local _, host = ...

local target = {}

-- Configs whose target has been there.
local was_there = setmetatable({}, { __mode = "k" })

-- nil: it is no directory of this machine, so that cannot be known.
local function is_there(path)
    if type(path) ~= "string" or path:find "^[^/]*:" then
        return nil
    end
    return host.file_status(path) ~= nil
end

--- Whether it is known that the target has been there.
function target.has_been(config) return was_there[config] == true end

--- The target has been there, as is known from elsewhere.
function target.note(config) was_there[config] = true end

--- Whether a sync's local target was there when this was asked before, and is not any more.
function target.is_lost(config)
    local there = is_there(config.target)
    was_there[config] = was_there[config] or there
    return there == false and was_there[config] == true
end

return target
