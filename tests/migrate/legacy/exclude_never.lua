sync {
    default.rsync,
    source = "/srv/www/",
    target = "/mnt/backup/www",
    exclude = {
        "/tmp/",
        "/srv/www/cache", --> exclude-never
        "*.bak",
    },
}
