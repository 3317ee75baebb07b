-- Large files on the side: each gets an rsync of its own, while the small ones go on in batches.
--
-- For:   trees where a disk image of an hour must not hold up a text file of a second.
-- Needs: rsync.
-- Run:   SYNC_SOURCE=/srv/data SYNC_TARGET=/mnt/backup/data pylsyncd -nodaemon big-files.lua

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,
    batchSizeLimit = tonumber(os.getenv "SYNC_LIMIT" or 100 * 1024 * 1024), -- bytes
    maxProcesses = 3, -- one for the batch, two for large files
}
