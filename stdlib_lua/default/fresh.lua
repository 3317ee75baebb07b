-- Files that change twice within a second, with rsync in between. rsync passes over a file whose size and
-- second of change are those at the target (rsync(1), "quick check"), so what such a file has got last
-- would never arrive. The chunk returns the table `lsyncd.internal.fresh`.
--
-- A file is fresh when it was changed no earlier than in the second in which the last run with it began. If
-- it has that very size and second still when it goes again, rsync is told not to go by them.

local fresh = {}

local look_at = lsyncd.internal.file_status
local transfer = lsyncd.internal.transfer

local SECOND = 1000000000 -- in nanoseconds, as files have their times
local MOST = 5000 -- paths in each of the two generations that are kept for a sync

-- By config: when the runs with a path began, and what is known of fresh files.
local known = setmetatable({}, { __mode = "k" })

local function knowledge(config)
    known[config] = known[config] or { began = {}, young = {}, old = {}, count = 0 }
    return known[config]
end

-- What rsync goes by.
local function stamp_of(config, path)
    local status = look_at(config.source .. path:gsub("^/", ""))
    if status and status.kind == "file" then
        return { second = status.mtime // SECOND, size = status.size }
    end
    return nil
end

local HAS_CONTENT = { Attrib = true, Create = true, Modify = true, Move = true }

-- Calls `visit` with each path of a list that may be a file with content.
local function each_file(elist, visit)
    elist.getPaths(function(etype, path, path2)
        local changed = path2 or path
        if HAS_CONTENT[etype] and not changed:find "/$" then
            visit(changed)
        end
        return path, path2
    end)
end

local function keep(own, path, stamp)
    if own.count >= MOST then
        own.old, own.young, own.count = own.young, {}, 0
    end
    own.young[path], own.count = stamp, own.count + 1
end

--- What rsync is to be told about a list that goes to it now.
function fresh.arguments(elist)
    local config, is_fresh = elist.config, false
    -- Where others judge, `fresh.note` is not called.
    if default.is_compatible(config) or not transfer.is_judged_here(config) then
        return {}
    end
    local own, now = knowledge(config), os.time()
    each_file(elist, function(path)
        own.began[path] = now
        local before = own.young[path] or own.old[path]
        local stamp = before and stamp_of(config, path)
        is_fresh = is_fresh or stamp and stamp.second == before.second and stamp.size == before.size
    end)
    return is_fresh and { "--ignore-times" } or {}
end

--- Takes note of the files of a list whose run has ended.
function fresh.note(elist)
    local config = elist.config
    local own = knowledge(config)
    each_file(elist, function(path)
        local began = own.began[path]
        own.began[path], own.young[path], own.old[path] = nil, nil, nil
        local stamp = began and stamp_of(config, path)
        -- One second more, as files have their times from a clock that lags behind by a tick.
        if stamp and stamp.second >= began - 1 then
            keep(own, path, stamp)
        end
    end)
end

--- All that is known for a config, four words for each path, for `fresh.inherit`.
function fresh.known(config)
    local own, words = knowledge(config), {}
    local function add(kind, path, second, size)
        table.move({ kind, path, tostring(second), tostring(size) }, 1, 4, #words + 1, words)
    end
    for path, second in pairs(own.began) do
        add("began", path, second, 0)
    end
    for _, kind in ipairs { "old", "young" } do
        for path, stamp in pairs(own[kind]) do
            add(kind, path, stamp.second, stamp.size)
        end
    end
    return words
end

--- The sync has gone on over HUP, with these words.
function fresh.inherit(config, words)
    local own = knowledge(config)
    for i = 1, #words, 4 do
        local kind, path, second, size = table.unpack(words, i, i + 3)
        second = math.tointeger(tonumber(second))
        own[kind][path] = kind == "began" and second or { second = second, size = math.tointeger(tonumber(size)) }
        own.count = kind == "young" and own.count + 1 or own.count
    end
end

return fresh
