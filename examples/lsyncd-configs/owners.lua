-- Owners: what is put into a directory at the top comes to belong to the owner of that directory (layer 2).
--
-- For:   drop boxes that many write into by one account: FTP, a scanner, a container.
-- Needs: the right to change owners, hence root; the file of owners.
-- Run:   SYNC_SOURCE=/srv/drop SYNC_OWNERS=/etc/pylsyncd/owners.lua pylsyncd -nodaemon owners.lua
--
-- The file of owners is a piece of Lua: directory to USER:GROUP as chown takes it.
--
--     return { alice = "alice:staff", ["scans 2026"] = ":office" }

local owners = dofile(os.getenv "SYNC_OWNERS" or "/etc/pylsyncd/owners.lua")

-- $1: owner, $2: directory, and so on.
local CHOWN_ALL = [[
cd -- "$1" && shift || exit
failed=0
while [ $# -gt 1 ]; do
    [ ! -d "./$2" ] || chown -hR -- "$1" "./$2" || failed=1
    shift 2
done
exit $failed
]]

sync {
    source = os.getenv "SYNC_SOURCE" or "/srv/drop",
    delay = 1,
    maxProcesses = 4,

    onStartup = function(event)
        local pairs_of_all = {}
        for directory, owner in pairs(owners) do
            pairs_of_all[#pairs_of_all + 1] = { owner, directory }
        end
        spawnShell(event, CHOWN_ALL, event.source, pairs_of_all)
    end,

    -- What is moved in, or from one directory to another, is a Create, too. There is no onAttrib: chown
    -- causes such an event itself.
    onCreate = function(event)
        local owner = owners[event.path:match "^[^/]+"]
        if owner then spawn(event, "chown", "-h", "--", owner, event.sourcePathname) end
    end,
}
