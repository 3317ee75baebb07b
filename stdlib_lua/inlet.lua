-- Inlets: how a sync's functions reach its queue (spec 2.4). Called with a dot.

local import, host = ...
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"
local log = import "log"
local phase = import "phase"
local tunnel = import "tunnel"

local inlet = {}

local function first_event(sync)
    local id, etype, path, path2 = host.first_ready(sync.id)
    if not id then return nil end
    local origin = event.of(sync, id, etype, path, path2)
    local destination = event.destination(origin)
    if destination then return origin, destination end
    return origin
end

local function events(sync, test)
    if test == nil then return eventlist.parse(sync, host.select_all(sync.id)) end
    if type(test) ~= "function" then fail.raise("getEvents takes a function to test events, not a " .. type(test)) end
    return eventlist.tested(sync, test)
end

local function discard(sync, given)
    if not event.is(given) then fail.raise("discardEvent takes an event, not a " .. type(given)) end
    if event.sync(given) ~= sync then fail.raise "discardEvent: the event is of another sync" end
    if given.status ~= "wait" then
        log.log("Error", "Ignored cancel of a non-waiting event of type ", given.etype)
        return
    end
    host.discard(sync.id, event.id(given), false)
    event.forget(sync, event.id(given))
end

-- Excludes and filters: the lists that are loaded, later those of the running core.

local function check_text(value, name)
    if type(value) ~= "string" then fail.raise(name .. " takes a string, not a " .. type(value)) end
end

local function split(text)
    local list = {}
    for entry in text:gmatch "([^\0]*)\0" do
        list[#list + 1] = entry
    end
    return list
end

local function excludes(sync)
    if phase.running then return split(host.excludes(sync.id)) end
    return table.move(sync.excludes, 1, #sync.excludes, 1, {})
end

local function add_exclude(sync, pattern)
    check_text(pattern, "addExclude")
    host.check_rules(pattern, nil)
    if phase.running then return host.add_exclude(sync.id, pattern) end
    table.insert(sync.excludes, pattern)
end

local function remove_exclude(sync, pattern)
    check_text(pattern, "rmExclude")
    if phase.running then return host.remove_exclude(sync.id, pattern) end
    for i = #sync.excludes, 1, -1 do
        if sync.excludes[i] == pattern then table.remove(sync.excludes, i) end
    end
end

local function append_filter(sync, rule, pattern)
    check_text(rule, "appendFilter")
    if pattern ~= nil then
        check_text(pattern, "appendFilter")
        rule = rule .. " " .. pattern
    end
    host.check_rules(nil, rule)
    if phase.running then return host.append_filter(sync.id, rule) end
    table.insert(sync.filters, rule)
end

local function filters(sync)
    if phase.running then return split(host.filters(sync.id)) end
    return table.move(sync.filters, 1, #sync.filters, 1, {})
end

local function all_rules(sync)
    local rules = filters(sync)
    for _, pattern in ipairs(excludes(sync)) do
        rules[#rules + 1] = "- " .. pattern
    end
    return rules
end

-- Events that a script makes itself.

local function newest(sync, id, etype, path)
    if not id then return nil end
    return event.of(sync, id, etype, path)
end

local function full(sync, path)
    check_text(path, "createFullEvent")
    return newest(sync, host.create_full(sync.id, path))
end

-- Each call stands for one transfer: those of a pool take turns. Without a tunnel there is nothing to add.
local function substitution_data(sync, data)
    local own = sync.config.tunnel
    return own and tunnel.substitution(own, data) or data
end

-- The functions of one sync's inlet.
function inlet.of(sync)
    return {
        getEvent = function() return first_event(sync) end,
        getEvents = function(test) return events(sync, test) end,
        discardEvent = function(given) discard(sync, given) end,
        getConfig = function() return sync.config end,
        getSync = function() return sync.object end,
        addExclude = function(pattern) add_exclude(sync, pattern) end,
        rmExclude = function(pattern) remove_exclude(sync, pattern) end,
        getExcludes = function() return excludes(sync) end,
        appendFilter = function(rule, pattern) append_filter(sync, rule, pattern) end,
        getFilters = function() return all_rules(sync) end,
        hasFilters = function() return filters(sync)[1] ~= nil end,
        createBlanketEvent = function() return newest(sync, host.create_blanket(sync.id)) end,
        createFullEvent = function(path) return full(sync, path) end,
        getSubstitutionData = function(_, data) return substitution_data(sync, data or {}) end,
    }
end

-- What getSync gives: the sync as scripts may look at it.
function inlet.object_of(sync)
    return {
        config = sync.config,
        source = sync.config.source,
        name = sync.config.name,
        processes = { size = function() return host.processes_of(sync.id) end },
        delays = { size = function() return host.queue_size(sync.id) end },
    }
end

return inlet
