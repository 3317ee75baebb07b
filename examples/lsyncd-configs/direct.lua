-- default.direct: a mirror on the same machine by cp, mv and rm, without an rsync for each batch.
--
-- For:   two local disks; a rename of a large file or directory is a rename there, too.
-- Needs: rsync (for the start), GNU coreutils.
-- Run:   SYNC_SOURCE=/srv/data SYNC_TARGET=/mnt/copy pylsyncd -nodaemon direct.lua

sync {
    default.direct,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/copy",
    delay = 1,
    rsync = { archive = true }, -- for the start
}
