-- What a sync that goes on over HUP takes along from one Lua state to the next, as a text.

local import = ...
local leftovers = import "leftovers"
local sync = import "sync"
local target = import "target"

local memory = {}

local function fresh() return import("lsyncd").internal.fresh end

-- Words, a NUL behind each: whether the target has been there; files that killed runs may have left, and an
-- empty word behind them; files that may change within the second of a run.
function memory.of(number)
    local config = sync.of(number).config
    local words = leftovers.known(config)
    table.insert(words, 1, target.has_been(config) and "there" or "gone")
    words[#words + 1] = ""
    local more = fresh().known(config)
    table.move(more, 1, #more, #words + 1, words)
    return table.concat(words, "\0") .. "\0"
end

-- The sync of that number has been going on with this.
function memory.take_over(number, text)
    local config, left, stamps = sync.of(number).config, {}, {}
    local words = left
    for word in text:gmatch "([^\0]*)\0" do
        if word == "" then
            words = stamps
        else
            words[#words + 1] = word
        end
    end
    if table.remove(left, 1) == "there" then target.note(config) end
    leftovers.inherit(config, left)
    fresh().inherit(config, stamps)
end

return memory
