sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    exclude = "", --> exclude-nothing
}
sync { default.rsync, source = "/srv/mail", target = "/mnt/backup/mail", exclude = { "/" } } --> exclude-nothing
