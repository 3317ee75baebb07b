-- tunnel{}: processes through which syncs reach their targets (spec 5.1). The engine keeps them running.

local import, host = ...
local fail = import "fail"
local kinds = import "kinds"
local lsyncd = import "lsyncd"
local phase = import "phase"

local tunnel = {}

local Tunnel = { __name = "tunnel" }

local tunnels = {}

local function is_command(value)
    if type(value) == "string" then value = { value } end
    if type(value) ~= "table" or #value == 0 then return false end
    for _, word in ipairs(value) do
        local is_word = type(word) == "string" or math.type(word) == "integer"
        if not is_word or tostring(word):find("\0", 1, true) then return false end
    end
    return value[1] ~= ""
end

-- Words, NULs between them. A string is split at spaces outside quotes.
local function words_of(value)
    if type(value) == "string" then value = lsyncd.splitQuotedString(value) end
    return table.concat(value, "\0")
end

local command = { name = "command", what = "a command line or a list of words", test = is_command, convert = words_of }

local function is_code(value) return math.tointeger(value) ~= nil end

-- { 0, 1 } and { [0] = "ok", [1] = "ok", [2] = "again" } say the same.
local function good_codes(value)
    local codes = {}
    for key, entry in pairs(value) do
        if is_code(entry) then
            codes[#codes + 1] = math.tointeger(entry)
        elseif is_code(key) and (entry == "ok" or entry == true) then
            codes[#codes + 1] = math.tointeger(key)
        end
    end
    table.sort(codes)
    return table.concat(codes, " ")
end

local codes = {
    name = "codes",
    what = "a list of exit codes that mean success",
    test = function(value) return type(value) == "table" and good_codes(value) ~= "" end,
    convert = good_codes,
}

local keys = {
    checkCommand = command,
    checkExitCodes = codes,
    checkMaxFailed = kinds.count,
    command = command,
    distribution = kinds.choice "rr",
    localhost = kinds.text,
    mode = kinds.choice("command", "pool"),
    name = kinds.text,
    parallel = kinds.count,
    readyDelay = kinds.seconds,
    retryDelay = kinds.seconds,
}

tunnel.keys = keys

local defaults = {
    checkExitCodes = "0",
    checkMaxFailed = 5,
    distribution = "rr",
    localhost = "localhost",
    mode = "command",
    parallel = 1,
    readyDelay = 5,
    retryDelay = 10,
}

local function sorted_names()
    local names = {}
    for name in pairs(keys) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

local names = sorted_names()

local function check_keys(options)
    for key in pairs(options) do
        if not keys[key] then
            local name = tostring(key)
            fail.raise(('Parameter "%s" of a tunnel unknown.%s'):format(name, kinds.suggestion(name, names)))
        end
    end
end

-- The global function: returns what goes into the `tunnel` key of syncs.
function tunnel.create(options)
    if not phase.loading then fail.raise "Tunnel can only be created during initialization." end
    if type(options) ~= "table" then fail.raise("tunnel takes a table, tunnel{ ... }, not a " .. type(options)) end
    check_keys(options)
    if options.command == nil then fail.raise "command missing from tunnel." end
    local own = { id = #tunnels + 1, name = "Tunnel" .. #tunnels + 1, turn = 0 }
    for _, name in ipairs(names) do
        local value = options[name]
        if value ~= nil then own[name] = kinds.check(name .. " of a tunnel", value, keys[name]) end
        if own[name] == nil then own[name] = defaults[name] end
    end
    tunnels[#tunnels + 1] = setmetatable(own, Tunnel)
    return own
end

function tunnel.is(value) return getmetatable(value) == Tunnel end

-- The kind of a sync's `tunnel`.
tunnel.kind = {
    name = "tunnel",
    what = "what tunnel{ ... } returns, or false for none",
    test = function(value) return value == false or tunnel.is(value) end,
}

-- Adds the variables of the process whose turn it is, of those that are up.
function tunnel.substitution(own, data)
    local ports = { host.tunnel_ports(own.id) }
    data.localhost = own.localhost
    if #ports > 0 then
        own.turn = own.turn % #ports + 1
        data.localport = ports[own.turn]
    end
    return data
end

-- What the engine has to know of each tunnel, as flat tables.
function tunnel.export()
    local all = {}
    for i, own in ipairs(tunnels) do
        all[i] = {
            id = own.id,
            name = own.name,
            command = own.command,
            isPool = own.mode == "pool",
            parallel = own.parallel,
            retryDelay = own.retryDelay,
            readyDelay = own.readyDelay,
            localhost = own.localhost,
            checkCommand = own.checkCommand or "",
            checkExitCodes = own.checkExitCodes,
            checkMaxFailed = own.checkMaxFailed,
        }
    end
    return all
end

return tunnel
