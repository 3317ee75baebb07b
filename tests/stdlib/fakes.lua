-- A world for the library's chunks: the public API as fakes that write down what was asked of them.

local library = ... -- the directory of the chunks

local fakes = {}

local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "a"
    file:close()
    return text
end

function fakes.annotations()
    return read(library .. "/meta/pylsyncd.lua")
end

-- Named as the host names them, so that positions in messages are looked for as in production.
local function run(env, name)
    return assert(load(read(library .. "/default/" .. name), "@<pylsyncd>/default/" .. name, "t", env))()
end

-- One of the library's other modules, as it is, with these primitives.
local eventlist = { first = function(list) return list.getList()[1] end }

local function import(name) return name == "eventlist" and eventlist or nil end

function fakes.chunk(name, host)
    return assert(load(read(library .. "/" .. name .. ".lua"), "@<pylsyncd>/" .. name .. ".lua"))(import, host)
end

local function flatten(into, ...)
    for index = 1, select("#", ...) do
        local argument = select(index, ...)
        if type(argument) == "table" then
            flatten(into, table.unpack(argument))
        elseif argument ~= nil then
            into[#into + 1] = tostring(argument)
        end
    end
    return into
end

local function text(...)
    local parts = {}
    for index = 1, select("#", ...) do
        parts[index] = tostring((select(index, ...)))
    end
    return table.concat(parts)
end

-- Starts with the same letter: crude, but enough to see a suggestion come through.
local function nearest(name, candidates)
    for _, candidate in ipairs(candidates) do
        if candidate:sub(1, 4) == name:sub(1, 4) then
            return candidate
        end
    end
    return nil
end

local function words(line)
    local list = {}
    for word in line:gmatch "%S+" do
        list[#list + 1] = word
    end
    return list
end

local function activate(agent)
    for _, event in ipairs(agent.isList and agent.getList() or { agent }) do
        event.status = "active"
    end
end

-- A fresh environment with `default` and all in it loaded into it, and the records:
-- `logged` ("Category: text"), `spawned` ({ agent, binary, stdin, args }), `terminated`.
function fakes.world()
    local world = { logged = {}, spawned = {}, settings = {}, sizes = {}, files = {}, running = 0 }
    world.asked, world.versions = {}, {} -- programs without a version are as old as can be
    world.alarms, world.ended_pipes, world.ended_copies = {}, {}, {}
    world.other_names = {}
    world.identity = { uid = 0, gid = 0, umask = 18 }
    local env = setmetatable({}, { __index = _G })
    world.env = env
    function env.log(category, ...)
        world.logged[#world.logged + 1] = category .. ": " .. text(...)
    end
    function env.spawn(agent, binary, ...)
        local arguments = flatten({}, ...)
        local record = { binary = binary, agent = agent }
        if arguments[1] == "<" then
            record.stdin = arguments[2]
            table.move(arguments, 3, #arguments + 2, 1)
        end
        record.args = arguments
        world.spawned[#world.spawned + 1] = record
        world.running = world.running + 1
        if not world.fading then
            activate(agent)
        end
    end
    function env.settings(key)
        return world.settings[key]
    end
    function env.terminate(code)
        world.terminated = code
    end
    function env.now()
        return 100
    end
    function env.alarm(at, call)
        world.alarms[#world.alarms + 1] = { at = at, call = call }
    end
    function env.substitudeCommands(target, data)
        return (target:gsub("%^(%a+)", data))
    end
    local function spawn_answering(...)
        env.spawn(...)
        world.spawned[#world.spawned].is_to_answer = true
    end
    env.lsyncd = {
        get_file_size = function(path) return world.sizes[path] end,
        get_process_info = function() return world.running, world.settings.maxProcesses end,
        splitQuotedString = words,
        internal = {
            spawn_answering = spawn_answering,
            leftovers = fakes.chunk "leftovers",
            target = fakes.chunk("target", { file_status = function() return not world.is_gone or nil end }),
            file_status = function(path) return world.files[path] end,
            identity = function() return world.identity end,
            miss = function(event) event.status = "missed" end,
            spawn_limited = function(agent, may_exceed, ...)
                env.spawn(agent, ...)
                world.spawned[#world.spawned].may_exceed = may_exceed and true or false
            end,
            cleared_first = function(_, test) return test end,
            other_names = function(list)
                local options = list.config.rsync
                return options and options.hard_links and world.other_names or {}
            end,
            end_pipe = function(path) world.ended_pipes[#world.ended_pipes + 1] = path end,
            end_stuck_copy = function(event) world.ended_copies[#world.ended_copies + 1] = event.sourcePathname end,
            nearest = nearest,
            version_of = function(program)
                world.asked[#world.asked + 1] = program
                return world.versions[program]
            end,
            check_target = function(source, target, allow)
                if target == "/" and not allow then
                    return nil, "target / would be erased"
                end
                return target:find "^[/:]" and target or target:find ":" and target or "/start/" .. target, source
            end,
        },
    }
    world.default = run(env, "base.lua")
    env.default = world.default
    for _, name in ipairs { "transfer", "fresh", "ranges", "parallel" } do
        env.lsyncd.internal[name] = run(env, name .. ".lua")
    end
    for _, name in ipairs { "rsync", "rsyncssh", "direct" } do
        world.default[name] = run(env, name .. ".lua")
    end
    return world
end

local function merge(into, from)
    for key, value in pairs(from) do
        if type(value) == "table" and type(into[key]) == "table" then
            merge(into[key], value)
        elseif into[key] == nil then
            into[key] = type(value) == "table" and merge({}, value) or value
        end
    end
    return into
end

-- A configuration as `sync{ default.BASE, … }` builds it before `prepare`.
function fakes.config(world, base, options)
    local config = merge(merge({}, options), { source = "/s/", maxProcesses = 1 })
    merge(config, world.default[base])
    merge(config, config[1] or {})
    config[1] = nil
    if config.checkgauge then
        merge(config.checkgauge, world.default.checkgauge)
    end
    return config
end

function fakes.rsync_config(world, options)
    return fakes.config(world, "rsync", options)
end

function fakes.event(config, etype, path)
    local name, directory = path:gsub("/$", ""), path:match "^(.*/)[^/]+/?$" or ""
    local target = config.target or ""
    return {
        config = config,
        etype = etype,
        path = path:sub(2),
        isList = false,
        isdir = path:sub(-1) == "/",
        sourcePath = config.source .. path,
        sourcePathname = config.source .. name,
        targetPath = target .. path,
        targetPathdir = target .. directory,
        targetPathname = target .. name,
        status = "wait",
        queued = path,
    }
end

function fakes.elist(config, events)
    return {
        config = config,
        isList = true,
        size = function() return #events end,
        getList = function() return events end,
        getPaths = function(mutator)
            local paths = {}
            for _, event in ipairs(events) do
                table.move({ mutator(event.etype, event.queued, event.queued2) }, 1, 2, #paths + 1, paths)
            end
            return paths
        end,
    }
end

-- An inlet over a list of { etype, path, path2 }.
function fakes.inlet(world, config, changes)
    local inlet = { excludes = {}, filters = {}, events = {} }
    for index, change in ipairs(changes) do
        inlet.events[index] = fakes.event(config, change[1], change[2])
        inlet.events[index].queued2 = change[3]
        inlet.events[index].inlet = inlet
    end
    local function waiting()
        local list = {}
        for _, event in ipairs(inlet.events) do
            list[#list + 1] = event.status == "wait" and event or nil
        end
        return list
    end
    function inlet.getEvent()
        local event = waiting()[1]
        if event and event.queued2 and not event.second then
            event.second = fakes.event(config, event.etype, event.queued2)
        end
        return event, event and event.second or inlet.second
    end
    function inlet.getEvents(test)
        local taken = {}
        for _, event in ipairs(waiting()) do
            local answer = test(event)
            if answer == "break" then
                break
            end
            taken[#taken + 1] = answer and event or nil
        end
        return fakes.elist(config, taken)
    end
    function inlet.discardEvent(event)
        event.status = "discarded"
    end
    function inlet.getConfig()
        return config
    end
    function inlet.getSync()
        return { processes = { size = function() return world.running end } }
    end
    function inlet.getExcludes()
        return inlet.excludes
    end
    function inlet.hasFilters()
        return inlet.filters[1] ~= nil
    end
    function inlet.getFilters()
        local lines = table.move(inlet.filters, 1, #inlet.filters, 1, {})
        for _, pattern in ipairs(inlet.excludes) do
            lines[#lines + 1] = "- " .. pattern
        end
        return lines
    end
    function inlet.getSubstitutionData(_, data)
        data.localport = "1234"
        return data
    end
    return inlet
end

return fakes
