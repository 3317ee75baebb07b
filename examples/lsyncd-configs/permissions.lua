-- Permissions: whatever is put into a shared directory gets the modes of the house (layer 1).
--
-- For:   shares where one user's umask locks out all the others.
-- Needs: GNU findutils; to own the files, or to be root.
-- Run:   SYNC_SOURCE=/srv/share pylsyncd -nodaemon permissions.lua
--
-- How: all paths of a batch go to xargs by standard input, separated by NULs, so it takes any name and any
-- number. chmod is an event itself; only what has the wrong mode is touched, or it would never end.

local directories = os.getenv "SYNC_DIRECTORY_MODE" or "2770"
local files = os.getenv "SYNC_FILE_MODE" or "0660"

-- $1: where to stop descending, $2 and $3: modes of directories and files, then paths.
local FIX = [[
depth=$1 directories=$2 files=$3
shift 3
find "$@" $depth \( -type d ! -perm "$directories" -exec chmod -- "$directories" {} + \) \
    -o \( -type f ! -perm "$files" -exec chmod -- "$files" {} + \)
]]

-- What is there after the event; one place for a move.
local function remaining(etype, path)
    return etype ~= "Delete" and path or nil
end

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/share",
    delay = 1,
    exitcodes = { [0] = "ok", [123] = "ok" }, -- 123: find missed a file that has gone since; it says so itself

    init = function(event)
        spawnShell(event, FIX, "", directories, files, event.source)
    end,

    action = function(inlet)
        local list = inlet.getEvents()
        local paths = list.getPaths(remaining)
        if #paths == 0 then
            for _, event in ipairs(list.getList()) do
                inlet.discardEvent(event)
            end
            return
        end
        for i, path in ipairs(paths) do
            paths[i] = list.config.source .. path:sub(2)
        end
        spawn(
            list, "xargs",
            "<", table.concat(paths, "\0"),
            "-0", "sh", "-c", FIX, "sh", "-maxdepth 0", directories, files
        )
    end,
}
