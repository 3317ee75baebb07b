sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www" }

settings {
    logfile = "/var/log/lsyncd.log",
    maxProcesses = 4, --> settings-below-sync
}
