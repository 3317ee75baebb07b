sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    exclude = { "*.tmp", "*" }, --> exclude-everything
}
sync { default.rsync, source = "/srv/mail", target = "/mnt/backup/mail", exclude = "/**" } --> exclude-everything
