-- Post command: after each transfer a command runs on the target, in the same ssh connection.
--
-- For:   web servers that have to be reloaded, indexes that have to be rebuilt.
-- Needs: rsync on both sides; an ssh key.
-- Run:   SYNC_TARGET=web.example.org:/srv/www SYNC_COMMAND='systemctl reload nginx' \
--            pylsyncd -nodaemon post-command.lua
--
-- rsync starts its other half with the words of `rsync_path`, and a shell over there reads them. So
-- these may be a small script: rsync, and the command if that went well. If the command fails, the
-- transfer has failed, and is tried again.

-- A text as one word of a shell.
local function quoted(text)
    return "'" .. text:gsub("'", [['\'']]) .. "'"
end

local command = os.getenv "SYNC_COMMAND" or "systemctl reload nginx"

-- What the command prints must not get between the two rsyncs, hence the redirections.
local script = 'rsync "$@" || exit; { ' .. command .. "\n} </dev/null >&2 || exit 12"

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/www",
    target = os.getenv "SYNC_TARGET" or "web.example.org:/srv/www",
    delay = 5,
    rsync = { rsync_path = "sh -c " .. quoted(script) .. " sh" },
}
