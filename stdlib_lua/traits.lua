-- What `pylsyncd explain` wants to know of a sync beyond what the engine needs; loaded only then.

local import = ...
local sync = import "sync"

local traits = {}

-- Command lines in on... keys are chunks of that name (layer3).
local TRANSLATED = "^@<pylsyncd>/on%u%a+%.lua$"
local OWN = "@<pylsyncd>/"

local reactions = {
    "onAttrib", "onCreate", "onDelete", "onFull", "onModify", "onMove", "onStartup", "action", "collect", "full",
    "init",
}

local function text_or_nil(value)
    if type(value) == "string" or type(value) == "number" then return tostring(value) end
    return nil
end

-- "FILE:LINE" of a user's function, "" for one of ours, "command" for a command line.
local function place_of(func)
    local info = debug.getinfo(func, "S")
    if info.source:find(TRANSLATED) then return "command" end
    if info.source:sub(1, 1) ~= "@" or info.source:sub(1, #OWN) == OWN then return "" end
    return info.source:sub(2) .. ":" .. info.linedefined
end

local function kind_of(config)
    for _, name in ipairs { "rsync", "rsyncssh", "direct" } do
        if config.action == default[name].action then return name end
    end
    return config.action == default.action and "handlers" or "own"
end

local function judge_of(config)
    if config.collect == default.rsyncssh.collect then return "rsyncssh" end
    if config.collect == default.direct.collect then return "direct" end
    local is_ours = config.collect == default.collect or config.collect == default.rsync.collect
    return is_ours and "default" or "own"
end

-- "CODE VERDICT" a line.
local function codes_of(codes)
    if type(codes) ~= "table" then return nil end
    local lines = {}
    for code, verdict in pairs(codes) do
        if math.tointeger(code) then lines[#lines + 1] = ("%d %s"):format(code, tostring(verdict)) end
    end
    return table.concat(lines, "\n")
end

local function target_of(config)
    local host, directory = text_or_nil(config.host), text_or_nil(config.targetdir)
    if config.target == nil and host and directory then return host .. ":" .. directory end
    return text_or_nil(config.target)
end

local function listed(value)
    local list = {}
    for _, pattern in ipairs(type(value) == "table" and value or { value }) do
        list[#list + 1] = text_or_nil(pattern)
    end
    return table.concat(list, "\0")
end

-- Of the sync of that number: a flat table of texts and flags.
function traits.of(number)
    local own = sync.of(number)
    local config = own.config
    local result = {
        position = own.position or "",
        kind = kind_of(config),
        judge = judge_of(config),
        sourceGiven = text_or_nil(config._source) or config.source,
        target = target_of(config),
        deletes = config.delete == true or config.delete == "running",
        compat = default.is_compatible(config),
        excludeFrom = text_or_nil(config.excludeFrom),
        filterFrom = text_or_nil(config.filterFrom),
        exclude = listed(config.exclude),
        filter = listed(config.filter),
        exitcodes = codes_of(config.exitcodes),
        rsyncExitCodes = codes_of(config.rsyncExitCodes),
        sshExitCodes = codes_of(config.sshExitCodes),
    }
    for _, name in ipairs(reactions) do
        if type(config[name]) == "function" then result[name] = place_of(config[name]) end
    end
    return result
end

return traits
