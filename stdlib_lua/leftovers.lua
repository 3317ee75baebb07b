-- What rsync leaves behind when it is killed: the files that it had begun, as `.NAME.XXXXXX` beside their
-- places. A run over a list lets alone what is not in its list, so the next one is told to delete them.

local import = ...
local eventlist = import "eventlist"

local leftovers = {}

-- By config: where files may lie that a run had begun.
local of_sync = setmetatable({}, { __mode = "k" })
-- By the first event of a list: what its run deletes.
local of_run = setmetatable({}, { __mode = "k" })
-- Configs of syncs that have gone on over HUP: runs may end that were started under the config before.
local heirs = setmetatable({}, { __mode = "k" })

local RANDOM = "." .. ("[0-9A-Za-z]"):rep(6) -- mkstemp(3)

-- rsync cuts names that would become too long for a file system.
local LONGEST_NAME = 200

local function escaped(text) return (text:gsub("[*?%[%]\\]", "\\%0")) end

--- The directory of a path and the rule for what rsync makes there of its file. A name that begins with a
-- dot does not get another one.
function leftovers.rule_for(path)
    local directory, name = path:match "^(.*/)%.?([^/]+)$"
    local rest = #name > LONGEST_NAME and "*" or ""
    return directory, escaped(directory .. "." .. name:sub(1, LONGEST_NAME)) .. rest .. RANDOM
end

local function take_over(paths, into)
    for path in pairs(paths) do
        into[path] = true
    end
    return into
end

local function sorted(set)
    local paths = {}
    for path in pairs(set) do
        paths[#paths + 1] = path
    end
    table.sort(paths)
    return paths
end

--- Whether there may be any.
function leftovers.has(config) return of_sync[config] ~= nil end

--- Paths whose leftovers the run over a list, about to start, is to delete; sorted.
function leftovers.take(elist)
    local config = elist.config
    local first = eventlist.first(elist)
    local taken = take_over(of_run[first] or {}, of_sync[config] or {}) -- a run that only counts takes them too
    of_sync[config] = nil
    of_run[first] = taken
    return sorted(taken)
end

--- Notes how the run over a list has ended: "ok", "partial", or cut short. Lists of others are let alone.
function leftovers.note(elist, meaning)
    local config = elist.config
    if next(of_run) == nil and not heirs[config] then
        return
    end
    local first = eventlist.first(elist)
    local taken = first and of_run[first] or heirs[config] and {}
    if not first or not taken then
        return
    end
    of_run[first] = nil
    if meaning == "ok" then
        return
    end
    local paths = take_over(taken, of_sync[config] or {})
    if meaning ~= "partial" then
        elist.getPaths(function(etype, path)
            local is_brought = etype ~= "Delete" and etype ~= "Move" and path:sub(-1) ~= "/"
            paths[path] = is_brought or paths[path]
        end)
    end
    of_sync[config] = next(paths) and paths
end

--- Paths of which a killed run of the sync has left something, or may do so.
function leftovers.known(config)
    local all = take_over(of_sync[config] or {}, {})
    for first, taken in pairs(of_run) do
        if first.config == config then
            take_over(taken, all)
        end
    end
    return sorted(all)
end

--- The sync has gone on over HUP, with these.
function leftovers.inherit(config, paths)
    heirs[config] = true
    local own = of_sync[config] or {}
    for _, path in ipairs(paths) do
        own[path] = true
    end
    of_sync[config] = next(own) and own
end

return leftovers
