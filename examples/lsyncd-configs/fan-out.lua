-- Fan-out: one directory goes to several targets, each by a sync of its own.
--
-- For:   those who keep more than one copy, some of them on slow or absent machines.
-- Needs: rsync; ssh keys for the remote targets.
-- Run:   SYNC_SOURCE=/srv/data pylsyncd -nodaemon fan-out.lua
--
-- Each target has its own queue and its own rsync, so none waits for another. `insist` keeps the rest
-- going while one of them cannot be reached at the start.

local source = os.getenv "SYNC_SOURCE" or "/srv/data"

-- One target a line: a path, or host:path.
local targets = os.getenv "SYNC_TARGETS" or [[
/mnt/usb/data
backup.example.org:/srv/backup/data
]]

settings { insist = true }

for target in targets:gmatch "[^\n]+" do
    sync {
        default.rsync,
        name = "to " .. target, -- what the status file calls it
        source = source,
        target = target,
        delay = 5,
    }
end
