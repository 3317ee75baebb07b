sync {
    default.rsync,
    source = "/srv/www",
    host = "backup.example.org", --> host-without-rsyncssh
    targetdir = "/srv/www", --> host-without-rsyncssh
    delay = 5,
}
