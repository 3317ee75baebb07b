-- substitudeCommands: `^key` in texts becomes data[key] (spec 2.1; the spelling is Lsyncd's).

local import = ...
local fail = import "fail"

local substitution = {}

local function longest_first(data)
    local names = {}
    for name in pairs(data) do
        if type(name) == "string" and name ~= "" then names[#names + 1] = name end
    end
    table.sort(names, function(a, b) return #a > #b or #a == #b and a < b end)
    return names
end

local function name_at(text, position, names)
    for _, name in ipairs(names) do
        if text:sub(position, position + #name - 1) == name then return name end
    end
    return nil
end

-- What is put in is not looked through again; what `data` does not name stays as it is.
local function replace(text, data, names)
    local parts, start, caret = {}, 1, text:find("^", 1, true)
    while caret do
        local name = name_at(text, caret + 1, names)
        if name then
            parts[#parts + 1] = text:sub(start, caret - 1)
            parts[#parts + 1] = tostring(data[name])
            start = caret + #name + 1
        end
        caret = text:find("^", name and start or caret + 1, true)
    end
    parts[#parts + 1] = text:sub(start)
    return table.concat(parts)
end

-- A text, or a new list with its texts replaced. Longer names win: ^pathname is not ^path and "name".
function substitution.substitude(given, data)
    if type(data) ~= "table" then fail.raise("substitudeCommands takes a table second, not a " .. type(data)) end
    local names = longest_first(data)
    if type(given) == "string" then return replace(given, data, names) end
    if type(given) ~= "table" then
        fail.raise("substitudeCommands takes a string or a list of strings, not a " .. type(given))
    end
    local result = {}
    for key, value in pairs(given) do
        result[key] = type(value) == "string" and replace(value, data, names) or value
    end
    return result
end

return substitution
