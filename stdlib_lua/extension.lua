-- What the API adds to Lua's own libraries: string.starts, string.ends, table.contains (spec 2.1).

-- Whether s begins with prefix.
function string.starts(s, prefix) return s:sub(1, #prefix) == prefix end

-- Whether s ends with suffix.
function string.ends(s, suffix) return #s >= #suffix and s:sub(#s - #suffix + 1) == suffix end

-- Whether one of a table's values equals value.
function table.contains(list, value)
    for _, entry in pairs(list) do
        if entry == value then return true end
    end
    return false
end

return true
