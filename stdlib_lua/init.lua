-- The library's first chunk: load order, and what the engine gets to call.
-- Takes the engine's primitives; each answers true and results, or false and a message.

local primitives = ...

local modules = {}

-- Chunk names begin so, which is how frames of the library are told from the user's.
local function chunk_of(name)
    local _, text = primitives.library(name)
    return assert(load(text, "@<pylsyncd>/" .. name .. ".lua", "t"))
end

modules.fail = chunk_of "fail"()
modules.host = chunk_of "host" -- for modules that get primitives of their own
local host = modules.host(primitives, modules.fail)

-- A module's table; each is run once, with this function and the host's.
local function import(name)
    if modules[name] == nil then modules[name] = chunk_of(name)(import, host) end
    return modules[name]
end

local natives = import "natives" -- before anybody replaces some
io.stdout:setvbuf "line" -- what scripts print stands in order with the log

local globals = import "globals"
globals.define()
globals.guard()
if host.permission then import("permission").install() end -- somebody wants to be asked
local load_config = import "load"
rawset(_G, "default", chunk_of "default/base"())
for _, name in ipairs { "transfer", "fresh", "ranges", "parallel" } do
    import("lsyncd").internal[name] = chunk_of("default/" .. name)()
end
for _, name in ipairs { "rsync", "rsyncssh", "direct" } do
    rawset(default, name, chunk_of("default/" .. name)())
end
natives.note_globals()

return load_config
