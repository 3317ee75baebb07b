sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    excludefrom = "/etc/lsyncd/exclude", --> unknown-key
    dealy = 5, --> unknown-key
    rsync = {
        archive = true,
        compres = true, --> unknown-key
        colour = "red", --> unknown-key
    },
}
