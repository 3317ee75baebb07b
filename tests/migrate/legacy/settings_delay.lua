settings {
    logfile = "/var/log/lsyncd.log",
    delay = 60, --> settings-delay
}

sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www", delay = 5 }
sync { default.rsync, source = "/srv/mail", target = "/mnt/backup/mail" }
