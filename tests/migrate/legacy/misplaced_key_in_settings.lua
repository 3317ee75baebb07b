settings {
    logfile = "/var/log/lsyncd.log",
    exclude = { "*.tmp" }, --> misplaced-key
    delete = false, --> misplaced-key
}

sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www" }
