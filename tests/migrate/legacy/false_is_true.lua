sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = {
        archive = true,
        compress = "false", --> false-is-true
        whole_file = 0, --> false-is-true
    },
}
