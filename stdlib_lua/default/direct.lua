-- Mirrors a source to another local directory: one rsync at the start, then cp, mkdir, mv and rm.
-- The chunk returns the table `default.direct` (spec 4.3, 6.1).
--
-- Where nothing stands in the way the commands are Lsyncd's, word for word. Else the target is looked
-- at first, since only one process at a time changes it.

local direct = { default.rsync }

-- How often an event's own command is tried before rsync brings its path in line.
local TRIES = 3

direct.checkgauge = { maxDelete = false, onMove = true, rsyncExitCodes = true, startup = false }

direct.delay = 1
direct.exitcodes = false -- a user's table stands above the one below
direct.maxProcesses = 1
direct.onMove = true
direct.rsyncExitCodes = default.rsyncExitCodes

direct.full = default.rsync.full
direct.init = default.rsync.init

--- Checks and completes a sync's configuration.
-- `level` is the stack level of the user's `sync{}` as this function sees it.
function direct.prepare(config, level)
    level = level or 2
    if config.maxDelete then
        default.raise("default.direct does not take maxDelete: it deletes path by path; use default.rsync", level)
    end
    if config.startup then
        default.raise("default.direct does not take startup: use default.rsync", level)
    end
    default.rsync.prepare(config, level + 1)
    if config.target:find "^[^/]*:" then
        default.raise("default.direct needs a directory of this machine as target", level)
    end
end

-- Looking at files ---------------------------------------------------------------------------------

local look_at = lsyncd.internal.file_status

local function kind_of(path)
    local status = look_at(path)
    return status and status.kind
end

local function is_deleting(config)
    return config.delete == true or config.delete == "running"
end

-- Whether both have one mode and, where we may give files away, one owner.
local function are_alike(source, target)
    local is_ours = lsyncd.internal.identity().uid ~= 0
    local has_same_owner = source.uid == target.uid and source.gid == target.gid
    return source.mode == target.mode and (is_ours or has_same_owner)
end

local function has_lost_target(config)
    return not default.is_compatible(config) and lsyncd.internal.target.is_lost(config)
end

-- Commands -----------------------------------------------------------------------------------------

-- As `cp -p` does: that the owner cannot be set is no failure.
local ATTRIBUTES = 'chown -h --reference="$1" -- "$2" 2>/dev/null; '
    .. 'chmod --reference="$1" -- "$2" && touch -c -r "$1" -- "$2"'

local REMOVE_FIRST = 'rm -rf -- "$1" && '

local MOVE = 'mv -- "$1" "$2"'
local OR_REMOVE = ' || rm -rf -- "$1"'

-- Without the slash that the path of a directory has: what was one may be a file now.
local function copy(event, status)
    local directory = event.isdir and event.targetPathname:match "^.*/" or event.targetPathdir
    -- Links as links, special files as such; without -R cp would read from a pipe, for ever.
    local flags = status.kind == "file" and "-p" or "-pPR"
    return { "cp", flags, "--", event.sourcePathname, directory }
end

-- A command behind the removal of what stands in its way.
local function in_place_of(path, command)
    return { "sh", "-c", REMOVE_FIRST .. 'shift && exec "$@"', "sh", path, command }
end

-- Kinds that `cp` replaces by itself, without writing through them: file by file, all else by
-- anything but a directory.
local function stands_in_the_way(kind, source_kind)
    if kind == nil or kind == "directory" then
        return kind ~= nil
    end
    return source_kind == "file" and kind ~= "file"
end

local function create_file(event, source)
    local target = event.targetPathname
    if stands_in_the_way(kind_of(target), source.kind) then
        return in_place_of(target, copy(event, source))
    end
    return copy(event, source)
end

local function set_attributes(event)
    return { "sh", "-c", ATTRIBUTES, "sh", event.sourcePathname, event.targetPathname }
end

-- What `mkdir` makes: mode 0777 but for the umask (mkdir(1)).
local function plain_directory()
    local identity = lsyncd.internal.identity()
    return { mode = 511 & ~identity.umask, uid = identity.uid, gid = identity.gid }
end

local function make_directory(event, source)
    if are_alike(source, plain_directory()) then
        return { "mkdir", "--", event.targetPath }
    end
    local script = 'mkdir -- "$2" && { ' .. ATTRIBUTES .. "; }"
    return { "sh", "-c", script, "sh", event.sourcePathname, event.targetPathname }
end

local function create_directory(event, source)
    local path = event.targetPathname
    local target = look_at(path)
    if not target then
        return make_directory(event, source)
    end
    if target.kind ~= "directory" then
        return in_place_of(path, make_directory(event, source))
    end
    return not are_alike(source, target) and set_attributes(event) or nil
end

-- Whether a link stands on the way from a root to an event's path: what is found behind it is not what the
-- event is about, and what is done there is done to something else.
local function is_behind_link(root, event)
    local way = event.path:gsub("^/+", "")
    for slash in way:gmatch "()/." do
        if kind_of(root .. way:sub(1, slash - 1)) == "link" then
            return true
        end
    end
    return false
end

local commands = {}

-- In place of a command: there is nothing to bring any more; or rsync is to bring it.
local MISSED, BY_RSYNC = {}, {}

-- What has left again, or is of another kind now, has other events to come.
function commands.Create(event)
    local source = look_at(event.sourcePathname)
    if not source or event.isdir ~= (source.kind == "directory") or is_behind_link(event.config.source, event) then
        return MISSED
    end
    if is_behind_link(event.config.target, event) then
        return BY_RSYNC
    end
    local create = event.isdir and create_directory or create_file
    return create(event, source)
end

commands.Modify = commands.Create

-- Only what is there already, and is the same but for its attributes, gets these alone.
function commands.Attrib(event)
    local source, target = look_at(event.sourcePathname), look_at(event.targetPathname)
    if is_behind_link(event.config.target, event) then
        return commands.Create(event)
    end
    local is_same = source and target and source.kind == target.kind
        and (event.isdir or source.kind == "file" and source.size == target.size)
    if not is_same then
        return commands.Create(event)
    end
    local is_done = are_alike(source, target) and source.mtime == target.mtime
    return not is_done and set_attributes(event) or nil
end

-- What is there again although its Delete waits may have no other event to come: the two names of a
-- swap are told as two moves, and what the queue of the kernel loses is brought by a run that comes before.
local function create_again(event, source)
    if source.kind ~= "directory" then
        return create_file(event, source)
    end
    local kind = kind_of(event.targetPathname)
    return kind and kind ~= "directory" and { "rm", "-rf", "--", event.targetPath } or nil
end

function commands.Delete(event)
    local config = event.config
    if not is_deleting(config) or is_behind_link(config.source, event) or is_behind_link(config.target, event) then
        return nil
    end
    local source = look_at(event.sourcePathname)
    local is_directory_again = event.isdir and source and source.kind == "directory"
    if source and not is_directory_again then
        return create_again(event, source)
    end
    local is_other = event.isdir and kind_of(event.targetPathname) ~= "directory"
    return { "rm", "-rf", "--", is_other and event.targetPathname or event.targetPath }
end

-- Where each Move leads to, and those that cannot happen, since the target does not have their origin.
local destinations = setmetatable({}, { __mode = "k" })
local hopeless = setmetatable({}, { __mode = "k" })

-- What `mv` would not replace but move into, or could not replace.
local function blocks_move(kind, origin_kind)
    if kind == nil then
        return false
    end
    return kind ~= "file" or origin_kind == "directory"
end

function commands.Move(event, event2)
    local origin_kind, target = kind_of(event.targetPathname), event.config.target
    hopeless[event], destinations[event] = origin_kind == nil, event2
    if is_behind_link(target, event) or is_behind_link(target, event2) then
        hopeless[event] = true
        return { "false" }
    end
    local or_remove = is_deleting(event.config) and OR_REMOVE or ""
    if blocks_move(kind_of(event2.targetPathname), origin_kind) then
        local script = 'rm -rf -- "$2" && mv -T -- "$1" "$2"' .. or_remove
        -- Without the slash of a directory, behind which rm would leave a file or a link.
        return { "sh", "-c", script, "sh", event.targetPathname, event2.targetPathname }
    end
    return { "sh", "-c", MOVE .. or_remove, "sh", event.targetPath, event2.targetPath }
end

-- What Lsyncd does ---------------------------------------------------------------------------------

local as_lsyncd = {}

function as_lsyncd.Create(event)
    if event.isdir then
        return { "mkdir", "--", event.targetPath }
    end
    return { "cp", "-p", "--", event.sourcePath, event.targetPathdir }
end

function as_lsyncd.Modify(event)
    return not event.isdir and as_lsyncd.Create(event) or nil
end

function as_lsyncd.Delete(event)
    return is_deleting(event.config) and { "rm", "-rf", "--", event.targetPath } or nil
end

function as_lsyncd.Move(event, event2)
    local script = is_deleting(event.config) and MOVE .. OR_REMOVE or MOVE
    return { "sh", "-c", script, "sh", event.targetPath, event2.targetPath }
end

function as_lsyncd.Attrib(event)
    log("Warn", 'ignored an event of type "', event.etype, '"')
    return nil
end

-- Copies that hang ---------------------------------------------------------------------------------

-- A file may turn into a pipe between our look at it and cp's: then cp waits for a writer, for ever,
-- and everything behind it too. So cp is given an end of file; the pipe's own event puts things right.
-- Where the pipe has left meanwhile nobody can reach it any more, and cp is ended.

local PATIENCE = 1 -- seconds; long for a cp to start, short for somebody who waits
local copying = {} -- events, and whether their copies were looked at before
local is_looking = false

local function look_after_copies()
    for event, is_old in pairs(copying) do
        if event.status == "active" then
            lsyncd.internal.end_pipe(event.sourcePathname)
            if is_old then
                lsyncd.internal.end_stuck_copy(event)
            end
            copying[event] = true
        else
            copying[event] = nil
        end
    end
    is_looking = next(copying) ~= nil
    if is_looking then
        alarm(now() + PATIENCE, look_after_copies)
    end
end

local COPIED = { Attrib = true, Create = true, Modify = true }

local function look_after(event, command)
    if event.isdir or not (COPIED[event.etype] or command[1] == "cp") then
        return
    end
    copying[event] = false
    if not is_looking then
        is_looking = true
        alarm(now() + PATIENCE, look_after_copies)
    end
end

-- The action ---------------------------------------------------------------------------------------

-- Failures of each event so far.
local failed = setmetatable({}, { __mode = "k" })

local function has_failed_enough(event)
    return (failed[event] or 0) >= TRIES
end

local function refuses(event, event2)
    for _, path in ipairs { event.targetPath, event2 and event2.targetPath } do
        if path:find "^/*$" then
            log("Error", "Refusing to erase your harddisk!")
            return true
        end
    end
    return false
end

--- The action: spawns the command for the next event; what has nothing to do is given up. Events
-- whose commands keep failing go into one rsync.
function direct.action(inlet)
    local event, event2 = inlet.getEvent()
    if not event then
        return
    end
    if has_lost_target(event.config) then
        default.rsync.action(inlet)
        return
    end
    if has_failed_enough(event) then
        default.rsyncBatch(inlet.getEvents(has_failed_enough))
        return
    end
    local is_compatible = default.is_compatible(event.config)
    local command = (is_compatible and as_lsyncd or commands)[event.etype]
    command = command and not refuses(event, event2) and command(event, event2)
    if command == BY_RSYNC then
        failed[event] = TRIES
        default.rsyncBatch(inlet.getEvents(has_failed_enough))
        return
    end
    if command == MISSED then
        lsyncd.internal.miss(event)
        return
    end
    if not command then
        inlet.discardEvent(event)
        return
    end
    spawn(event, command[1], table.move(command, 2, #command, 1, {}))
    if not is_compatible then
        look_after(event, command)
    end
end

-- Exit codes ---------------------------------------------------------------------------------------

-- Whether a move has not brought its destination, whatever its exit code.
local function has_not_moved(event)
    local destination = destinations[event]
    local kind = kind_of(destination.sourcePathname)
    return hopeless[event] or kind ~= nil and kind_of(destination.targetPathname) ~= kind
end

local function collect_event(event, code)
    if has_lost_target(event.config) then
        return "again" -- `rm -rf` of what is not there ends well
    end
    if event.etype == "Move" and has_not_moved(event) then
        log("Normal", "Move of ", event.sourcePath, " did not happen; its ends are brought over instead.")
        return "split"
    end
    local is_over = event.etype ~= "Delete" and event.etype ~= "Move" and kind_of(event.sourcePathname) == nil
    if code == 0 or is_over then
        return "ok"
    end
    failed[event] = (failed[event] or 0) + 1
    log("Warn", event.etype, " of ", event.targetPath, " failed with exitcode ", code, ", try ", failed[event])
    return event.etype == "Move" and has_failed_enough(event) and "split" or "partial"
end

local WHOLE = { Full = true, Init = true }

--- Judges a finished process. Failed commands are tried again, then rsync brings their paths in line;
-- a user's `exitcodes` stand above that.
function direct.collect(agent, code)
    local config = agent.config
    if agent.isList or WHOLE[agent.etype] then
        return default.collect(agent, code, config.exitcodes or config.rsyncExitCodes)
    end
    if type(config.exitcodes) == "table" then
        return default.collect(agent, code)
    end
    return default.is_compatible(config) and "ok" or collect_event(agent, code)
end

return direct
