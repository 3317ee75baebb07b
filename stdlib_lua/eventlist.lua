-- Event lists: what inlet.getEvents() gives (spec 2.5). Objects for single events are made on demand.

local import, host = ...
local event = import "event"
local fail = import "fail"

local eventlist = {}

local SYNC, IDS, ETYPES, PATHS, PATHS2 = 1, 2, 3, 4, 5

local fields = {}

-- The numbers of its delays, taken out of a text when somebody asks.
local function ids_of(self)
    local ids = self[IDS]
    if type(ids) ~= "string" then return ids end
    local list = {}
    for number in ids:gmatch "%d+" do
        list[#list + 1] = math.tointeger(tonumber(number))
    end
    self[IDS] = list
    return list
end

local function numbers_of(self)
    local ids = self[IDS]
    return type(ids) == "string" and ids or table.concat(ids, " ")
end

-- Fetches what the core knows of the list's delays, once.
local function described(self)
    if not self[ETYPES] then
        local full = eventlist.parse(self[SYNC], host.describe_all(self[SYNC].id, numbers_of(self)))
        for part = IDS, PATHS2 do
            self[part] = full[part]
        end
    end
    return self
end

local function unchanged(_, path, path2) return path, path2 end

-- The paths, as `mutator` changes them; or joined, when it is a string.
local function collect_paths(self, mutator, prefix)
    local delimiter = type(mutator) == "string" and mutator
    local mutate = type(mutator) == "function" and mutator or unchanged
    local etypes, paths, paths2 = described(self)[ETYPES], self[PATHS], self[PATHS2]
    local result, n = {}, 0
    for i = 1, #etypes do
        local path2 = paths2[i]
        local one, two = mutate(etypes[i], prefix .. paths[i], path2 and prefix .. path2 or nil)
        if one then
            n = n + 1
            result[n] = one
        end
        if two then
            n = n + 1
            result[n] = two
        end
    end
    return delimiter and table.concat(result, delimiter) or result
end

local function check_mutator(mutator, name)
    local kind = type(mutator)
    if kind ~= "nil" and kind ~= "function" and kind ~= "string" then
        fail.raise(("%s takes a function or a delimiter, not a %s"):format(name, kind))
    end
end

function fields.config(self) return self[SYNC].config end
function fields.inlet(self) return self[SYNC].inlet end
function fields.isList() return true end

function fields.size(self)
    return function() return #ids_of(self) end
end

function fields.getPaths(self)
    return function(mutator)
        check_mutator(mutator, "getPaths")
        return collect_paths(self, mutator, "")
    end
end

function fields.getSourcePaths(self)
    return function(mutator)
        check_mutator(mutator, "getSourcePaths")
        return collect_paths(self, mutator, self[SYNC].config.source)
    end
end

function fields.getList(self)
    return function()
        described(self)
        local result = {}
        for i, id in ipairs(ids_of(self)) do
            result[i] = event.of(self[SYNC], id, self[ETYPES][i], self[PATHS][i], self[PATHS2][i])
        end
        return result
    end
end

local EventList = {
    __index = function(self, name)
        local field = fields[name]
        if field then return field(self) end
        return fail.raise(('event list does not have field "%s"'):format(tostring(name)))
    end,
}

local function make(sync, ids, etypes, paths, paths2)
    return setmetatable({ sync, ids, etypes or false, paths or false, paths2 or false }, EventList)
end

-- A list of these delays (a text of numbers), described when somebody asks.
function eventlist.of(sync, numbers) return make(sync, numbers) end

-- A list from the host's text, which holds `count` delays: number, type, path and second path of each.
function eventlist.parse(sync, count, text)
    local ids, etypes, paths, paths2 = {}, {}, {}, {}
    local unpack, position = string.unpack, 1
    for i = 1, count do
        local path2
        ids[i], etypes[i], paths[i], path2, position = unpack("<i8zzz", text, position)
        paths2[i] = path2 ~= "" and path2
    end
    return make(sync, ids, etypes, paths, paths2)
end

local TAKE, LEAVE, BREAK = 0, 1, 2 -- the order of Selection in the host

-- The list of the events that `test` takes, asked in queue order.
function eventlist.tested(sync, test)
    local ids, etypes, paths, paths2, n = {}, {}, {}, {}, 0
    local failure
    local function probe(id, etype, path, path2)
        local ok, answer = xpcall(test, fail.handler, event.of(sync, id, etype, path, path2))
        if not ok then
            failure = answer
            return BREAK
        end
        if answer == "break" then return BREAK end
        if not answer then return LEAVE end
        n = n + 1
        ids[n], etypes[n], paths[n], paths2[n] = id, etype, path, path2 or false
        return TAKE
    end
    host.select(sync.id, probe)
    if failure then error(failure, 0) end
    return make(sync, ids, etypes, paths, paths2)
end

function eventlist.is(value) return getmetatable(value) == EventList end

-- Its first event, or nil; the others are not made.
function eventlist.first(self)
    if not self[ETYPES] then
        local id = math.tointeger(tonumber(numbers_of(self):match "%d+" or "0"))
        local etype, path, path2 = host.describe(self[SYNC].id, id)
        if etype then return event.of(self[SYNC], id, etype, path, path2) end
    end
    local ids = described(self)[IDS]
    return ids[1] and event.of(self[SYNC], ids[1], self[ETYPES][1], self[PATHS][1], self[PATHS2][1])
end

-- The numbers of its delays, joined by blanks.
eventlist.numbers = numbers_of

function eventlist.sync(self) return self[SYNC] end

return eventlist
