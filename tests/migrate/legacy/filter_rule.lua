sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    filter = {
        "+ *.html",
        "*.tmp", --> filter-rule
    },
}
