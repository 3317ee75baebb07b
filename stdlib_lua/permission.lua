-- Asks before a script starts a program or writes a file on its own, where the engine wants to be asked.

local import, host = ...
local command = import "command"
local fail = import "fail"
local lsyncd = import "lsyncd"

local permission = {}

local NOWHERE = "/dev/null"
local BEYOND_PIDS = 2 ^ 22 | 0 -- PID_MAX_LIMIT: no process has a higher number (proc(5))
local EACCES, DENIED = 13, "Permission denied"
local CANNOT_EXECUTE = 126 -- what a shell says of a command that it may not run

local native = { open = io.open, output = io.output, remove = os.remove, rename = os.rename, tmpname = os.tmpname }
local execute, popen, exec, kill = os.execute, io.popen, lsyncd.exec, lsyncd.kill
local methods = getmetatable(io.stdout).__index
local close = methods.close

local numbers = 0

-- A number that was not given out before.
local function next_number()
    numbers = numbers + 1
    return numbers
end

-- "run", "refuse" or "pretend".
local function ask(kind, subject) return host.permission(kind, subject, fail.position() or "") end

local function is_text(value) return type(value) == "string" or type(value) == "number" end

-- What a C function complains of stands at the line that called it, under the name that it was called by.
-- To be called as the last thing: level 2 then is the caller's caller.
local function settle(name, ok, ...)
    if ok then return ... end
    return error(((...):gsub("'%?'", function() return "'" .. name .. "'" end, 1)), 2)
end

-- The name of the function at that level in complaints of C functions (luaL_argerror).
local function called(level, known) return debug.getinfo(level + 1, "n").name or known end

local function denied(path) return nil, path .. ": " .. DENIED, EACCES end

-- A file that is at its end, or takes everything.
local function nowhere(mode) return native.open(NOWHERE, mode) end

local gated = { io = {}, os = {}, lsyncd = {} }

function gated.os.execute(shell_command)
    local answer = is_text(shell_command) and ask("os.execute", shell_command) or "run"
    if answer == "refuse" then return nil, "exit", CANNOT_EXECUTE end
    if answer == "pretend" then return true, "exit", 0 end
    return execute(shell_command)
end

local pretended = setmetatable({}, { __mode = "k" })

function gated.io.popen(shell_command, mode)
    local is_sound = type(shell_command) == "string" and (mode == nil or mode == "r" or mode == "w")
    local answer = is_sound and ask("io.popen", shell_command) or "run"
    if answer == "refuse" then return denied(shell_command) end
    if answer == "run" then return popen(shell_command, mode) end
    local file = nowhere(mode or "r")
    pretended[file] = true
    return file
end

local function close_file(file)
    if not pretended[file] then return close(file) end
    pretended[file] = nil
    close(file)
    return true, "exit", 0
end

function gated.lsyncd.exec(binary, ...)
    local words, input = command.of("lsyncd.exec", binary, ...)
    local answer = ask("lsyncd.exec", table.concat(words, "\0"))
    if answer == "run" then return exec(binary, ...) end
    if host.wants "Exec" then command.narrate(words, input) end
    if answer == "refuse" then fail.raise(('lsyncd.exec: cannot execute "%s": %s'):format(binary, DENIED)) end
    return BEYOND_PIDS + next_number()
end

function gated.lsyncd.kill(pid, signal)
    local is_sound = math.type(pid) and math.type(signal)
    local answer = is_sound and ask("lsyncd.kill", pid .. "\0" .. signal) or "run"
    if answer == "run" then return kill(pid, signal) end
    return answer == "pretend" and 0 or -1
end

function gated.io.open(...)
    local path, mode = ...
    local writes = is_text(path) and type(mode) == "string" and mode:find "^[rwa]%+?b?$" and mode:find "[wa+]"
    local answer = writes and ask("io.open", path) or "run"
    if answer == "refuse" then return denied(path) end
    if answer == "pretend" then return nowhere(mode) end
    return settle(called(1, "io.open"), pcall(native.open, ...))
end

function gated.io.output(...)
    local path = ...
    local answer = is_text(path) and ask("io.output", path) or "run"
    if answer == "refuse" then return error(("cannot open file '%s' (%s)"):format(path, DENIED), 2) end
    if answer == "pretend" then return native.output(nowhere "w") end
    return settle(called(1, "io.output"), pcall(native.output, ...))
end

function gated.os.remove(...)
    local path = ...
    local answer = is_text(path) and ask("os.remove", path) or "run"
    if answer == "refuse" then return denied(path) end
    if answer == "pretend" then return true end
    return settle(called(1, "os.remove"), pcall(native.remove, ...))
end

function gated.os.rename(...)
    local old, new = ...
    local answer = is_text(old) and is_text(new) and ask("os.rename", old .. "\0" .. new) or "run"
    if answer == "refuse" then return nil, DENIED, EACCES end -- as Lua, which names no path here
    if answer == "pretend" then return true end
    return settle(called(1, "os.rename"), pcall(native.rename, ...))
end

function gated.os.tmpname()
    local answer = ask("os.tmpname", "")
    if answer == "refuse" then return error("unable to generate a unique filename", 2) end
    if answer == "pretend" then return ("/tmp/lua_pretended_%d"):format(next_number()) end
    return native.tmpname()
end

-- Has the functions ask. Where nobody wants to be asked this module is not even loaded.
function permission.install()
    methods.close = close_file
    for library, functions in pairs(gated) do
        local place = library == "lsyncd" and lsyncd or _G[library]
        for name, func in pairs(functions) do
            place[name] = func
        end
    end
end

return permission
