-- Full runs by the clock: besides all changes at once, the whole tree is compared every night (crontab).
--
-- For:   targets that others write to, and those who trust nothing.
-- Needs: rsync.
-- Run:   SYNC_CRON="0 30 3 * * *" pylsyncd -nodaemon cron-full.lua
--
-- Six fields: second, minute, hour, day of the month, month, day of the week (0 is Sunday). The times are
-- those of the clock on the wall. Unlike in cron, both of the days have to match.

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "/mnt/backup/data",
    delay = 5,
    rsync = { archive = true },
    crontab = { os.getenv "SYNC_CRON" or "0 30 3 * * *" },
}
