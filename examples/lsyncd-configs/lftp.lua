-- FTP and SFTP: a server without a shell is kept in line by lftp, one run for each batch (layer 1).
--
-- For:   web space that offers nothing but FTP, FTPS or SFTP.
-- Needs: lftp; the password in LFTP_PASSWORD.
-- Run:   LFTP_PASSWORD=secret SYNC_SERVER=ftps://web@ftp.example.org SYNC_TARGET=/htdocs \
--            pylsyncd -nodaemon lftp.lua
--
-- lftp compares whole trees, so it is told to do that, not what changed: no name of a file is ever part
-- of a command. Its `mirror` sends only what is newer or of another size.

local server = os.getenv "SYNC_SERVER" or "ftps://web@ftp.example.org"
local target = os.getenv "SYNC_TARGET" or "/htdocs"

-- A text as one word of lftp's language.
local function quoted(text)
    return '"' .. text:gsub('["\\]', "\\%0") .. '"'
end

local function mirror(agent)
    local commands = {
        "set cmd:fail-exit true",
        "set net:max-retries 2", -- the daemon tries again, ever more rarely
        "open --env-password " .. quoted(server),
        "mirror --reverse --delete --no-perms -- " .. quoted(agent.config.source) .. " " .. quoted(target),
    }
    spawn(agent, "lftp", "-c", table.concat(commands, "; "))
end

settings { insist = true }

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/www",
    delay = 15,
    exitcodes = { [0] = "ok", [1] = "again" },
    init = mirror,
    action = function(inlet) mirror(inlet.getEvents()) end,
}
