-- Queue: a list whose positions stay the same while entries come and go (spec 2.1).

local import = ...
local fail = import "fail"

local queue = {}

local Queue = { __name = "Queue" }
Queue.__index = Queue

-- An empty queue. Entries lie at whole numbers between `from` and `to`, with holes where one was removed.
function queue.new() return setmetatable({ from = 1, to = 0, count = 0, entries = {} }, Queue) end

local function check_value(value, name)
    if value == nil then fail.raise(name .. " takes a value; nil is none") end
end

local function check_position(self, position, name)
    if self.entries[position] == nil then
        fail.raise(("%s: there is nothing at position %s"):format(name, tostring(position)))
    end
end

-- Adds a value behind all others; returns its position.
function Queue:push(value)
    check_value(value, "push")
    self.to = self.to + 1
    self.entries[self.to] = value
    self.count = self.count + 1
    return self.to
end

-- Adds a value before all others; returns its position.
function Queue:inject(value)
    check_value(value, "inject")
    self.from = self.from - 1
    self.entries[self.from] = value
    self.count = self.count + 1
    return self.from
end

-- Takes a value away and returns it; all others keep their positions.
function Queue:remove(position)
    check_position(self, position, "remove")
    local entries = self.entries
    local value = entries[position]
    entries[position] = nil
    self.count = self.count - 1
    while self.from <= self.to and entries[self.from] == nil do self.from = self.from + 1 end
    while self.to >= self.from and entries[self.to] == nil do self.to = self.to - 1 end
    return value
end

-- Puts a value in the place of another; returns the old one.
function Queue:replace(position, value)
    check_value(value, "replace")
    check_position(self, position, "replace")
    local old = self.entries[position]
    self.entries[position] = value
    return old
end

-- The first value and its position, or nil.
function Queue:first()
    if self.count == 0 then return nil end
    return self.entries[self.from], self.from
end

-- The last value and its position, or nil.
function Queue:last()
    if self.count == 0 then return nil end
    return self.entries[self.to], self.to
end

function Queue:size() return self.count end

local function walk(self, position, stop, step)
    return function()
        while (stop - position) * step >= 0 do
            local here = position
            position = position + step
            if self.entries[here] ~= nil then return here, self.entries[here] end
        end
        return nil
    end
end

-- for position, value in q:qpairs() do; the entry at hand may be removed.
function Queue:qpairs() return walk(self, self.from, self.to, 1) end

-- The same from the last to the first.
function Queue:qpairsReverse() return walk(self, self.to, self.from, -1) end

return queue
