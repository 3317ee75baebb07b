sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    exclude = { "*.tmp" },
    delay = 5,
    rsync = { archive = true },
    exclude = { "*.bak" }, --> duplicate-key
}
