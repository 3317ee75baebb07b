-- Compiled functions without the numbers of their lines (Lua 5.3, ldump.c): one that has moved in its file is
-- the same function.

local bytecode = {}

local HEADER = 4 + 1 + 1 + 6 + 5 + 8 + 8 + 1 -- up to the number of upvalues
local LONG = 0xFF

-- Where each kind of constant ends that begins at `at`; LUA_T… in lobject.h.
local function after_text(dump, at)
    local size, from = string.unpack("B", dump, at)
    if size == LONG then
        size, from = string.unpack("T", dump, at + 1)
    end
    return size == 0 and from or from + size - 1
end

local function after_byte(_, at) return at + 1 end
local function after_number(_, at) return at + 8 end
local function after_nothing(_, at) return at end

local after = {
    [0x00] = after_nothing, -- nil
    [0x01] = after_byte, -- boolean
    [0x03] = after_number,
    [0x13] = after_number, -- integer
    [0x04] = after_text,
    [0x14] = after_text, -- long
}

local function after_constants(dump, at)
    local count
    count, at = string.unpack("i", dump, at)
    for _ = 1, count do
        local kind
        kind, at = string.unpack("B", dump, at)
        at = after[kind](dump, at)
    end
    return at
end

local function after_items(dump, at, size)
    local count
    count, at = string.unpack("i", dump, at)
    return at + count * size
end

local CODE, UPVALUE, LINE = 4, 2, 4

-- Adds the pieces of the function at `at` to `parts`; returns where it ends.
local function copy(dump, at, parts)
    local from = after_text(dump, at) -- the name of the chunk, which was left out
    local stop = after_constants(dump, after_items(dump, from + 2 * LINE + 3, CODE))
    stop = after_items(dump, stop, UPVALUE)
    local count
    count, at = string.unpack("i", dump, stop)
    parts[#parts + 1] = dump:sub(from + 2 * LINE, at - 1)
    for _ = 1, count do
        at = copy(dump, at, parts)
    end
    for _ = 1, 3 do -- lines, names of locals and of upvalues: left out, so none of each
        at = after_items(dump, at, 0)
    end
    return at
end

-- What a function does, as a text; nothing can be made of it but to compare it.
function bytecode.of(func)
    local dump, parts = string.dump(func, true), {}
    copy(dump, HEADER + 1, parts)
    return table.concat(parts)
end

return bytecode
