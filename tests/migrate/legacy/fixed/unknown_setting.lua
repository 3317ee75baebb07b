settings {
    logfile = "/var/log/lsyncd.log",
    statusFile = "/var/log/lsyncd.status",
    statusInterval = 1, --> unknown-setting
    loglevel = 3, --> unknown-setting
}

sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www" }
