sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    logfile = "/var/log/lsyncd.log", --> misplaced-key
    insist = true, --> misplaced-key
    compress = true, --> misplaced-key
    bwlimit = 1000, --> misplaced-key
    parallel = 4, --> misplaced-key
}
