sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    crontab = {
        "0 30 3 * * *",
        "30 3 * * *", --> crontab-rule
        "0 0 25 * * *", --> crontab-rule
    },
}
