sync {
    default.rsyncssh,
    source = "/srv/www",
    host = "-p2222 backup.example.org", --> host-with-dash
    targetdir = "/srv/www",
}
