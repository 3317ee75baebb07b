-- Events: what a script sees of one delay (spec 2.5). The same delay gives the same object.
--
-- An event is a table with its data at small integer keys (cheap to make; a hundred thousand may be
-- asked for at once) and a metatable that computes the documented fields. Users set own fields.

local import, host = ...
local fail = import "fail"

local event = {}

local ID, ETYPE, PATH, SYNC, MOVE, PATH2 = 1, 2, 3, 4, 5, 6
local FEWEST_KEPT = 1024 -- below this many objects looking for left ones is not worth it

local fields = {}

function fields.etype(self) return self[ETYPE] end
function fields.isList() return false end
function fields.inlet(self) return self[SYNC].inlet end
function fields.config(self) return self[SYNC].config end
function fields.move(self) return self[MOVE] or nil end
function fields.status(self) return host.status(self[SYNC].id, self[ID]) end
function fields.isdir(self) return self[PATH]:sub(-1) == "/" end

-- Paths with the engine's leading slash.
local function whole(self) return self[PATH] end
local function directory(self) return self[PATH]:match "^(.*/)[^/]+/?$" or self[PATH]:match "^/" or "" end
local function trimmed(self) return (self[PATH]:gsub("/$", "")) end

function fields.path(self) return self[PATH]:sub(2) end
function fields.pathdir(self) return directory(self):sub(2) end
function fields.pathname(self) return trimmed(self):sub(2) end
function fields.name(self) return self[PATH]:match "[^/]+/?$" end
function fields.basename(self) return self[PATH]:match "([^/]+)/?$" end

-- The double slash where the source ends and the path begins is Lsyncd's; scripts count on it.
local function below(root, path)
    return function(self) return root(self) .. path(self) end
end

local function source(self) return self[SYNC].config.source end
local function target(self)
    local value = self[SYNC].config.target
    if value == nil then fail.raise("this event has no target path: its sync has no target") end
    return value
end

fields.source = source
function fields.target(self) return self[SYNC].config.target end
fields.sourcePath = below(source, whole)
fields.sourcePathdir = below(source, directory)
fields.sourcePathname = below(source, trimmed)
fields.targetPath = below(target, whole)
fields.targetPathdir = below(target, directory)
fields.targetPathname = below(target, trimmed)

local Event = {
    __index = function(self, name)
        local field = fields[name]
        if field then return field(self) end
        return fail.raise(('event does not have field "%s"'):format(tostring(name)))
    end,
}

-- Gives the objects kept for a sync's delays their place.
function event.prepare(sync)
    sync.events, sync.destinations = {}, {}
    sync.made, sync.look_at = 0, FEWEST_KEPT
end

local function refresh(self, etype, path, move, path2)
    self[ETYPE], self[PATH], self[MOVE], self[PATH2] = etype, path, move, path2
end

-- The event of a delay, as the core describes it; for a Move that at its origin.
function event.of(sync, id, etype, path, path2)
    local move = path2 and "Fr" or false
    local self = sync.events[id]
    if not self then
        self = setmetatable({ id, etype, path, sync, move, path2 or false }, Event)
        sync.events[id] = self
        sync.made = sync.made + 1
    elseif self[PATH] ~= path or self[ETYPE] ~= etype then
        refresh(self, etype, path, move, path2 or false)
    end
    return self
end

-- The event at the destination of a Move, or nil for any other event.
function event.destination(origin)
    local path2 = origin[PATH2]
    if not path2 then return nil end
    local known = origin[SYNC].destinations
    local self = known[origin[ID]]
    if not self then
        self = setmetatable({ origin[ID], origin[ETYPE], path2, origin[SYNC], "To", false }, Event)
        known[origin[ID]] = self
    end
    return self
end

function event.is(value) return getmetatable(value) == Event end

function event.id(self) return self[ID] end

function event.sync(self) return self[SYNC] end

-- A delay has left the queue: its objects are of no more use.
function event.forget(sync, id)
    if sync.events[id] then
        sync.events[id], sync.destinations[id] = nil, nil
        sync.made = sync.made - 1
    end
end

-- Drops the objects of delays that left by being absorbed or replaced, once there may be many.
function event.purge(sync)
    if sync.made < sync.look_at then return end
    local kept = 0
    for id in pairs(sync.events) do
        if host.is_queued(sync.id, id) then
            kept = kept + 1
        else
            sync.events[id], sync.destinations[id] = nil, nil
        end
    end
    sync.made, sync.look_at = kept, math.max(FEWEST_KEPT, 2 * kept)
end

return event
