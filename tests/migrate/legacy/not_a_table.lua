sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = "-avz", --> not-a-table
}
