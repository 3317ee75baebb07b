-- To an rsync daemon: a module of a server that runs rsyncd, with user and password, without ssh.
--
-- For:   fast networks of one's own, where encryption is somebody else's business.
-- Needs: rsync; a server whose rsyncd.conf has the module, `read only = false` and `auth users`.
-- Run:   SYNC_TARGET=rsync://mirror@backup.example.org/data pylsyncd -nodaemon rsync-daemon.lua
--
-- The password stands in a file, mode 0600, of the user that the daemon runs as: a config is read by
-- many, and arguments by everyone.

sync {
    default.rsync,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    target = os.getenv "SYNC_TARGET" or "rsync://mirror@backup.example.org/data",
    delay = 5,
    rsync = {
        archive = true,
        password_file = os.getenv "SYNC_PASSWORD_FILE" or "/etc/pylsyncd/rsync.password",
        timeout = 300, -- seconds without a byte, then it is tried again
    },
}
