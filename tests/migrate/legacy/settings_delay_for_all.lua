settings {
    logfile = "/var/log/lsyncd.log",
    delay = 60, --> settings-delay-for-all
}

sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www" }
