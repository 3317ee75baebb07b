sync { --> no-action
    source = "/srv/www",
    target = "/mnt/backup/www",
    delay = 5,
}
