-- sync{}: builds a configuration from the options and what they inherit, and checks it (spec 2.2).

local import, host = ...
local event = import "event"
local fail = import "fail"
local inherit = import "inherit"
local inlet = import "inlet"
local kinds = import "kinds"
local layer3 = import "layer3"
local limits = import "limits"
local log = import "log"
local phase = import "phase"
local settings = import "settings"
local tunnel = import "tunnel"

local sync = {}

local syncs = {}
local called = 0

-- The keys that a sync takes from `default`.
local inherited = { "action", "checkgauge", "collect", "delay", "init", "maxDelays", "maxProcesses", "prepare" }

local reactions = { "onAttrib", "onCreate", "onDelete", "onFull", "onModify", "onMove", "onStartup" }

local keys = {
    action = kinds.callback,
    allowDangerousTarget = kinds.flag,
    checkgauge = kinds.table_or_false,
    collapse = kinds.flag,
    collect = kinds.callback,
    compat = kinds.choice_or_false "2.3",
    crontab = kinds.patterns,
    delay = kinds.seconds,
    exclude = kinds.patterns,
    excludeFrom = kinds.path,
    exitcodes = kinds.exitcodes,
    filter = kinds.patterns,
    filterFrom = kinds.path,
    full = kinds.callback,
    init = kinds.callback,
    maxDelays = kinds.count,
    maxDelete = kinds.number_from_zero_or_false,
    maxProcesses = kinds.count,
    monitor = kinds.monitor,
    name = kinds.text,
    prepare = kinds.callback,
    retries = kinds.number_from_zero,
    retryMax = kinds.seconds,
    settle = kinds.seconds,
    source = kinds.path,
    subdirs = kinds.flag,
    target = kinds.text,
    tunnel = tunnel.kind,
}
for _, name in ipairs(reactions) do
    keys[name] = kinds.reaction
end

sync.keys = keys

local function sorted_names(values)
    local names = {}
    for name in pairs(values) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

local key_names = sorted_names(keys)

local function check_kinds(config)
    for _, name in ipairs(key_names) do
        if config[name] ~= nil then config[name] = kinds.check(name, config[name], keys[name]) end
    end
end

-- What stands when neither the sync nor its sources say.
local function complete(config)
    config.name = config.name or "Sync" .. called
    config.monitor = settings.commanded "monitor" or config.monitor or settings.get "monitor" or "inotify"
    if config.subdirs == nil then config.subdirs = true end
    if config.collapse == nil then config.collapse = config.compat ~= "2.3" end
end

local function inherit_all(options)
    local config = {}
    inherit.from(config, options)
    inherit.keys(config, default, inherited)
    settings.impose(config)
    return config
end

-- A level that no stack has: error() adds no position.
local NOWHERE = 1 << 30

-- `level` in prepare(config, level) is what error() there needs to name the user's line.
local function prepare(config)
    if not config.prepare then return end
    local _, level = fail.position()
    config.prepare(config, level and level + 1 or NOWHERE)
end

local function translate_commands(config)
    for _, name in ipairs(reactions) do
        if type(config[name]) == "string" then config[name] = layer3.translate(name, config[name]) end
    end
end

-- Sources that are not there: `settings{ "insist" }` may follow, which has them waited for.
local missing = {}

-- The path that it will have. Where there is no line of a file to follow, no settings do; and a configuration
-- that catches the error wants to do without this sync.
local function future_source(config, problem)
    local refusal = ("Cannot access source directory: %s (%s)"):format(config.source, problem)
    local position = fail.position()
    if not settings.get "insist" then
        if not position or fail.is_caught() then fail.raise(refusal) end
        missing[#missing + 1] = { config = config, refusal = position .. ": " .. refusal }
    end
    return host.future_dir(config.source)
end

local function resolve_source(config)
    if config.source == nil then
        fail.raise 'source missing from sync. Add source = "/the/directory/to/watch".'
    end
    local real, problem = host.realdir(config.source)
    config._source, config.source = config.source, real or future_source(config, problem)
end

local function begins_with(text, head) return text:sub(1, #head) == head end

-- What is renamed within one source has to be told by one monitor.
local function check_monitor(config)
    for _, other in ipairs(syncs) do
        local theirs = other.config
        local lie_in_each_other = begins_with(config.source, theirs.source) or begins_with(theirs.source, config.source)
        if lie_in_each_other and config.monitor ~= theirs.monitor then
            fail.raise(
                ('sync "%s" is to be watched by %s, and "%s" by %s, but one source lies in the other: give both the '
                    .. "same monitor."):format(config.name, config.monitor, theirs.name, theirs.monitor)
            )
        end
    end
end

-- An empty pattern is none.
local function as_list(value)
    local list = {}
    for _, pattern in ipairs(type(value) == "table" and value or { value }) do
        if pattern ~= "" then list[#list + 1] = pattern end
    end
    return list
end

local function rules(config, key, kind)
    local list = as_list(config[key])
    local file = config[key .. "From"]
    if file then
        for rule in host.read_rules(kind, file):gmatch "([^\0]+)\0" do
            list[#list + 1] = rule
        end
    end
    return list
end

local function check_rules(own)
    for _, pattern in ipairs(own.excludes) do
        host.check_rules(pattern, nil)
    end
    for _, rule in ipairs(own.filters) do
        host.check_rules(nil, rule)
    end
end

local function check_crontab(own)
    for number, rule in ipairs(own.crontab) do
        local problem = host.check_crontab(rule)
        if problem ~= "" then
            fail.raise(('sync "%s": crontab rule %d, "%s": %s'):format(own.config.name, number, rule, problem))
        end
    end
end

local function warn_if_idle(config)
    if config.action ~= default.action then return end
    for _, name in ipairs(reactions) do
        if config[name] then return end
    end
    local position = fail.position()
    log.log(
        "Warn",
        position and position .. ": " or "",
        ('sync "%s" has no action; its events will only be forgotten. Did you mean to inherit default.rsync?')
            :format(config.name)
    )
end

local function register(config, target_given, is_numbered)
    local own = { id = #syncs, config = config, target_given = target_given, position = fail.position() }
    own.is_numbered = is_numbered
    own.excludes = rules(config, "exclude", "exclude")
    own.filters = rules(config, "filter", "filter")
    own.crontab = as_list(config.crontab)
    check_rules(own)
    check_crontab(own)
    event.prepare(own)
    own.inlet = inlet.of(own)
    own.object = inlet.object_of(own)
    syncs[#syncs + 1] = own
    return own.inlet
end

-- The global function: returns the new sync's inlet.
function sync.create(options)
    if not phase.loading then fail.raise "Sync can only be created during initialization." end
    if type(options) ~= "table" then fail.raise("sync takes a table, sync{ ... }, not a " .. type(options)) end
    called = called + 1
    local config = inherit_all(options)
    local is_numbered = config.name == nil
    complete(config)
    check_kinds(config)
    local target_given = config.target
    prepare(config)
    check_kinds(config)
    translate_commands(config)
    resolve_source(config)
    check_monitor(config)
    warn_if_idle(config)
    return register(config, target_given, is_numbered)
end

-- The configuration is complete: what `insist` would have excused, and why that is refused.
function sync.refused() return settings.get "insist" and {} or missing end

-- Raises the first of these.
function sync.refuse_missing()
    local first = sync.refused()[1]
    if first then error(first.refusal, 0) end
end

-- The sync of that number.
function sync.of(number) return syncs[number + 1] end

-- Whether a Full or the start-up brings the whole tree in line; that of layer 2 does it by `onStartup`.
local function brings_all(config)
    if type(config.full) == "function" then return true end
    if not config.init then return false end
    return config.init ~= default.init or config.onStartup and true or false
end

-- What the engine has to know of a sync, as a flat table.
function sync.described(own)
    local config = own.config
    limits.note(own)
    return {
        id = own.id,
        name = config.name,
        source = config.source,
        delay = config.delay,
        maxDelays = config.maxDelays,
        maxProcesses = config.maxProcesses,
        keepsMoves = config.onMove and true or false,
        hasInit = config.init ~= false,
        hasFull = type(config.full) == "function",
        asLsyncd = default.is_compatible(config),
        repairs = brings_all(config),
        subdirs = config.subdirs,
        collapse = config.collapse,
        monitor = config.monitor,
        retries = config.retries,
        retryMax = config.retryMax,
        settle = config.settle,
        maxDelete = config.maxDelete or nil,
        tunnel = config.tunnel and config.tunnel.id or nil,
        crontab = table.concat(own.crontab, "\0"),
        excludes = table.concat(own.excludes, "\0"),
        filters = table.concat(own.filters, "\0"),
    }
end

-- All of them.
function sync.export()
    local all = {}
    for i, own in ipairs(syncs) do
        all[i] = sync.described(own)
    end
    return all
end

-- All syncs that there are, in order.
function sync.all() return syncs end

return sync
