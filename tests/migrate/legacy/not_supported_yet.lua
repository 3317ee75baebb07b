settings { logfile = "/var/log/lsyncd.log", settle = 5 } --> not-supported-yet

sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www" }
