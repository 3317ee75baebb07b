-- Heartbeat: a file that is rewritten from time to time and mirrored like all others (alarms).
--
-- For:   monitoring on the target's side: when its copy of the file gets old, something is wrong with the
--        daemon, the network or the disk, whatever it is.
-- Needs: rsync.
-- Run:   SYNC_SOURCE=/srv/data SYNC_TARGET=/mnt/backup/data pylsyncd -nodaemon heartbeat.lua
--
-- An alarm calls once; the function sets the next one itself.

local source = os.getenv "SYNC_SOURCE" or "/srv/data"
local interval = tonumber(os.getenv "SYNC_INTERVAL" or 60) -- seconds

local function beat()
    alarm(now() + interval, beat)
    local file, problem = io.open(source .. "/.heartbeat", "w")
    if not file then
        log("Warn", "no heartbeat: ", problem)
        return
    end
    file:write(os.date "!%Y-%m-%dT%H:%M:%SZ", "\n")
    file:close()
end

alarm(now() + interval, beat)

sync {
    default.rsync,
    source = source,
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,
}
