-- Audit trail: each change becomes a line of the system's journal, a batch one logger (layer 1).
--
-- For:   knowing later what happened to a directory, by `journalctl -t files`.
-- Needs: logger (util-linux).
-- Run:   SYNC_SOURCE=/etc pylsyncd -nodaemon audit-log.lua

-- One line for each change: a name may hold a line feed, and must not forge a line.
local function plain(text)
    return (text:gsub("[%c\\]", function(char) return ("\\x%02x"):format(char:byte()) end))
end

local function line(etype, path, path2)
    return etype .. " " .. plain(path) .. (path2 and " -> " .. plain(path2) or "")
end

sync {
    source = os.getenv "SYNC_SOURCE" or "/etc",
    delay = 1,
    collapse = false, -- a trail leaves nothing out
    onMove = true, -- moves come whole, not as Delete and Create
    init = false, -- nothing to do at the start
    exitcodes = { [0] = "ok", [1] = "again" },

    action = function(inlet)
        local list = inlet.getEvents()
        local lines = list.getPaths(line)
        spawn(list, "logger", "<", table.concat(lines, "\n") .. "\n", "--tag", "files", "--priority", "user.notice")
    end,
}
