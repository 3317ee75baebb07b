-- Inheritance: one sync for each directory below a root, all of them made from one table of our own.
--
-- For:   hosts of many customers or projects, where one that is busy must not hold up the others.
-- Needs: rsync.
-- Run:   SYNC_ROOT=/srv/www SYNC_TARGET=/mnt/backup/www pylsyncd -nodaemon sites.lua
--
-- The directories are looked up when the config is read: send the daemon a HUP when one was added.

local root = os.getenv "SYNC_ROOT" or "/srv/www"
local target = os.getenv "SYNC_TARGET" or "/mnt/backup/www"

settings { maxProcesses = 4 } -- over all syncs

-- What all have in common. A sync that lists it takes over each key that it does not set itself.
local site = {
    default.rsync,
    delay = 5,
    exclude = { "/cache/", "*.log" },
    rsync = { archive = true, compress = true },
}

local names = {}
for name, is_directory in pairs(assert(readdir(root))) do
    if is_directory and not name:starts "." then names[#names + 1] = name end
end
table.sort(names)

for _, name in ipairs(names) do
    sync {
        site,
        name = name,
        source = root .. "/" .. name,
        target = target .. "/" .. name,
        rsync = { compress = false }, -- wins over the base; `archive` stays
    }
end
