-- Mirrors a source to another host: moves are made there through ssh, all else is brought by rsync.
-- The chunk returns the table `default.rsyncssh` (spec 4.2).

local rsyncssh = { default.rsync }

-- How often a move is tried before its ends are brought over instead (spec 6.1).
local TRIES = 3

-- Exit code of the remote command when `mv` failed, whatever became of `rm` then.
local NOT_MOVED = 1

rsyncssh.checkgauge = {
    onMove = true,
    target = false,

    host = true,
    rsyncExitCodes = true,
    ssh = {
        _extra = true,
        binary = true,
        identityFile = true,
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
rsyncssh.ssh = { binary = "ssh" }
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
    local words = {}
    for index, argument in ipairs(arguments) do
        words[index] = word_for_rsync(argument)
    end
    if words[1] then
        table.insert(config.rsync._computed, "--rsh=ssh " .. table.concat(words, " "))
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
    share_transport(config, ssh._computed)
end

-- Runs ---------------------------------------------------------------------------------------------

-- The words that start ssh. Where only `rsync.rsh` says how to reach the host, moves go that way too.
local function remote_shell(config)
    local rsh = config.rsync.rsh
    if is_text(rsh) and not config.ssh._computed[1] and not default.is_compatible(config) then
        return lsyncd.splitQuotedString(tostring(rsh))
    end
    return { config.ssh.binary, config.ssh._computed }
end

-- For the shell on the host, in which single quotes keep everything but themselves.
local function quote(path)
    return "'" .. path:gsub("'", "'\"'\"'") .. "'"
end

-- What happens where nothing was moved. Lsyncd's command ends well even then; `false` in a pipe behind `rm`
-- lets it end with 1, in every shell, and after `rm` is done. With `maxDelete` the origin has to be counted.
local function otherwise(config, origin)
    if config.maxDelete then
        return { "||", "false" }
    end
    return { "||", "rm", "-rf", origin, default.is_compatible(config) and {} or { "|", "false" } }
end

local function move(event, event2)
    local config = event.config
    local origin, destination = quote(config.targetdir .. event.path), quote(config.targetdir .. event2.path)
    local shell = remote_shell(config)
    log("Normal", "Moving ", event.path, " -> ", event2.path)
    spawn(
        event, shell[1],
        table.move(shell, 2, #shell, 1, {}),
        config.host,
        "mv", origin, destination,
        otherwise(config, origin)
    )
end

local function is_move(event)
    return event.etype == "Move"
end

--- The action: makes the next event's move on the host, or spawns one rsync for all changes before the
-- next move.
function rsyncssh.action(inlet)
    local event, event2 = inlet.getEvent()
    if event and is_move(event) then
        move(event, event2)
    elseif event then
        default.rsync.action(inlet, is_move)
    end
end

-- Exit codes ---------------------------------------------------------------------------------------

-- Failures of each move so far.
local failed = setmetatable({}, { __mode = "k" })

local function codes_of(agent)
    local config = agent.config
    if type(config.exitcodes) == "table" then
        return config.exitcodes
    end
    local is_moving = not agent.isList and is_move(agent)
    return is_moving and config.sshExitCodes or config.rsyncExitCodes
end

local function give_up_moving(event, why)
    log("Warn", "Move of ", event.sourcePath, " ", why, "; its ends are brought over instead.")
    return "split"
end

local function collect_move(event, code, codes)
    if code == NOT_MOVED and not (codes and codes[code]) then
        return give_up_moving(event, "did not happen on the host")
    end
    local verdict = default.collect(event, code, codes)
    if verdict ~= "again" then
        return verdict
    end
    failed[event] = (failed[event] or 0) + 1
    return failed[event] < TRIES and "again" or give_up_moving(event, "failed " .. TRIES .. " times")
end

--- Judges a finished process: rsync's by `rsyncExitCodes`, a move's by `sshExitCodes`; a user's
-- `exitcodes` stand above both. A move that does not succeed becomes "split".
function rsyncssh.collect(agent, code)
    local codes = codes_of(agent)
    if agent.isList or not is_move(agent) or default.is_compatible(agent.config) then
        return default.rsync.collect(agent, code, codes)
    end
    return collect_move(agent, code, codes)
end

return rsyncssh
