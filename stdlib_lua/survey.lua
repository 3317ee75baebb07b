-- What `pylsyncd check` wants to know of a configuration beyond what the engine needs; loaded only then.

local import, host = ...
local fail = import "fail"
local lsyncd = import "lsyncd"
local process = import "process"
local settings = import "settings"
local sync = import "sync"

local survey = {}

local files = {}
local ended

-- Files that run beside the configuration's own: a chunk of them is loaded by one of these.
local function note_files()
    for _, name in ipairs { "dofile", "loadfile" } do
        local native = _G[name]
        rawset(_G, name, function(path, ...)
            files[#files + 1] = type(path) == "string" and path or nil
            return native(path, ...)
        end)
    end
    local search = package.searchers[2] -- of Lua files
    package.searchers[2] = function(module)
        local loader, path = search(module)
        files[#files + 1] = type(loader) == "function" and path or nil
        return loader, path
    end
end

local terminate = process.terminate

local function noted_end(code)
    ended = fail.position()
    return terminate(code)
end

-- What is not there may be there on the machine that the configuration is for.
local function assume_files()
    local realdir, read_rules = host.realdir, host.read_rules
    function host.realdir(path)
        local real = realdir(path)
        if real then return real end
        if path:sub(1, 1) ~= "/" then path = realdir "." .. path end
        return (path:gsub("/*$", "/", 1))
    end
    function host.read_rules(kind, path)
        local ok, rules = pcall(read_rules, kind, path)
        return ok and rules or ""
    end
end

local refusals = {}

-- Stands for the inlet of a sync that was refused: whatever is called in it does nothing.
local no_inlet = setmetatable({}, {
    __index = function()
        return function() end
    end,
})

local function forgiving(func)
    return function(options)
        local ok, answer = fail.call(func, options)
        if ok then return answer end
        refusals[#refusals + 1] = answer
        return no_inlet
    end
end

local is_refused = {} -- by configuration

local function note_missing()
    for _, one in ipairs(sync.refused()) do
        is_refused[one.config] = true
        refusals[#refusals + 1] = one.refusal
    end
end

-- What is refused is noted, and the load goes on.
local function forgive()
    sync.refuse_missing = note_missing
    rawset(_G, "sync", forgiving(sync.create))
    local meta = getmetatable(settings.api)
    local call = meta.__call
    local merge = forgiving(function(argument) return call(settings.api, argument) end)
    meta.__call = function(_, argument) return merge(argument) end
end

local STANDARD_ERROR = 2

-- The streams of a check are not those of the daemon.
local function assume_streams()
    local check_descriptor = host.check_descriptor
    function host.check_descriptor(descriptor)
        if descriptor > STANDARD_ERROR then check_descriptor(descriptor) end
    end
end

-- To be called before anything is loaded. On a foreign machine sources and rule files need not be there.
-- Forgiving: all that is refused is found in one go, though what follows from it may go wrong too.
function survey.begin(is_foreign, is_forgiving)
    process.terminate, lsyncd.terminate = noted_end, noted_end
    rawset(_G, "terminate", noted_end)
    assume_streams()
    if is_foreign then assume_files() end
    if is_forgiving then forgive() end
    note_files()
end

local function text_or_nil(value)
    if type(value) == "string" or type(value) == "number" then return tostring(value) end
    return nil
end

-- The program that a prepared table of options names, or nil where nothing was prepared.
local function program(options)
    if type(options) ~= "table" or not options._computed then return nil end
    return text_or_nil(options.binary)
end

local function deletes(config)
    local delete = config.delete
    return delete == true or delete == "startup" or delete == "running"
end

local function target_of(config)
    local host_name, directory = text_or_nil(config.host), text_or_nil(config.targetdir)
    if config.target == nil and host_name and directory then return host_name .. ":" .. directory end
    return text_or_nil(config.target)
end

local function flat(own)
    local config = own.config
    return {
        position = own.position or "",
        name = config.name,
        source = config.source,
        subdirs = config.subdirs,
        monitor = config.monitor,
        excludes = table.concat(own.excludes, "\0"),
        filters = table.concat(own.filters, "\0"),
        target = target_of(config),
        target_given = text_or_nil(own.target_given),
        allows_danger = config.allowDangerousTarget and true or false,
        deletes = program(config.rsync) ~= nil and deletes(config),
        rsync = program(config.rsync),
        ssh = program(config.ssh),
        is_direct = config.action == default.direct.action,
    }
end

local function global_names()
    local names = {}
    for name in next, _G do
        if type(name) == "string" then names[#names + 1] = name end
    end
    return table.concat(names, "\0")
end

-- Settings, where each was set, syncs, further files, where the configuration ended the daemon, what was
-- forgiven, and the names of all globals.
function survey.all()
    io.stdout:flush() -- a configuration that was refused has not come to that
    local syncs = {}
    for _, own in ipairs(sync.all()) do
        if not is_refused[own.config] then syncs[#syncs + 1] = flat(own) end
    end
    return {
        settings = settings.export(),
        places = settings.places,
        syncs = syncs,
        files = files,
        ended = ended or "",
        refusals = refusals,
        globals = global_names(),
    }
end

return survey
