-- What a sync that goes on over HUP takes along from one Lua state to the next, as a text.

local import = ...
local leftovers = import "leftovers"
local sync = import "sync"
local target = import "target"

local memory = {}

-- Words, a NUL behind each: whether the target has been there, then files that killed runs may have left.
function memory.of(number)
    local config = sync.of(number).config
    local words = leftovers.known(config)
    table.insert(words, 1, target.has_been(config) and "there" or "")
    return table.concat(words, "\0") .. "\0"
end

-- The sync of that number has been going on with this.
function memory.take_over(number, text)
    local config, words = sync.of(number).config, {}
    for word in text:gmatch "([^\0]*)\0" do
        words[#words + 1] = word
    end
    if table.remove(words, 1) == "there" then target.note(config) end
    leftovers.inherit(config, words)
end

return memory
