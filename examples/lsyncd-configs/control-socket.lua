-- Control by a socket: a line that arrives asks the running daemon for something (observefd).
--
-- For:   scripts that want a full run now, without waiting for the next change.
-- Needs: rsync; socat, or systemd with StandardInput=socket.
-- Run:   socat -u UNIX-LISTEN:/run/mirror.sock,fork STDOUT | pylsyncd -nodaemon control-socket.lua
--        echo full | socat - UNIX-CONNECT:/run/mirror.sock
--
-- Lua cannot open sockets by itself, but it has its standard input, whatever that is.
--
--     full      compares the whole tree, as at the start
--     queue     logs how many changes wait

local mirror = sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,
}

local commands = {}

function commands.full()
    mirror.createFullEvent "/"
end

function commands.queue()
    log("Normal", "waiting changes: ", mirror.getSync().delays:size())
end

local STDIN = 0
local LONGEST = 1000 -- bytes; what is longer is no command

local line = ""

local function obey()
    local command = commands[line]
    if command then
        command()
    else
        log("Warn", "unknown command: ", ("%q"):format(line))
    end
end

-- One byte a call: to read a line could mean to wait for its end, and the daemon with it.
local function on_readable(fd)
    local byte = io.stdin:read(1)
    if not byte then
        nonobservefd(fd)
    elseif byte == "\n" then
        obey()
        line = ""
    elseif #line < LONGEST then
        line = line .. byte
    end
end

io.stdin:setvbuf "no" -- what lies in a buffer makes nobody call
observefd(STDIN, on_readable, nil)
