sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    exclude = "", --> exclude-nothing
}
