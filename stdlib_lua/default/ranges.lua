-- Ranges of names, as rules that keep rsync away from all that is outside: the parts of a start-up. What no
-- process may miss, and none do twice, hangs on them, so they speak of all names there can be, not of those
-- that somebody has seen. The chunk returns the table `lsyncd.internal.ranges`.
--
-- Names have their places by the bytes of their keys. The key of a name is the name without a dot in front:
-- rsync writes `NAME` as `.NAME.XXXXXX` first, and another process, to which that belongs, would delete it.

local ranges = {}

local DOT, SLASH, LAST = 0x2e, 0x2f, 0xff
local LEADS = { "", "." }

-- rsync cuts the names of its temporary files beyond some 240 bytes.
local LONGEST = 100

--- What a name goes by.
function ranges.key(name) return (name:gsub("^%.(.)", "%1", 1)) end

-- Whether a text comes before another, byte by byte: `<` goes by a locale.
local function comes_before(one, other)
    for i = 1, math.min(#one, #other) do
        if one:byte(i) ~= other:byte(i) then
            return one:byte(i) < other:byte(i)
        end
    end
    return #one < #other
end

-- Whether files and what rsync makes of their names lie on one side of `key`. `files`: the keys of all.
local function keeps_together(key, files)
    for length = 1, #key - 1 do
        if files[key:sub(1, length)] and key:byte(length + 1) <= DOT then
            return false
        end
    end
    return #key <= LONGEST and key:byte() ~= DOT
end

--- The shortest text that comes behind `low` and is `high` or begins it; nil: none may be used.
function ranges.between(low, high, files)
    local length = 1
    while length <= #low and low:byte(length) == high:byte(length) do
        length = length + 1
    end
    local key = high:sub(1, length)
    return comes_before(low, key) and keeps_together(key, files) and key or nil
end

-- The other name that has the same key.
local function twin(name) return name:match "^%.(.+)$" or "." .. name end

--- Whether two processes may share a directory. `entries`: what lies beside it, by name.
function ranges.may_share(name, entries, files)
    return entries[twin(name)] == nil and keeps_together(ranges.key(name), files)
end

--- Whether a cut comes before another. A cut is `{ from = KEY }`: all keys from there on are behind it; or
-- `{ from = KEY, name = NAME, inside = KEY }`, which goes through the directory with that name and key.
function ranges.precedes(one, other)
    if one.from ~= other.from then
        return comes_before(one.from, other.from)
    end
    return other.inside ~= nil and (one.inside == nil or comes_before(one.inside, other.inside))
end

-- Patterns -----------------------------------------------------------------------------------------

local function escaped(text) return (text:gsub("[*?%[%]\\]", "\\%0")) end

-- A pattern for one path. Without a wildcard a backslash is none (rsync(1), "PATTERN MATCHING RULES").
local function exactly(path) return path:find "[*?[]" and escaped(path) or path end

local function spelled(byte)
    local char = string.char(byte)
    return char:find "%p" and "\\" .. char or char
end

-- A range of bytes for a class; empty if there are none. A slash is in no name, and rsync counts those of
-- patterns.
local function bytes(low, high)
    low, high = low == SLASH and low + 1 or low, high == SLASH and high - 1 or high
    return low <= high and spelled(low) .. "-" .. spelled(high) or ""
end

-- Adds what matches a prefix followed by a byte of a class, if that is not empty.
local function add_class(patterns, prefix, sign, class)
    if class ~= "" then
        patterns[#patterns + 1] = escaped(prefix) .. "[" .. sign .. class .. "]*"
    end
end

-- The same for all bytes above one. Which those are not is said: what is above ASCII is no text by itself. A dot
-- in front is the other lead's business.
local function add_above(patterns, prefix, byte, is_first)
    if byte < LAST then
        add_class(patterns, prefix, "!", bytes(1, byte) .. (is_first and byte < DOT and spelled(DOT) or ""))
    end
end

local function add_below(patterns, prefix, byte, is_first)
    if is_first and byte > DOT then
        add_class(patterns, prefix, "", bytes(1, DOT - 1) .. bytes(SLASH + 1, byte - 1))
    else
        add_class(patterns, prefix, "", bytes(1, byte - 1))
    end
end

-- Adds patterns for all names in `directory` whose keys come behind `key`, or are it; if `is_behind`, for
-- those behind it only.
local function add_from(patterns, directory, key, is_behind)
    for _, lead in ipairs(LEADS) do
        local front = directory .. lead
        patterns[#patterns + 1] = escaped(front .. key) .. (is_behind and "?*" or "*")
        for i = 1, #key do
            add_above(patterns, front .. key:sub(1, i - 1), key:byte(i), i == 1 and lead == "")
        end
    end
end

-- Adds patterns for all names in `directory` whose keys come before `key`.
local function add_before(patterns, directory, key)
    for _, lead in ipairs(LEADS) do
        local front = directory .. lead
        for i = 1, #key do
            local prefix = front .. key:sub(1, i - 1)
            add_below(patterns, prefix, key:byte(i), i == 1 and lead == "")
            if i > 1 then
                patterns[#patterns + 1] = exactly(prefix)
            end
        end
    end
end

--- Patterns for all that does not lie behind the cut `low` and before the cut `high`; nil: there is none.
function ranges.outside(low, high)
    local patterns = {}
    if low then
        add_before(patterns, "/", low.from)
        if low.inside then
            patterns[#patterns + 1] = exactly("/" .. twin(low.name))
            add_before(patterns, "/" .. low.name .. "/", low.inside)
        end
    end
    if high then
        add_from(patterns, "/", high.from, high.inside ~= nil)
        if high.inside then
            add_from(patterns, "/" .. high.name .. "/", high.inside)
        end
    end
    return patterns
end

-- The bytes that follow each beginning of the names, as a class, and the names themselves.
local function beginnings(names)
    local follow, whole = { [""] = {} }, {}
    for _, name in ipairs(names) do
        whole[name] = true
        for i = 1, #name do
            local start = name:sub(1, i - 1)
            follow[start][spelled(name:byte(i))] = true
            follow[name:sub(1, i)] = follow[name:sub(1, i)] or {}
        end
    end
    return follow, whole
end

local function sorted(set)
    local list = {}
    for one in pairs(set) do
        list[#list + 1] = one
    end
    table.sort(list)
    return list
end

--- Patterns for all names at the top but these.
function ranges.all_but(names)
    local follow, whole = beginnings(names)
    local patterns = {}
    for _, start in ipairs(sorted(follow)) do
        local class = table.concat(sorted(follow[start]))
        local rest = class ~= "" and "[!" .. class .. "]*" or start ~= "" and "?*" or "*"
        patterns[#patterns + 1] = "/" .. escaped(start) .. rest
        if start ~= "" and not whole[start] then
            patterns[#patterns + 1] = exactly("/" .. start)
        end
    end
    return patterns
end

return ranges
