-- What Lua 5.1 and 5.2 had and the embedded 5.3 lacks: configs of that time run unchanged (spec 2.1).

local compat = { globals = {} }

local globals = compat.globals

globals.unpack = table.unpack

function globals.loadstring(text, name) return load(text, name) end

-- Environments of functions: the _ENV upvalue under another name (Lua 5.2 manual, 8.1).

local function environment_of(func)
    for i = 1, math.huge do
        local name = debug.getupvalue(func, i)
        if name == nil then return nil end
        if name == "_ENV" then return i end
    end
    return nil
end

local function function_at(where, name)
    if type(where) == "function" then return where end
    local info = where > 0 and debug.getinfo(where + 2, "f")
    if not info then error(name .. ": invalid level", 3) end
    return info.func
end

function globals.setfenv(where, env)
    local func = function_at(where, "setfenv")
    local index = environment_of(func)
    if index then
        debug.upvaluejoin(func, index, function() return env end, 1)
    end
    return func
end

function globals.getfenv(where)
    if where == 0 then return _G end
    local func = function_at(where or 1, "getfenv")
    local index = environment_of(func)
    if not index then return _G end
    local _, env = debug.getupvalue(func, index)
    return env
end

-- luacheck: push ignore 122 142 (fields of standard libraries are added on purpose)

function table.getn(list) return #list end

function table.maxn(list)
    local highest = 0
    for key in pairs(list) do
        if type(key) == "number" and key > highest then highest = key end
    end
    return highest
end

function table.foreach(values, func)
    for key, value in pairs(values) do
        local result = func(key, value)
        if result ~= nil then return result end
    end
    return nil
end

function table.foreachi(list, func)
    for i = 1, #list do
        local result = func(i, list[i])
        if result ~= nil then return result end
    end
    return nil
end

string.gfind = string.gmatch

local format = string.format

-- For directives that want an integer, what 5.1 and 5.2 did with a fraction: cut it off.
local function cut_fractions(text, ...)
    local values, index = table.pack(...), 0
    for directive in text:gsub("%%%%", ""):gmatch "%%[-+ #0-9.]*(%a)" do
        index = index + 1
        local value = tonumber(values[index])
        if value and directive:find "[cdiouxX]" then
            values[index] = math.tointeger(value < 0 and math.ceil(value) or math.floor(value)) or value
        end
    end
    return format(text, table.unpack(values, 1, values.n))
end

function string.format(text, ...)
    local ok, result = pcall(format, text, ...)
    if ok then return result end
    if type(text) ~= "string" then return format(text, ...) end
    return cut_fractions(text, ...)
end

math.mod = math.fmod

function math.pow(x, y) return x ^ y end

function math.log10(x) return math.log(x, 10) end

function math.cosh(x) return (math.exp(x) + math.exp(-x)) / 2 end

function math.sinh(x) return (math.exp(x) - math.exp(-x)) / 2 end

function math.tanh(x)
    if x > 20 then return 1.0 end -- beyond double precision, where exp would overflow
    if x < -20 then return -1.0 end
    local e = math.exp(2 * x)
    return (e - 1) / (e + 1)
end

function math.ldexp(m, e) return m * 2.0 ^ e end

function math.frexp(x)
    if x == 0 or x ~= x or x == math.huge or x == -math.huge then return x, 0 end
    local exponent = math.floor(math.log(math.abs(x), 2)) + 1
    local mantissa = x / 2.0 ^ exponent
    if math.abs(mantissa) >= 1 then
        return mantissa / 2, exponent + 1 -- the logarithm was rounded down
    end
    if math.abs(mantissa) < 0.5 then return mantissa * 2, exponent - 1 end
    return mantissa, exponent
end

package.loaders = package.searchers

-- luacheck: pop

-- bit32 (Lua 5.2 manual, 6.7) on the integers of 5.3.

local bit32 = {}
globals.bit32 = bit32

local MASK = 0xffffffff

local function word(x) return math.floor(x) & MASK end

local function fold(start, combine)
    return function(...)
        local result = start
        for i = 1, select("#", ...) do
            result = combine(result, word((select(i, ...))))
        end
        return result
    end
end

bit32.band = fold(MASK, function(a, b) return a & b end)
bit32.bor = fold(0, function(a, b) return a | b end)
bit32.bxor = fold(0, function(a, b) return a ~ b end)

function bit32.bnot(x) return ~word(x) & MASK end

function bit32.btest(...) return bit32.band(...) ~= 0 end

function bit32.lshift(x, by)
    if by < 0 then return bit32.rshift(x, -by) end
    return by > 31 and 0 or word(x) << by & MASK
end

function bit32.rshift(x, by)
    if by < 0 then return bit32.lshift(x, -by) end
    return by > 31 and 0 or word(x) >> by
end

function bit32.arshift(x, by)
    if by < 0 or word(x) < 0x80000000 then return bit32.rshift(x, by) end
    if by > 31 then return MASK end
    return word(x) >> by | (~(MASK >> by) & MASK)
end

function bit32.lrotate(x, by)
    by = by % 32
    return (word(x) << by | word(x) >> (32 - by)) & MASK
end

function bit32.rrotate(x, by) return bit32.lrotate(x, -by) end

local function field_mask(field, width)
    width = width or 1
    if field < 0 or width < 1 or field + width > 32 then error("trying to access non-existent bits", 3) end
    return ~(-1 << width)
end

function bit32.extract(x, field, width)
    local mask = field_mask(field, width)
    return word(x) >> field & mask
end

function bit32.replace(x, value, field, width)
    local mask = field_mask(field, width)
    return word(x) & ~(mask << field) | (word(value) & mask) << field
end

return compat
