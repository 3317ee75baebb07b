-- io.popen, os.execute and os.exit: what the embedded Lua lacks, or would do behind the daemon's back.

local import, host = ...
local fail = import "fail"

local process = {}

-- Ends the daemon with that exit code; never returns.
function process.terminate(code)
    if code == nil or code == true then code = 0 end
    if code == false then code = 1 end
    if math.tointeger(code) == nil then fail.raise("an exit code must be a whole number, not a " .. type(code)) end
    host.terminate(math.tointeger(code))
    error("the daemon ends", 0) -- unwinds the script; the host knows why
end

-- luacheck: push ignore 122 (fields of standard libraries are replaced on purpose)

function os.exit(code) process.terminate(code) end

local execute = os.execute

-- The embedded C library hands out the raw wait status (wait(2)): 7 bits of signal, then the exit code.
function os.execute(command)
    if command == nil then return execute() end
    local ok, what, status = execute(command)
    if what ~= "exit" then return ok, what, status end
    local signal = status & 0x7f
    if signal ~= 0 then return nil, "signal", signal end
    local code = status >> 8 & 0xff
    return code == 0 or nil, "exit", code
end

-- Children of io.popen by their file.
local children = setmetatable({}, { __mode = "k" })
local methods = getmetatable(io.stdout).__index
local close = methods.close
local open = io.open

function io.popen(command, mode)
    mode = mode or "r"
    if type(command) ~= "string" then fail.raise("io.popen takes a command, not a " .. type(command)) end
    if mode ~= "r" and mode ~= "w" then fail.raise 'io.popen: the mode must be "r" or "w"' end
    local descriptor, child = host.popen(command, mode)
    local file = assert(open("/proc/self/fd/" .. descriptor, mode))
    host.close_descriptor(descriptor)
    children[file] = child
    return file
end

function methods.close(file)
    local child = children[file]
    if not child then return close(file) end
    children[file] = nil
    close(file)
    local code = host.wait_child(child)
    if code < 0 then return nil, "signal", -code end
    return code == 0 or nil, "exit", code
end

function io.close(file) return (file or io.output()):close() end

-- luacheck: pop

return process
