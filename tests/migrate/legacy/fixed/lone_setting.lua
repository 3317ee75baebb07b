settings {
    "nodaemon",
    "insist", --> lone-setting
    "logfile", --> lone-setting
}

sync { default.rsync, source = "/srv/www", target = "/mnt/backup/www" }
