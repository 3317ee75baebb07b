settings {
    logfile = "/var/log/lsyncd.log",
    statusInterval = "20", --> wrong-value
    inotifyMode = "Write", --> wrong-value
    nodaemon = "no", --> wrong-value
}

sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    delay = -1, --> wrong-value
    init = true, --> wrong-value
    monitor = "fsevents", --> wrong-value
    maxProcesses = 0, --> wrong-value
    batchSizeLimit = "10M", --> wrong-value
    exclude = 5, --> wrong-value
    rsync = { bwlimit = true }, --> wrong-value
    startup = { parallel = "4" }, --> wrong-value
}
