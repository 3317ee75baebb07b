sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    delete = "true", --> delete-never
}
sync { default.direct, source = "/srv/mail", target = "/mnt/backup/mail", delete = "start" } --> delete-never
