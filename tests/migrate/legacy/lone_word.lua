sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = { "archive", "compress", bwlimit = 500 }, --> lone-word lone-word
}
