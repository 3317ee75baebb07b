sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "backup.example.org",
    targetdir = "/srv/www",
    rsync = { _extra = "--omit-link-times --fuzzy" }, --> extra-text
    ssh = { _extra = "-4", port = true }, --> ssh-extra-text wrong-value
}
