-- Watching only: logs what happens, and does nothing (layer 2).
--
-- For:   finding out what a program does to its files, and what events a config will see.
-- Needs: nothing.
-- Run:   SYNC_SOURCE=/srv/data pylsyncd -nodaemon watch-only.lua

-- A name may hold a line feed; here it cannot forge a line of the log.
local function plain(text)
    return (text:gsub("[%c\\]", function(char) return ("\\x%02x"):format(char:byte()) end))
end

local function tell(event, destination)
    local to = destination and " -> " .. plain(destination.path) or ""
    log("Normal", event.etype, " ", plain(event.path), to)
end

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    delay = 0,
    collapse = false, -- each event on its own; else a new file that is written to is only a Create
    onAttrib = tell,
    onCreate = tell,
    onDelete = tell,
    onModify = tell,
    onMove = tell,
    onStartup = tell,
}
