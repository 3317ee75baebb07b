-- Auto-commit: a directory under git commits itself when it has been quiet, one commit a batch (layer 1).
--
-- For:   /etc, notes, a wiki: history without having to think of it.
-- Needs: git, with user.name and user.email set for the user that the daemon runs as.
-- Run:   SYNC_SOURCE=/srv/notes pylsyncd -nodaemon git-commit.lua
--
-- A directory that is no repository yet becomes one. The message of a commit names what changed.

-- $1: the directory; the message comes by standard input.
local COMMIT = [[
cd -- "$1" || exit
[ -e .git ] || git init --quiet || exit
git add --all && { git diff --cached --quiet || git commit --quiet --file=-; }
]]

local function commit(agent, message)
    spawn(agent, "sh", "<", message, "-c", COMMIT, "sh", agent.config.source)
end

-- A name stays on its line of the message.
local function line(etype, path)
    return etype .. " " .. path:gsub("%c", "?")
end

settings { insist = true } -- so that a start-up that meets a lock is tried again, too

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/notes",
    delay = 30,
    exclude = ".git", -- a file in worktrees
    exitcodes = { [0] = "ok", [1] = "again", [128] = "again" }, -- 128: somebody else holds git's lock

    init = function(event)
        commit(event, "Changes from before the start\n")
    end,

    -- All that waits in one go, whatever it is.
    action = function(inlet)
        local list = inlet.getEvents()
        local lines = list.getPaths(line)
        commit(list, ("%d changes\n\n%s\n"):format(#lines, table.concat(lines, "\n")))
    end,
}
