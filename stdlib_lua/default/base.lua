-- What every sync inherits: the default action, start-up and preparation, the gauge walk, and the
-- judgement of exit codes. The chunk returns the table `default`.

local default = {}

-- Configuration errors -----------------------------------------------------------------------------

-- Where the library's own chunks lie. A frame from there is never the line that the user has to mend.
local HOME = debug.getinfo(1, "S").source:match("^(@.+)default/base%.lua$")

local function is_library(frame)
    return frame.what == "C" or HOME ~= nil and frame.source:sub(1, #HOME) == HOME
end

--- Raises a configuration error that points at the user's line.
-- `level` counts as in `error` from the caller's point of view. Frames of the library at that level
-- are passed over, so that a user's `prepare` which hands its own level on unchanged, one frame
-- too few, still gets the line of its `sync{}`. Without any user's line the message stands alone.
function default.raise(message, level)
    level = (level or 1) + 1
    local frame = debug.getinfo(level, "S")
    while frame and is_library(frame) do
        level = level + 1
        frame = debug.getinfo(level, "S")
    end
    error(message, frame and level or 0)
end

-- The gauge ----------------------------------------------------------------------------------------

-- Keys of every sync (spec 2.2); those with a remark are pylsyncd's own.
default.checkgauge = {
    action = true,
    allowDangerousTarget = true, -- spec 6.1
    checkgauge = true,
    collapse = true, -- spec 3.3
    collect = true,
    compat = true, -- spec 6.3
    crontab = true,
    delay = true,
    exclude = true,
    excludeFrom = true,
    exitcodes = true,
    filter = true,
    filterFrom = true,
    full = true,
    init = true,
    maxDelays = true,
    maxProcesses = true,
    monitor = true,
    name = true,
    onAttrib = true,
    onCreate = true,
    onDelete = true,
    onFull = true,
    onModify = true,
    onMove = true,
    onStartup = true,
    prepare = true,
    retries = true, -- spec 6.1
    retryMax = true, -- spec 6.1
    settle = true, -- spec 6.2
    source = true,
    subdirs = true,
    target = true,
    tunnel = true,
}

-- Instructions to the inheritance of `sync{}`, not parameters.
local INSTRUCTIONS = { _merge = true, _verbatim = true }

-- Names that the gauge holds, sorted: ties between near names must not depend on the hash order.
local function known_names(gauge)
    local names = {}
    for name, expected in pairs(gauge) do
        if expected and type(name) == "string" then
            names[#names + 1] = name
        end
    end
    table.sort(names)
    return names
end

-- The name of a gauge's table that holds `key`, or nil.
local function table_with(gauge, key)
    for _, name in ipairs(known_names(gauge)) do
        if type(gauge[name]) == "table" and gauge[name][key] then
            return name
        end
    end
    return nil
end

-- What the user may have meant by an unknown key, as a sentence for the message, or nil.
local function suggestion(key, value, gauge, parent, root)
    if type(key) ~= "string" then
        local flag = type(value) == "string" and gauge[value]
        return flag and ("did you mean %s%s = true?"):format(parent, value)
    end
    if gauge[key] == false then
        return "a sync of this kind does not take it."
    end
    if parent ~= "" and root[key] then
        return ("%s belongs one level up, beside %s = { ... }."):format(key, parent:sub(1, -2))
    end
    local inner = parent == "" and table_with(root, key)
    local near = inner and inner .. "." .. key or lsyncd.internal.nearest(key, known_names(gauge))
    return near and ("did you mean %s%s?"):format(parent, near)
end

local function unknown_message(path, hint)
    local text = 'Parameter "' .. path .. '" unknown. ( '
    return text .. (hint and hint .. " " or "") .. "if this is not a typo add it to checkgauge )"
end

-- Adds to `faults` one {path, message} for each key of `config` that `gauge` does not hold.
local function walk(config, gauge, parent, root, faults)
    for key, value in pairs(config) do
        local expected, path = gauge[key], parent .. tostring(key)
        if not expected and not INSTRUCTIONS[key] then
            local hint = suggestion(key, value, gauge, parent, root)
            faults[#faults + 1] = { path, unknown_message(path, hint) }
        elseif type(expected) == "table" and type(value) ~= "table" then
            faults[#faults + 1] = { path, 'Parameter "' .. path .. '" must be a table.' }
        elseif type(expected) == "table" then
            walk(value, expected, path .. ".", root, faults)
        end
    end
end

--- Checks and completes a sync's configuration: here, only that its gauge holds all of its keys.
-- `level` is the stack level of the user's `sync{}` as this function sees it. The fault that is
-- first by name is raised. A gauge that is not a table (`checkgauge = false`) checks nothing.
function default.prepare(config, level)
    local gauge = config.checkgauge
    if type(gauge) ~= "table" then
        return
    end
    local faults = {}
    walk(config, gauge, "", gauge, faults)
    table.sort(faults, function(one, other) return one[1] < other[1] end)
    if faults[1] then
        default.raise(faults[1][2], level or 2)
    end
end

-- Layer 2 ------------------------------------------------------------------------------------------

--- The default action (spec 2.7): calls the sync's function for the next event's type.
-- An event for which that spawned nothing is given up.
function default.action(inlet)
    local event, event2 = inlet.getEvent()
    if not event then
        return
    end
    local handler = event.config["on" .. event.etype]
    if type(handler) == "function" then
        handler(event, event2)
    end
    if event.status == "wait" then
        inlet.discardEvent(event)
    end
end

--- The default start-up (spec 2.7): calls `onStartup`; when that spawned nothing, Init is done.
function default.init(event)
    local config = event.config
    if type(config.onStartup) == "function" then
        config.onStartup(event)
    end
    if event.status == "wait" then
        log("Info", "Startup of ", config.source, " spawned nothing.")
        event.inlet.discardEvent(event)
    end
end

-- Exit codes ---------------------------------------------------------------------------------------

-- rsync(1) "EXIT VALUES". 23, some files were not transferred, is "partial": tried again, but a
-- limited number of times (spec 6.1). 24, some files vanished meanwhile, is how a living tree looks.
default.rsyncExitCodes = {
    _merge = false,
    _verbatim = true,
    [0] = "ok",
    [1] = "die",
    [2] = "die",
    [3] = "again",
    [4] = "die",
    [5] = "again",
    [6] = "again",
    [10] = "again",
    [11] = "again",
    [12] = "again",
    [14] = "again",
    [20] = "again",
    [21] = "again",
    [22] = "again",
    [23] = "partial",
    [24] = "ok",
    [25] = "die",
    [30] = "again",
    [35] = "again",
    [255] = "again",
}

-- ssh(1) "EXIT STATUS": 255 is ssh's own failure.
default.sshExitCodes = {
    _merge = false,
    _verbatim = true,
    [0] = "ok",
    [255] = "again",
}

local VERDICTS = { ok = true, again = true, die = true, partial = true }

--- Whether a sync is to do as Lsyncd 2.3 does, mistakes included (spec 6.3).
function default.is_compatible(config)
    local compat = config.compat
    if compat == nil then
        compat = settings "compat"
    end
    return compat == "2.3"
end

-- Lsyncd ends on failures that nobody provided for; `compat = "2.3"` asks for that.
local is_fatal = default.is_compatible

-- What the exit code means by the table, or "unlisted". A table need not list success.
local function listed(config, code, codes)
    local verdict = codes[code]
    if verdict == "partial" and default.is_compatible(config) then
        return "ok"
    end
    local is_success = code == 0 and not is_fatal(config)
    return VERDICTS[verdict] and verdict or is_success and "ok" or "unlisted"
end

-- What the exit code means without a table: only start-ups must succeed. "ignored" is a failure
-- that is logged and forgotten.
local function unruled(config, code, is_init)
    if code == 0 then
        return "ok"
    end
    return (is_init or is_fatal(config)) and "die" or "ignored"
end

-- The log lines, word for word Lsyncd's where it has them.
local CATEGORIES = {
    again = "Normal",
    die = "Error",
    ignored = "Error",
    ok = "Normal",
    partial = "Warn",
    unlisted = "Error",
}

local function way(event)
    local config = event.config
    local target = rawget(event, "_reached") or config.target -- with the variables of a tunnel filled in
    if target == nil and config.host ~= nil and config.targetdir ~= nil then
        target = config.host .. ":" .. config.targetdir
    end
    return config.source .. " -> " .. (target == nil and "(nil)" or tostring(target))
end

local STARTUP_LINES = {
    ok = function(event) return "Startup of " .. way(event) .. " finished." end,
    again = function(event, code) return "Retrying startup of " .. way(event) .. ": " .. code end,
    partial = function(event, code)
        return "Startup of " .. way(event) .. " finished in part with exitcode = " .. code
            .. ", what failed is tried again."
    end,
    die = function(event) return "Failure on startup of " .. way(event) .. "." end,
    unlisted = function(event, code)
        return 'Unknown exitcode "' .. code .. '" on startup of ' .. way(event) .. "."
    end,
}

local function subject(event, code)
    return event.etype .. " on " .. event.sourcePath .. " = " .. code
end

local EVENT_LINES = {
    ok = function(event, code) return "Finished " .. subject(event, code) end,
    again = function(event, code) return "Retrying " .. subject(event, code) end,
    partial = function(event, code) return "Partial failure with " .. subject(event, code) end,
    die = function(event, code) return "Failure with " .. subject(event, code) end,
    unlisted = function(event, code)
        return 'Unknown exitcode "' .. code .. '" with ' .. subject(event, code)
    end,
}

local LIST_LINES = {
    ok = function(_, code) return "Finished a list after exitcode: " .. code end,
    again = function(_, code) return "Retrying a list after exitcode = " .. code end,
    partial = function(_, code) return "Partial failure with a list with exitcode = " .. code end,
    die = function(_, code) return "Failure with a list with exitcode = " .. code end,
    unlisted = function(_, code) return 'Unknown exitcode "' .. code .. '" with a list' end,
}

EVENT_LINES.ignored = EVENT_LINES.die
LIST_LINES.ignored = LIST_LINES.die

local function is_startup(agent)
    return not agent.isList and agent.etype == "Init"
end

local function report(meaning, agent, code)
    local lines = agent.isList and LIST_LINES or is_startup(agent) and STARTUP_LINES or EVENT_LINES
    log(CATEGORIES[meaning], lines[meaning](agent, code))
end

-- rsync(1) "EXIT VALUES": error in file I/O. The disk of the target is full, mostly, which need not stop what
-- is smaller or is to be deleted. All other codes that mean "again" tell of the way to the target.
local NO_SPACE = 11

-- Whether only what the process was for is to wait for the next try.
local function is_of_its_own(config, code)
    return code == NO_SPACE and type(config.rsync) == "table" and not default.is_compatible(config)
end

-- A failed start-up is tried again only with `insist`; without it the daemon ends (spec 2.9).
local function startup_again(event, code)
    if settings("insist") then
        report("again", event, code)
    else
        log("Error", "Temporary or permanent failure on startup of ", way(event),
            '. Terminating since "insist" is not set.')
        terminate(-1)
    end
    return "again"
end

-- What has to be known of the sync's target from now on.
local function note_end(agent, meaning)
    if agent.isList then
        lsyncd.internal.leftovers.note(agent, meaning)
    elseif is_startup(agent) then
        lsyncd.internal.target.is_lost(agent.config)
    end
end

--- Judges a finished process (spec 2.9, 6.1): returns "ok", "again", "apart", "partial" or "die".
-- `codes` stands in for the sync's `exitcodes` (for syncs that run more than one program). A text in
-- its place is what the process has answered, where this function is a sync's own `collect`.
function default.collect(agent, code, codes)
    local config = agent.config
    codes = type(codes) ~= "string" and codes or config.exitcodes
    local is_init = is_startup(agent)
    local meaning = type(codes) == "table" and listed(config, code, codes) or unruled(config, code, is_init)
    if meaning == "unlisted" then
        report(meaning, agent, code)
        if is_fatal(config) then
            return "die"
        end
        meaning = "again"
    end
    if is_init and meaning == "again" then
        return startup_again(agent, code)
    end
    note_end(agent, meaning)
    report(meaning, agent, code)
    if meaning == "again" and is_of_its_own(config, code) then
        return "apart"
    end
    return meaning == "ignored" and "ok" or meaning
end

-- What syncs inherit -------------------------------------------------------------------------------

default.delay = 0
default.maxDelays = 1000
default.maxProcesses = 1

-- The only keys that a sync takes from this table (spec 2.2); the rest are names for users to use.
default._merge = {
    action = true,
    checkgauge = true,
    collect = true,
    delay = true,
    init = true,
    maxDelays = true,
    maxProcesses = true,
    prepare = true,
}

return default
