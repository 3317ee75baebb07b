-- default.rsyncssh: a mirror on another host, over ssh with options; what is moved here is moved there.
--
-- For:   trees where people rename large directories: only the rename crosses the network.
-- Needs: rsync on both sides; an ssh key without a passphrase, or an agent.
-- Run:   SYNC_HOST=backup.example.org SYNC_TARGETDIR=/srv/backup pylsyncd -nodaemon ssh-options.lua

sync {
    default.rsyncssh,
    source = os.getenv "SYNC_SOURCE" or "/srv/data",
    host = os.getenv "SYNC_HOST" or "backup.example.org",
    targetdir = os.getenv "SYNC_TARGETDIR" or "/srv/backup/data",
    delay = 5,
    ssh = {
        identityFile = os.getenv "SYNC_KEY" or "/etc/pylsyncd/id_ed25519",
        port = tonumber(os.getenv "SYNC_PORT" or 22),
        options = {
            BatchMode = "yes", -- nobody is there to type a password
            ServerAliveInterval = 15, -- seconds; a dead connection is noticed after three of them
            StrictHostKeyChecking = "yes",
        },
    },
    rsync = { archive = true, compress = true },
}
