sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = { archive = true, compress = true, bwlimit = 500 }, --> lone-word lone-word
}
