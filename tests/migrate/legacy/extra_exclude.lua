sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = { archive = true, _extra = { "--exclude=*.tmp" } }, --> extra-exclude
}
