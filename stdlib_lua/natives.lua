-- What Lua itself comes with, by name: its functions in C and open files cannot be looked into.

local natives = {}

local names = {}

local LIBRARIES = { "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8" }

local function note(prefix, values)
    for key, value in next, values do
        local kind = type(value)
        if kind == "function" or kind == "userdata" then names[value] = prefix .. tostring(key) end
    end
end

note("", _G)
for _, name in ipairs(LIBRARIES) do
    note(name .. ".", _G[name])
end
note("package.searchers.", package.searchers)
note("file.", getmetatable(io.stdout))
note("file:", getmetatable(io.stdout).__index)

-- Names of the library's globals.
natives.globals = {}

-- The library has defined all of its globals. Through `package` all that a config has loaded can be reached.
function natives.note_globals()
    for name in next, _G do
        if name ~= "_G" and name ~= "package" then natives.globals[#natives.globals + 1] = name end
    end
    table.sort(natives.globals)
end

-- The name of a function in C or of an open file, if Lua came with it.
function natives.name(value) return names[value] end

return natives
