sync {
    default.rsnyc, --> unknown-default
    source = "/srv/www",
    target = "/mnt/backup/www",
}
