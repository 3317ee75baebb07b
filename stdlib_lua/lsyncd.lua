-- The table `lsyncd`: small services of the daemon (spec 2.1).

local import, host = ...
local command = import "command"
local deletions = import "deletions"
local event = import "event"
local eventlist = import "eventlist"
local fail = import "fail"
local log = import "log"
local observe = import "observe"
local process = import "process"
local settings = import "settings"
local spawn = import "spawn"
local timestamp = import "timestamp"

local lsyncd = {}

lsyncd.log = log.log
lsyncd.dump = log.dump
lsyncd.now = timestamp.now
lsyncd.terminate = process.terminate

local SIGTERM = 15
local TICKS = 100 -- sysconf(_SC_CLK_TCK), which Linux fixes at 100 for programs (time(7))

local function check(value, kind, name)
    if type(value) ~= kind then fail.raise(("%s takes a %s, not a %s"):format(name, kind, type(value))) end
end

-- Whole clock ticks, Lsyncd's unit of time.
function lsyncd.jiffies_from_seconds(seconds)
    check(seconds, "number", "lsyncd.jiffies_from_seconds")
    return math.floor(seconds * TICKS)
end

-- name -> whether it is a directory (a link to one is none); logs an error and gives nil if it cannot be read.
function lsyncd.readdir(path)
    check(path, "string", "readdir")
    local text, problem = host.readdir(path)
    if not text then
        log.log("Error", ("cannot open dir [%s]: %s."):format(path, problem))
        return nil
    end
    local entries = {}
    for kind, name in text:gmatch "([df])([^\0]+)\0" do
        entries[name] = kind == "d"
    end
    return entries
end

-- The real path of a directory with a trailing slash, or nil.
function lsyncd.realdir(path)
    check(path, "string", "lsyncd.realdir")
    return (host.realdir(path))
end

-- 0, or -1 if the signal could not be sent.
function lsyncd.kill(pid, signal)
    check(pid, "number", "lsyncd.kill")
    check(signal, "number", "lsyncd.kill")
    pid, signal = math.tointeger(pid), math.tointeger(signal)
    if not pid or not signal then fail.raise "lsyncd.kill takes whole numbers" end
    return host.kill(pid, signal)
end

-- Bytes, or nil.
function lsyncd.get_file_size(path)
    check(path, "string", "lsyncd.get_file_size")
    return host.file_size(path)
end

-- A TCP port of the loopback interface that nobody listens on at this moment.
function lsyncd.get_free_port() return host.free_port() end

-- How many processes run, and the limit over all syncs or nil.
function lsyncd.get_process_info() return host.processes_running(), settings.get "maxProcesses" end

-- Words of a text; single and double quotes group.
function lsyncd.splitQuotedString(text)
    check(text, "string", "lsyncd.splitQuotedString")
    local words, current, quote = {}, nil, nil
    for char in text:gmatch "." do
        if quote then
            if char == quote then
                quote = nil
            else
                current = current .. char
            end
        elseif char == '"' or char == "'" then
            quote, current = char, current or ""
        elseif char:find "%s" then
            words[#words + 1], current = current, nil
        else
            current = (current or "") .. char
        end
    end
    words[#words + 1] = current
    return words
end

-- Prints the Lua call stack; for debugging.
function lsyncd.stackdump() print(debug.traceback("", 2)) end

lsyncd.observe_fd = observe.add
lsyncd.nonobserve_fd = observe.remove

-- Starts a program that belongs to no sync and returns its pid; nobody asks how it ends.
function lsyncd.exec(binary, ...)
    local words, input = command.of("lsyncd.exec", binary, ...)
    if host.wants "Exec" then command.narrate(words, input) end
    return host.execute(table.concat(words, "\0"), input)
end

-- Lsyncd's own way into its engine. Here it is settings{ [name] = value }, and a name that is no setting
-- is ignored with a warning: what else Lsyncd's engine is told so happens by itself.
function lsyncd.configure(name, value)
    check(name, "string", "lsyncd.configure")
    if settings.knows(name) then
        settings.api { [name] = value == nil or value }
    else
        log.log("Warn", ('lsyncd.configure("%s") is ignored: there is no such setting.'):format(name))
    end
end

-- What the default library needs beyond the documented API; not for configs.
lsyncd.internal = { leftovers = import "leftovers", target = import "target" }

-- The target to use, or nil and a message: relative ones are made absolute, dangerous ones refused (spec 6.1).
function lsyncd.internal.check_target(source, target, allow)
    return host.check_target(source, target, allow and true or false)
end

local kinds = { ["-"] = "file", d = "directory", l = "link", p = "pipe" }

-- What a path is, links not followed: its kind, mode, uid, gid, size and mtime; or nil if there is nothing.
function lsyncd.internal.file_status(path)
    local letter, mode, uid, gid, size, mtime = host.file_status(path)
    if not letter then return nil end
    return { kind = kinds[letter] or "special", mode = mode, uid = uid, gid = gid, size = size, mtime = mtime }
end

-- Gives an event up since what it tells of is not there any more, or is of another kind now: it may have moved.
function lsyncd.internal.miss(agent)
    host.discard(event.sync(agent).id, event.id(agent), true)
    event.forget(event.sync(agent), event.id(agent))
end

-- The further names of files that a list of events is about, as paths below the source: with `hard_links`
-- rsync links what changes under one name to its others only if they are brought too (spec 6.1).
function lsyncd.internal.other_names(list)
    local sync, others = eventlist.sync(list), {}
    local options = sync.config.rsync
    if not options or not options.hard_links then return others end
    local paths = table.concat(list.getPaths(), "\0")
    local found = host.other_names(sync.id, sync.config.source, sync.config.subdirs, paths)
    for path in found:gmatch "([^\0]+)\0" do
        others[#others + 1] = path
    end
    return others
end

lsyncd.internal.spawn_limited = deletions.spawn
lsyncd.internal.cleared_first = deletions.cleared_first

-- Gives whoever waits to read from that named pipe the end of file.
function lsyncd.internal.end_pipe(path) host.end_pipe(path) end

-- Ends the `cp` that an event was spawned for if it has not opened any file yet.
function lsyncd.internal.end_stuck_copy(agent)
    local pid = host.pid_of(event.sync(agent).id, event.id(agent))
    if pid and host.is_copy_stuck(pid) then host.kill(pid, SIGTERM) end
end

-- The first line of what `PROGRAM --version` prints, or nil.
function lsyncd.internal.version_of(program) return host.version_of(program) end

-- As spawn; what the process writes to its standard output is `collect`'s third argument.
lsyncd.internal.spawn_answering = spawn.answering

lsyncd.internal.spawn_in_parts = spawn.in_parts

-- What processes run as: uid, gid and umask.
function lsyncd.internal.identity()
    local uid, gid, umask = host.identity()
    return { uid = uid, gid = gid, umask = umask }
end

-- The name nearest to a wrong one, or nil.
function lsyncd.internal.nearest(name, names) return host.nearest(name, table.concat(names, "\0")) end

return lsyncd
