sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = {
        _extra = { "--max-size 10m", "--filter=- *.tmp x" }, --> extra-glued extra-exclude
    },
}
