sync {
    default.rsync,
    source = "/srv/www",
    target = "/srv/www/backup", --> dangerous-target
}
sync { default.direct, source = "/srv/www", target = "/srv" } --> dangerous-target
sync { default.rsync, source = "/srv/www/", target = "/srv/www" } --> dangerous-target
sync { default.rsync, source = "/srv/mail", target = "//" } --> dangerous-target
sync { default.rsyncssh, source = "/srv/db", host = "web1", targetdir = "/" } --> dangerous-target
sync { default.rsync, source = "/srv/all", target = "/srv/all/copy", allowDangerousTarget = true }
