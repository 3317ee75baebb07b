-- Mirrors a source to another host: moves are made there through ssh, all else is brought by rsync.
-- The chunk returns the table `default.rsyncssh` (spec 4.2).

local rsyncssh = { default.rsync }

-- How often a move is tried before its ends are brought over instead (spec 6.1).
local TRIES = 3

-- Exit code of the remote command when a move did not happen.
local NOT_MOVED = 1

-- How many moves go through one call of ssh: what is lost with it is tried again.
local MOST_MOVES = 1000

rsyncssh.checkgauge = {
    onMove = true,
    target = false,

    host = true,
    rsyncExitCodes = true,
    ssh = {
        _extra = true,
        binary = true,
        identityFile = true,
        multiplex = true,
        options = true,
        port = true,
    },
    sshExitCodes = true,
    targetdir = true,
    xargs = true,
}

rsyncssh.delay = 15
rsyncssh.exitcodes = false -- a user's table stands above the two below
rsyncssh.maxProcesses = 1
rsyncssh.onMove = true
rsyncssh.rsyncExitCodes = default.rsyncExitCodes
rsyncssh.ssh = { binary = "ssh", multiplex = true }
rsyncssh.sshExitCodes = default.sshExitCodes

rsyncssh.full = default.rsync.full
rsyncssh.init = default.rsync.init

-- Preparation --------------------------------------------------------------------------------------

local function is_text(value)
    return type(value) == "string" or type(value) == "number"
end

local function check_text(value, name, level)
    if not is_text(value) then
        default.raise(name .. " must be a string or a number", level)
    end
    return tostring(value)
end

-- Adds `-o Key=Value` for each option, by name, since Lua knows no order of keys.
local function append_options(arguments, options, level)
    if type(options) ~= "table" then
        default.raise("ssh.options must be a table { Key = value }", level)
    end
    local names = {}
    for name in pairs(options) do
        names[#names + 1] = check_text(name, "each name in ssh.options", level + 1)
    end
    table.sort(names)
    for _, name in ipairs(names) do
        local value = check_text(options[name], "ssh.options." .. name, level + 1)
        arguments[#arguments + 1] = "-o"
        arguments[#arguments + 1] = name .. "=" .. value
    end
end

local function append_extra(arguments, extra, level)
    if type(extra) ~= "table" then
        default.raise("ssh._extra must be a list of arguments", level)
    end
    for _, item in ipairs(extra) do
        arguments[#arguments + 1] = check_text(item, "each item of ssh._extra", level + 1)
    end
end

-- The argument lists made here, to tell them from a user's.
local computed_here = setmetatable({}, { __mode = "k" })

local function compute(ssh, level)
    local arguments = {}
    if ssh.identityFile then
        arguments = { "-i", check_text(ssh.identityFile, "ssh.identityFile", level + 1) }
    end
    if ssh.options then
        append_options(arguments, ssh.options, level + 1)
    end
    if ssh.port then
        arguments[#arguments + 1] = "-p"
        arguments[#arguments + 1] = check_text(ssh.port, "ssh.port", level + 1)
    end
    if ssh._extra then
        append_extra(arguments, ssh._extra, level + 1)
    end
    computed_here[arguments] = true
    return arguments
end

-- One connection for all (spec 6.3, issue 416) ----------------------------------------------------

-- The daemon puts a private directory in this place when it starts a process, and clears it in the end.
local SOCKETS = "${PYLSYNCD_SOCKETS}/"

-- Options of ssh(1) that let calls share one connection. What the user has set stands before them, and
-- counts (ssh_config(5): the first value obtained is used). The connection ends a minute after its last
-- use, and when the host has not answered for three times the interval.
local SHARING = { "-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", "ServerAliveInterval=15", "-o" }

-- The number of each way to a host: calls that differ in anything must not share a connection.
local ways, known_ways = {}, 0

local function socket_of(host, words)
    local way = host .. "\0" .. table.concat(words, "\0")
    if not ways[way] then
        known_ways = known_ways + 1
        ways[way] = known_ways
    end
    return "ControlPath=" .. SOCKETS .. ways[way]
end

local function is_openssh(program)
    return program:match "[^/]+$" == "ssh"
end

-- Whether the words share a connection already, or say that none is to be shared.
local function speaks_of_sharing(words)
    for _, word in ipairs(words) do
        local is_option = word:lower():find "control[mp]a" -- ControlMaster, ControlPath
        if is_option or word:find "^%-[MS]" then
            return true
        end
    end
    return false
end

-- Whether only `rsync.rsh` says how to reach the host.
local function is_of_rsync(config)
    local ssh = config.ssh
    local has_own = ssh.identityFile or ssh.port or next(ssh.options or {}) or next(ssh._extra or {})
    return is_text(config.rsync.rsh) and not has_own and not default.is_compatible(config)
end

-- The program and the words that the user wants, without the sharing.
local function plain_way(config)
    if is_of_rsync(config) then
        return lsyncd.splitQuotedString(tostring(config.rsync.rsh))
    end
    return table.move(config.ssh._computed, 1, #config.ssh._computed, 2, { config.ssh.binary })
end

-- Adds to `ssh._computed` what lets ssh and the ssh of rsync share a connection. A tunnel's port changes
-- behind the name of a host, so nothing is shared there.
local function share_connection(config)
    if not config.ssh.multiplex or config.tunnel or default.is_compatible(config) then
        return
    end
    local words = plain_way(config)
    if words[1] and is_openssh(words[1]) and not speaks_of_sharing(words) then
        local arguments = config.ssh._computed
        table.move(SHARING, 1, #SHARING, #arguments + 1, arguments)
        arguments[#arguments + 1] = socket_of(config.host, words)
    end
end

-- rsync splits the text of --rsh at blanks and knows quotes, which are doubled where they are meant
-- (rsync(1), "--rsh").
local function word_for_rsync(word)
    if word ~= "" and not word:find "[%s'\"]" then
        return word
    end
    return "'" .. word:gsub("'", "''") .. "'"
end

-- rsync is told what ssh is told; a user's `rsync.rsh` alone serves both.
local function share_transport(config, arguments)
    local words = { is_of_rsync(config) and tostring(config.rsync.rsh) or "ssh" }
    for index, argument in ipairs(arguments) do
        words[index + 1] = word_for_rsync(argument)
    end
    if words[2] then
        table.insert(config.rsync._computed, "--rsh=" .. table.concat(words, " "))
    end
end

local function check_destination(config, level)
    for _, name in ipairs { "host", "targetdir" } do
        if config[name] == nil or config[name] == "" then
            default.raise(('default.rsyncssh needs "%s" configured'):format(name), level)
        end
        config[name] = check_text(config[name], name, level + 1)
    end
    if config.host:find "^%-" then
        default.raise("host must not begin with a dash: ssh would take it for an option", level)
    end
    if config.targetdir:find "^/+$" and not config.allowDangerousTarget then
        default.raise(
            "targetdir is the root directory; if that is meant, set allowDangerousTarget = true", level
        )
    end
    if config.targetdir:sub(-1) ~= "/" then
        config.targetdir = config.targetdir .. "/"
    end
end

-- `settings{ maxProcesses = … }` is put over that of every sync, but here it is only the limit over all.
local function check_processes(config, level)
    local limit = settings "maxProcesses"
    if config.maxProcesses ~= 1 and config.maxProcesses ~= limit then
        default.raise("default.rsyncssh must have maxProcesses set to 1.", level)
    end
    config.maxProcesses = 1
end

--- Checks and completes a sync's configuration; builds `ssh._computed`, the arguments of ssh.
-- `level` is the stack level of the user's `sync{}` as this function sees it.
function rsyncssh.prepare(config, level)
    level = level or 2
    local ssh = config.ssh
    if type(ssh) == "table" then
        if ssh._computed and not computed_here[ssh._computed] then
            default.raise("please do not use the internal ssh._computed parameter", level)
        end
        ssh._computed = nil
    end
    default.rsync.prepare(config, level + 1, true)
    if type(ssh) ~= "table" then
        default.raise('Parameter "ssh" must be a table.', level)
    end
    check_text(ssh.binary, "ssh.binary", level + 1)
    check_destination(config, level + 1)
    check_processes(config, level + 1)
    if config.xargs then
        log("Warn", "xargs is ignored: names no longer go through xargs on the host")
    end
    ssh._computed = compute(ssh, level + 1)
    share_connection(config)
    share_transport(config, ssh._computed)
end

-- Runs ---------------------------------------------------------------------------------------------

-- The program to start, its arguments and the host. Where only `rsync.rsh` says how to reach the host,
-- moves go that way too.
local function remote_shell(config)
    if not is_of_rsync(config) then
        return config.ssh.binary, { config.ssh._computed, config.host }
    end
    local words = lsyncd.splitQuotedString(tostring(config.rsync.rsh))
    return words[1], { table.move(words, 2, #words, 1, {}), config.ssh._computed, config.host }
end

-- For the shell on the host, in which single quotes keep everything but themselves.
local function quote(path)
    return "'" .. path:gsub("'", "'\"'\"'") .. "'"
end

-- Lsyncd's command ends well even if nothing was moved. `false` in a pipe behind `rm` lets it end with
-- 1 then, in every shell, and after `rm` is done. In a directory of the destination's name, which something
-- excluded keeps alive, `mv` would put what it moves. With `maxDelete` the origin has to be counted.
local function guarded(config, origin, destination)
    local command = { "mv", origin, destination, "||", "rm", "-rf", origin }
    if config.maxDelete then
        return { "[", "-d", destination, "]", "&&", "exit", NOT_MOVED, "||", "mv", origin, destination, "||", "false" }
    end
    if default.is_compatible(config) then
        return command
    end
    return { "[", "-d", destination, "]", "&&", "exit", NOT_MOVED, "||", command, "|", "false" }
end

-- Both ends of a move on the host, for its shell.
local function ends_of(config, path, path2)
    log("Normal", "Moving ", path, " -> ", path2)
    return quote(config.targetdir .. path), quote(config.targetdir .. path2)
end

local function move(event, event2)
    local config = event.config
    local program, arguments = remote_shell(config)
    spawn(event, program, arguments, guarded(config, ends_of(config, event.path, event2.path)))
end

-- A script for any POSIX shell; it comes through standard input, which takes any number of names of any
-- bytes. It says of each move what became of it, and ends with 0 if all have happened. The braces have the
-- shell read all of it before it begins: the half of a script must not run, whose last name may be cut.
local SCRIPT = [[
:
{
code=0
move() {
if [ -d "$3" ]; then echo "$1 blocked"
elif mv -- "$2" "$3" </dev/null; then echo "$1 moved"; return
elif [ -e "$2" ] || [ -h "$2" ]; then echo "$1 failed"
else echo "$1 missing"
fi
code=%d
}
echo
%s
exit $code
}
]]

local function script_for(elist)
    local lines = elist.getPaths(function(_, path, path2)
        return ("%s %s"):format(ends_of(elist.config, path:sub(2), path2:sub(2)))
    end)
    for number, line in ipairs(lines) do
        lines[number] = "move " .. number .. " " .. line
    end
    return SCRIPT:format(NOT_MOVED, table.concat(lines, "\n"))
end

-- Reads the script's first line, so that where nothing is to be read the exit code is not 0. Quoted, since
-- the login shell need not be a POSIX one.
local READER = { "sh", "-c", "'read -r line && exec sh'" }

-- Moves that are made by such a script.
local scripted = setmetatable({}, { __mode = "k" })

local function move_all(elist)
    local program, arguments = remote_shell(elist.config)
    for _, event in ipairs(elist.getList()) do
        scripted[event] = true
    end
    lsyncd.internal.spawn_answering(elist, program, "<", script_for(elist), arguments, READER)
end

local function is_move(event)
    return event.etype == "Move"
end

-- A test for `getEvents` that takes moves. None of them touches another, nor anything that was queued
-- before it and has not been brought over: then it is no move any more (spec 3.3).
local function moves_only()
    local count = 0
    return function(event)
        if count == MOST_MOVES then
            return "break"
        end
        local is_taken = is_move(event)
        count = is_taken and count + 1 or count
        return is_taken
    end
end

--- The action: makes the moves that are free to go on the host, in one call, if one is next; or spawns
-- one rsync for all changes before the next move.
function rsyncssh.action(inlet)
    local event, event2 = inlet.getEvent()
    if not event then
        return
    end
    if not is_move(event) then
        default.rsync.action(inlet, is_move)
        return
    end
    local moves = not default.is_compatible(event.config) and inlet.getEvents(moves_only())
    if moves and moves.size() > 1 then
        move_all(moves)
    else
        move(event, event2)
    end
end

-- Exit codes ---------------------------------------------------------------------------------------

-- Failures of each move so far.
local failed = setmetatable({}, { __mode = "k" })

-- The events of a list of moves, or nil for all else; a user's action may make lists of its own.
local function moves_of(agent)
    local events = agent.isList and agent.size() <= MOST_MOVES and agent.getList()
    return events and scripted[events[1]] and events or nil
end

local function codes_of(config, is_moving)
    if type(config.exitcodes) == "table" then
        return config.exitcodes
    end
    return is_moving and config.sshExitCodes or config.rsyncExitCodes
end

local function give_up_moving(event, why)
    log("Warn", "Move of ", event.sourcePath, " ", why, "; its ends are brought over instead.")
    return "split"
end

local function try_again(event)
    failed[event] = (failed[event] or 0) + 1
    return failed[event] < TRIES and "again" or give_up_moving(event, "failed " .. TRIES .. " times")
end

local function collect_move(event, code, codes)
    if code == NOT_MOVED and not (codes and codes[code]) then
        return give_up_moving(event, "did not happen on the host")
    end
    local verdict = default.collect(event, code, codes)
    return verdict == "again" and try_again(event) or verdict
end

local REASONS = {
    missing = "did not happen, the host does not have it",
    blocked = "did not happen, there is a directory in its place on the host",
}

-- What became of each move, by its number. Other lines are of the host's own, of a .bashrc for example.
local function statuses(answer)
    local told = {}
    for number, word in answer:gmatch "%f[^\0\n](%d+) (%a+)%f[\n]" do
        told[tonumber(number)] = word
    end
    return told
end

-- Verdicts by event. What is not told of is taken for `otherwise`, and without that left out, unless it
-- has been tried often enough.
local function judge_each(events, told, otherwise)
    local verdicts = {}
    for number, event in ipairs(events) do
        local word = told[number] or otherwise
        if word == "moved" then
            verdicts[event] = "ok"
        else
            local verdict = REASONS[word] and give_up_moving(event, REASONS[word]) or try_again(event)
            verdicts[event] = (word or verdict == "split") and verdict or nil
        end
    end
    return verdicts
end

-- The first verdict is on all that is not in the table, and safe for whoever passes on that alone.
local function collect_moves(elist, events, code, codes, answer)
    local told = statuses(answer or "")
    if code == NOT_MOVED and not (codes and codes[code]) then
        return "split", judge_each(events, told, answer and "failed" or "missing")
    end
    local verdict = default.collect(elist, code, codes)
    return verdict, verdict == "again" and judge_each(events, told) or nil
end

--- Judges a finished process: rsync's by `rsyncExitCodes`, a move's by `sshExitCodes`; a user's
-- `exitcodes` stand above both. A move that does not succeed becomes "split". Of several moves each is
-- judged by what the host has answered: the second result is a table of verdicts by event.
function rsyncssh.collect(agent, code, answer)
    local events = moves_of(agent)
    local is_moving = events ~= nil or not agent.isList and is_move(agent)
    local codes = codes_of(agent.config, is_moving)
    if not is_moving or default.is_compatible(agent.config) then
        return default.rsync.collect(agent, code, codes)
    elseif events then
        return collect_moves(agent, events, code, codes, answer)
    end
    return collect_move(agent, code, codes)
end

return rsyncssh
