sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    excludeFrom = "/etc/lsyncd/exclude", --> unknown-key
    delay = 5, --> unknown-key
    rsync = {
        archive = true,
        compress = true, --> unknown-key
        colour = "red", --> unknown-key
    },
}
