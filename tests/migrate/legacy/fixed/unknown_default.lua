sync {
    default.rsync, --> unknown-default
    source = "/srv/www",
    target = "/mnt/backup/www",
}
