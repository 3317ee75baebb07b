sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = {
        _computed = { "-avz" }, --> computed-key
    },
}
