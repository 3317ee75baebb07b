sync {
    default.rsync,
    source = "/srv/www",
    target = "/mnt/backup/www",
    rsync = {
        archive = true,
        delete = true, --> misplaced-key
        exclude = { "*.tmp" }, --> misplaced-key
        excludeFrom = "/etc/lsyncd/exclude", --> misplaced-key
        filter = { "- *.bak" }, --> misplaced-key
    },
}
