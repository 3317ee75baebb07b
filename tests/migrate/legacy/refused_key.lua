sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    onCreate = "chown www-data ^sourcePathname", --> refused-key
}
