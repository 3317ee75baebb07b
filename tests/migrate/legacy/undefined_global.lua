sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    delete = no, --> undefined-global
    delay = DELAY, --> undefined-global
    rsync = {
        archive = True, --> undefined-global
        compress = False, --> undefined-global
    },
}
