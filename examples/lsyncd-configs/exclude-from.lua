-- Excludes: what is not worth a copy, listed in a file of its own and in the config.
--
-- For:   home directories and build trees, full of caches that change all the time.
-- Needs: rsync; the file of excludes.
-- Run:   SYNC_SOURCE=/home SYNC_TARGET=/mnt/backup/home pylsyncd -nodaemon exclude-from.lua
--
-- The file holds one pattern a line; empty lines and lines that begin with # are skipped. It is read
-- once: send the daemon a HUP after a change.
--
--     *.tmp         any name that ends so, wherever it is
--     node_modules/ a directory, wherever it is, with all in it
--     /cache/       the directory at the top of the source only

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/home",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/home",
    delay = 5,
    excludeFrom = os.getenv "SYNC_EXCLUDES" or "/etc/pylsyncd/excludes",
    exclude = { "*~", ".*.swp" }, -- besides those in the file: what editors leave while they work
}
