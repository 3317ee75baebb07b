local source = "/srv/www"

sync {
    default.rsync,
    source = source,
    target = "backup/www", --> relative-target
}
