-- History: a mirror that moves what it would delete or overwrite into another directory.
--
-- For:   those who want to get back what somebody deleted by mistake an hour ago.
-- Needs: rsync; room for the history, and a job that clears it now and then.
-- Run:   SYNC_SOURCE=/srv/data SYNC_TARGET=/mnt/backup/data SYNC_HISTORY=/mnt/backup/old \
--            pylsyncd -nodaemon keep-deleted.lua
--
-- The history has to lie outside of the target, best on the same file system: then nothing is copied.

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,
    rsync = {
        archive = true,
        backup = true,
        backup_dir = os.getenv "SYNC_HISTORY" or "/mnt/backup/old",
    },
}
